package io.quintet.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/**
 * Lines of UTF-8, ended by LF or CR LF; replies end with LF.
 *
 * <p>Any line is a request, also those of another protocol: a browser can be made to send HTTP to
 * any port, with lines of an attacker's choice in its content. A handler whose lines change
 * something ends the connection, or does nothing, until a line has come that no such text has.
 */
public final class Line implements Codec<String, String> {
  /** Longest line unless another limit is asked for, in bytes without its end. */
  public static final int BYTES_MAX = 8192;

  private final int bytesMax;

  private Line(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Lines of at most {@link #BYTES_MAX} bytes.
   *
   * @return the codec
   */
  public static Codec<String, String> codec() {
    return new Line(BYTES_MAX);
  }

  /**
   * Lines up to a limit.
   *
   * @param bytesMax longest line in bytes without its end, 1 to 60000
   * @return the codec
   */
  public static Codec<String, String> codec(int bytesMax) {
    if (bytesMax < 1 || bytesMax > 60_000) {
      throw new IllegalArgumentException("bytesMax " + bytesMax + " is not within 1 to 60000");
    }
    return new Line(bytesMax);
  }

  @Override
  public String name() {
    return "line";
  }

  @Override
  public Decoder<String> decoder() {
    return new LineDecoder(bytesMax);
  }

  @Override
  public Encoder<String, String> encoder() {
    return new LineEncoder();
  }

  private static final class LineDecoder implements Decoder<String> {
    private final int bytesMax;
    private int scanned;

    LineDecoder(int bytesMax) {
      this.bytesMax = bytesMax;
    }

    @Override
    public @Nullable String decode(Input in) {
      int end = in.indexOf((byte) '\n', scanned);
      if (end < 0) {
        scanned = in.remaining();
        checkLength(scanned, bytesMax + 1); // a CR at the end may yet turn out to end the line
        return null;
      }
      scanned = 0;
      boolean carriageReturn = end > 0 && in.peek(end - 1) == '\r';
      int length = carriageReturn ? end - 1 : end;
      checkLength(length, bytesMax);
      String line = in.takeText(length, UTF_8);
      in.skip(end + 1 - length);
      return line;
    }

    private void checkLength(int length, int most) {
      if (length > most) {
        scanned = 0;
        throw new ProtocolException(0, "line longer than " + bytesMax + " bytes");
      }
    }

    @Override
    public Outcome outcome() {
      return scanned == 0 ? Outcome.IDLE : Outcome.NEED_HEAD;
    }
  }

  private static final class LineEncoder implements Encoder<String, String> {
    @Override
    public void encode(String request, String reply, Output out) {
      out.putText(reply);
      out.put((byte) '\n');
    }

    @Override
    public void encodeFailure(String request, Throwable failure, Output out) {
      out.putText("error: the request failed\n");
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      out.putText("error: " + refusal.getMessage() + "\n");
      out.endConnection();
    }
  }
}
