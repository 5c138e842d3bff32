package io.quintet.resp;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;

/**
 * The RESP codec: commands as arrays of bulk strings or inline, replies in RESP2 and, after HELLO
 * 3, in RESP3. Limits: {@link Limits}. QUIT ends the connection with its reply. So does an inline
 * command {@code POST} or {@code Host:}, in any case, with an error, for a browser can be made to
 * send HTTP to any port, with commands in its content.
 *
 * <p>Source: the specification of RESP by Redis, and the replies of Redis 7 to what is malformed.
 */
public final class Resp implements Codec<RespCommand, RespReply> {
  private final Limits limits;

  private Resp(Limits limits) {
    this.limits = limits;
  }

  /**
   * What a command may measure; one that is larger ends its connection with an error.
   *
   * @param wordsMax words of a command, its name among them, 1 to 2^20
   * @param wordBytesMax bytes of one of them, 1 to 2^29
   * @param bytesMax bytes of all of them, 1 to 2^30
   * @param inlineBytesMax bytes of an inline command, 16 to 60000
   */
  public record Limits(int wordsMax, int wordBytesMax, int bytesMax, int inlineBytesMax) {
    /** 65,536 words, 16 MiB each, 64 MiB together, and 32 KiB inline. */
    public static final Limits DEFAULT = new Limits(1 << 16, 16 << 20, 64 << 20, 32 << 10);

    /** Refuses limits out of range. */
    public Limits {
      within("wordsMax", wordsMax, 1, 1 << 20);
      within("wordBytesMax", wordBytesMax, 1, 1 << 29);
      within("bytesMax", bytesMax, 1, 1 << 30);
      within("inlineBytesMax", inlineBytesMax, 16, 60_000);
    }

    private static void within(String name, int value, int least, int most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            name + " " + value + " is not within " + least + " to " + most);
      }
    }
  }

  /**
   * The codec with {@link Limits#DEFAULT}.
   *
   * @return the codec
   */
  public static Codec<RespCommand, RespReply> codec() {
    return new Resp(Limits.DEFAULT);
  }

  /**
   * The codec with other limits.
   *
   * @param limits what a command may measure
   * @return the codec
   */
  public static Codec<RespCommand, RespReply> codec(Limits limits) {
    return new Resp(limits);
  }

  @Override
  public String name() {
    return "resp";
  }

  @Override
  public Decoder<RespCommand> decoder() {
    return new RespDecoder(limits);
  }

  @Override
  public Encoder<RespCommand, RespReply> encoder() {
    return new RespEncoder();
  }

  /** Clients send commands in a pipeline that build on each other. */
  @Override
  public boolean isOrdered(RespCommand request) {
    return true;
  }

  /** Without what follows, which may be a password. */
  @Override
  public String describe(RespCommand request) {
    return request.name();
  }

  @Override
  public boolean isLast(RespCommand request) {
    return request.is("QUIT");
  }
}
