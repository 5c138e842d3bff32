package io.quintet.web;

import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/** What is logged of one request, once. */
final class AccessLogEntry {
  /** As nginx has it: nobody waited for the response any longer. */
  private static final int CLIENT_GONE = 499;

  private static final int SWITCHING = 101;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final AccessLog log;
  private final HttpRequest request;
  private final String id;
  private final String peer;
  private final Instant time = Instant.now();
  private final long begun = System.nanoTime();
  private final AtomicBoolean written = new AtomicBoolean();
  private int status;
  private long bytes;
  private long nanos;

  AccessLogEntry(AccessLog log, HttpRequest request, String id) {
    this.log = log;
    this.request = request;
    this.id = id;
    this.peer = request.peer().address().map(AccessLogEntry::text).orElse("-");
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress internet && internet.getAddress() != null
        ? internet.getAddress().getHostAddress()
        : "unix";
  }

  /** The response, which tells of its end if it is streamed. */
  HttpResponse answered(HttpResponse response) {
    if (response.isStreamed() && response.status() != SWITCHING) {
      return response.withContent(
          new CountedContent(response.content(), count -> end(response.status(), count)),
          response.contentLength());
    }
    boolean head = request.method().equals("HEAD");
    end(response.status(), head ? 0 : response.body().length);
    return response;
  }

  void failed(Throwable cause) {
    end(ErrorPages.status(cause), 0);
  }

  void cancelled() {
    end(CLIENT_GONE, 0);
  }

  private void end(int answered, long count) {
    if (written.compareAndSet(false, true)) {
      status = answered;
      bytes = count;
      nanos = System.nanoTime() - begun;
      log.add(this);
    }
  }

  String line(AccessLog.Format format) {
    return switch (format) {
      case COMMON -> common();
      case COMBINED ->
          common() + " " + quoted(field("Referer")) + " " + quoted(field("User-Agent"));
      case JSON -> json();
    };
  }

  private String common() {
    return peer
        + " - - ["
        + TIME.format(time)
        + "] "
        + quoted(request.toString())
        + " "
        + status
        + " "
        + (bytes == 0 ? "-" : bytes);
  }

  private String json() {
    return "{\"time\":"
        + json(time.toString())
        + ",\"peer\":"
        + json(peer)
        + ",\"method\":"
        + json(request.method())
        + ",\"target\":"
        + json(request.target())
        + ",\"protocol\":\"HTTP/1."
        + request.minorVersion()
        + "\",\"status\":"
        + status
        + ",\"bytes\":"
        + bytes
        + ",\"duration_us\":"
        + nanos / 1_000
        + ",\"request_id\":"
        + json(id)
        + ",\"referer\":"
        + json(field("Referer"))
        + ",\"user_agent\":"
        + json(field("User-Agent"))
        + "}";
  }

  private String field(String name) {
    return request.header(name).orElse("-");
  }

  /** As Apache does: what could end the quotation or the line is escaped. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        quoted.append("\\x%02x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** RFC 8259 §7. */
  private static String json(String text) {
    StringBuilder string = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        string.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        string.append("\\u%04x".formatted((int) c));
      } else {
        string.append(c);
      }
    }
    return string.append('"').toString();
  }
}
