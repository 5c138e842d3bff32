package io.quintet.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Writes HTTP responses, RFC 9112 §6; the Date is made once a second. */
final class HttpEncoder implements Encoder<HttpRequest, HttpResponse> {
  private static final byte[] NO_BODY = {};
  private static final byte[] CLOSE = "Connection: close\r\n".getBytes(US_ASCII);
  private static final byte[] KEEP_ALIVE = "Connection: keep-alive\r\n".getBytes(US_ASCII);

  /** RFC 9110 §5.6.7: IMF-fixdate. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** Longest reply that is kept composed, in bytes. */
  private static final int COMPOSED_MAX = 4096;

  private byte[] date = {};
  private long dateSeconds = Long.MIN_VALUE;

  // A reply that is given again within a second leaves as one copy of its composed bytes.
  private @Nullable HttpResponse previous;
  private byte[] composed = {};
  private long composedSeconds = Long.MIN_VALUE;

  @Override
  public void encode(HttpRequest request, HttpResponse reply, Output out) {
    boolean close = out.closing() || !request.keepAlive() || reply.isLast();
    boolean plain = !close && request.minorVersion() == 1 && !request.isHead();
    if (plain && reply == previous) {
      writeComposed(reply, out);
      return;
    }
    previous = plain && reply.body().length <= COMPOSED_MAX ? reply : null;
    composedSeconds = Long.MIN_VALUE;
    write(reply, request.minorVersion(), close, !request.isHead(), out);
  }

  private void writeComposed(HttpResponse reply, Output out) {
    long seconds = out.epochSeconds();
    if (composedSeconds != seconds) {
      byte[] body = reply.hasContent() ? reply.body() : NO_BODY;
      composed = joined(reply.head(), dateAndEnd(seconds), body);
      composedSeconds = seconds;
    }
    out.put(composed);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  @Override
  public void encodeFailure(HttpRequest request, Throwable failure, Output out) {
    boolean overdue = failure instanceof TimeoutException;
    HttpResponse reply =
        overdue
            ? HttpResponse.text(503, "The handler did not answer in time.\n")
            : HttpResponse.text(500, "The handler failed.\n");
    encode(request, reply, out);
  }

  @Override
  public void encodeRefusal(ProtocolException refusal, Output out) {
    HttpResponse reply = HttpResponse.text(refusal.code(), refusal.getMessage() + "\n");
    write(reply, 1, true, true, out);
  }

  private void write(
      HttpResponse reply, int minorVersion, boolean close, boolean withBody, Output out) {
    if (withBody && reply.hasAnnouncedOnly()) {
      throw new IllegalStateException("content that is announced only answers HEAD alone");
    }
    out.put(reply.head());
    if (close) {
      out.put(CLOSE);
      out.endConnection();
    } else if (minorVersion == 0) {
      out.put(KEEP_ALIVE);
    }
    out.put(dateAndEnd(out.epochSeconds()));
    if (withBody && reply.hasContent()) {
      out.put(reply.body());
    }
  }

  /** The Date field and the empty line behind it. */
  private byte[] dateAndEnd(long epochSeconds) {
    if (epochSeconds != dateSeconds) {
      dateSeconds = epochSeconds;
      String text = "Date: " + DATE.format(Instant.ofEpochSecond(epochSeconds)) + "\r\n\r\n";
      date = text.getBytes(US_ASCII);
    }
    return date;
  }
}
