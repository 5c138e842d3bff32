package io.quintet.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.Session;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Writes HTTP responses, RFC 9112 §6; the Date is made once a second. */
final class HttpEncoder implements Encoder<HttpRequest, HttpResponse> {
  private static final byte[] NO_BODY = {};
  private static final byte[] CLOSE = "Connection: close\r\n".getBytes(US_ASCII);
  private static final byte[] CHUNKED = "Transfer-Encoding: chunked\r\n".getBytes(US_ASCII);
  private static final byte[] UPGRADE = "Connection: upgrade\r\n".getBytes(US_ASCII);
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

  /** Index in {@link Http#replyKinds()}. */
  private static int kind(HttpResponse reply) {
    return reply.status() / 100 - 1;
  }

  @Override
  public void encode(HttpRequest request, HttpResponse reply, Output out) {
    out.kind(kind(reply));
    boolean close = out.closing() || !request.keepAlive() || reply.isLast();
    if (reply.isSwitching()) {
      change(request, reply, out);
    } else if (reply.isStreamed()) {
      begin(request, reply, close, out);
    } else {
      writeWhole(request, reply, close, out);
      request.answered();
    }
  }

  private void writeWhole(HttpRequest request, HttpResponse reply, boolean close, Output out) {
    boolean plain =
        !close && request.minorVersion() == 1 && !request.isHead() && !reply.hasAnnouncedOnly();
    if (plain && reply == previous) {
      writeComposed(reply, out);
      return;
    }
    previous = plain && reply.body().length <= COMPOSED_MAX ? reply : null;
    composedSeconds = Long.MIN_VALUE;
    write(reply, request.minorVersion(), close, !request.isHead(), out);
  }

  /** Writes the head of a response whose content follows in parts. */
  private void begin(HttpRequest request, HttpResponse reply, boolean close, Output out) {
    boolean unknown = reply.isOfUnknownLength();
    boolean chunked = unknown && request.minorVersion() == 1;
    boolean ends = close || (unknown && !chunked && !request.isHead());
    out.put(reply.head());
    if (chunked) {
      out.put(CHUNKED);
    }
    writeConnection(request.minorVersion(), ends, out);
    out.put(dateAndEnd(out.epochSeconds()));
    if (ends) {
      out.endConnection();
    }
    if (!request.isHead()) {
      out.goOn(new HttpParts(request, reply, chunked));
      return;
    }
    reply.drop();
    request.answered();
  }

  /** Changes the protocol: all that follows on the connection is content, both ways. */
  private void change(HttpRequest request, HttpResponse reply, Output out) {
    Session session = reply.content() instanceof SessionContent next ? next.session() : null;
    if (session == null ? !request.offersUpgrade() : !request.offersSession()) {
      throw new IllegalStateException("a change of protocols that the client did not offer");
    }
    request.upgraded();
    out.put(reply.head());
    out.put(UPGRADE);
    out.put(dateAndEnd(out.epochSeconds()));
    if (session != null) {
      out.become(session);
      return;
    }
    out.endConnection();
    out.goOn(new HttpParts(request, reply, false));
  }

  private static void writeConnection(int minorVersion, boolean close, Output out) {
    if (close) {
      out.put(CLOSE);
    } else if (minorVersion == 0) {
      out.put(KEEP_ALIVE);
    }
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
    encode(request, answerTo(failure), out);
  }

  /** What is wrong with content that the handler was reading is the client's fault. */
  private static HttpResponse answerTo(Throwable failure) {
    Throwable cause = failure.getCause();
    if (failure instanceof ProtocolException refusal) {
      return HttpResponse.text(refusal.code(), refusal.getMessage() + "\n").endingConnection();
    }
    if (cause instanceof ProtocolException) {
      return answerTo(cause);
    }
    return failure instanceof TimeoutException
        ? HttpResponse.text(503, "The request was not answered in time.\n")
        : HttpResponse.text(500, "The handler failed.\n");
  }

  @Override
  public void encodeRefusal(ProtocolException refusal, Output out) {
    HttpResponse reply =
        refusal.mayHaveContent()
            ? HttpResponse.text(refusal.code(), refusal.getMessage() + "\n")
            : HttpResponse.of(refusal.code(), List.of(), NO_BODY);
    out.kind(kind(reply));
    write(reply, 1, true, refusal.mayHaveContent(), out);
  }

  private void write(
      HttpResponse reply, int minorVersion, boolean close, boolean withBody, Output out) {
    if (withBody && reply.hasAnnouncedOnly() && reply.hasContent()) {
      throw new IllegalStateException("content that is announced only answers HEAD alone");
    }
    byte[] head = reply.head();
    out.put(head, 0, withBody ? head.length : reply.headLengthToHead());
    writeConnection(minorVersion, close, out);
    if (close) {
      out.endConnection();
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
