package io.quintet.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes HTTP responses, RFC 9112 §6; the Date is made once a second. */
final class HttpEncoder implements Encoder<HttpRequest, HttpResponse> {
  private static final byte[] END = "\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] CLOSE = "\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] KEEP_ALIVE = "\r\nConnection: keep-alive\r\n\r\n".getBytes(US_ASCII);

  /** RFC 9110 §5.6.7: IMF-fixdate. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private byte[] date = {};
  private long dateSeconds = Long.MIN_VALUE;

  @Override
  public void encode(HttpRequest request, HttpResponse reply, Output out) {
    boolean close = out.closing() || !request.keepAlive();
    write(reply, request.minorVersion(), close, !request.isHead(), out);
  }

  @Override
  public void encodeFailure(HttpRequest request, Throwable failure, Output out) {
    encode(request, HttpResponse.text(500, "The handler failed.\n"), out);
  }

  @Override
  public void encodeRefusal(ProtocolException refusal, Output out) {
    HttpResponse reply = HttpResponse.text(refusal.code(), refusal.getMessage() + "\n");
    write(reply, 1, true, true, out);
  }

  private void write(
      HttpResponse reply, int minorVersion, boolean close, boolean withBody, Output out) {
    out.put(reply.head());
    out.put(date(out.epochSeconds()));
    if (close) {
      out.put(CLOSE);
      out.endConnection();
    } else {
      out.put(minorVersion == 0 ? KEEP_ALIVE : END);
    }
    if (withBody && reply.hasContent()) {
      out.put(reply.body());
    }
  }

  private byte[] date(long epochSeconds) {
    if (epochSeconds != dateSeconds) {
      dateSeconds = epochSeconds;
      String text = "Date: " + DATE.format(Instant.ofEpochSecond(epochSeconds));
      date = text.getBytes(US_ASCII);
    }
    return date;
  }
}
