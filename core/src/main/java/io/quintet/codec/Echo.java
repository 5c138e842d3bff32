package io.quintet.codec;

/** Raw bytes: what has arrived is a request, and a reply is sent as it is. */
public final class Echo implements Codec<Bytes, Bytes> {
  private static final Echo CODEC = new Echo();

  private Echo() {}

  /**
   * The codec.
   *
   * @return the codec
   */
  public static Codec<Bytes, Bytes> codec() {
    return CODEC;
  }

  @Override
  public String name() {
    return "echo";
  }

  @Override
  public Decoder<Bytes> decoder() {
    return new Taking();
  }

  @Override
  public Encoder<Bytes, Bytes> encoder() {
    return new Giving();
  }

  @Override
  public Bytes detach(Bytes request) {
    return request.detach();
  }

  private static final class Taking implements Decoder<Bytes> {
    private final Bytes view = Bytes.view();

    @Override
    public Bytes decode(Input in) {
      int count = in.remaining();
      Bytes request = view.lend(in.array(), in.position(), count);
      in.skip(count);
      return request;
    }

    @Override
    public Outcome outcome() {
      return Outcome.IDLE;
    }
  }

  private static final class Giving implements Encoder<Bytes, Bytes> {
    @Override
    public void encode(Bytes request, Bytes reply, Output out) {
      reply.writeTo(out);
    }

    @Override
    public void encodeFailure(Bytes request, Throwable failure, Output out) {
      out.endConnection(); // raw bytes have no way to say that something failed
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      out.endConnection();
    }
  }
}
