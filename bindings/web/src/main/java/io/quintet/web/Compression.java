package io.quintet.web;

import io.quintet.codec.Streams;
import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses responses with gzip (RFC 1952) where the client takes that, RFC 9110 §12.5.3: texts,
 * JSON, XML, scripts and the like, from 1 KiB on. Not compressed are responses with another status
 * than 200, with a Content-Encoding or Cache-Control: no-transform, and server-sent events.
 *
 * <p>A strong entity tag becomes a weak one, §8.8.1. Bodies of more than 64 KiB are compressed by a
 * virtual thread while they are sent, content that is streamed part by part. Pages that show what
 * an attacker says beside what is secret should not be compressed over TLS (the attack BREACH).
 */
public final class Compression implements Filter {
  private static final int OK = 200;
  private static final int LENGTH_MIN = 1 << 10;
  private static final int AT_ONCE_MAX = 64 << 10;
  private static final byte[] NO_BODY = {};
  private static final Set<String> TYPES =
      Set.of(
          "application/json",
          "application/javascript",
          "application/manifest+json",
          "application/wasm",
          "application/xml",
          "image/vnd.microsoft.icon");

  private Compression() {}

  /**
   * The filter.
   *
   * @return a filter that should stand behind those that look at the content
   */
  public static Compression gzip() {
    return new Compression();
  }

  @Override
  public void handle(
      WebRequest request,
      Reply<HttpResponse> reply,
      AsyncHandler<? super WebRequest, HttpResponse> next)
      throws Exception {
    boolean wanted = accepts(Fields.joined(request.request(), "Accept-Encoding").orElse(""));
    next.handle(request, new ChangedReply(reply, response -> coded(response, wanted)));
  }

  /** Whether gzip is among the codings that a client takes, and not behind none. */
  static boolean accepts(String field) {
    double gzip = -1;
    double any = -1;
    double identity = -1;
    for (String each : field.split(",", -1)) {
      String coding = each.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
      double weight = weight(each);
      switch (coding) {
        case "gzip", "x-gzip" -> gzip = Math.max(gzip, weight);
        case "*" -> any = weight;
        case "identity" -> identity = weight;
        default -> {
          // another coding
        }
      }
    }
    double weight = gzip < 0 ? any : gzip;
    return weight > 0 && weight >= identity;
  }

  /** RFC 9110 §12.4.2; what is malformed counts as 0. */
  private static double weight(String coding) {
    String text = Fields.parameter(coding, "q");
    if (text.isEmpty()) {
      return 1;
    }
    return text.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(text) : 0;
  }

  private static boolean compresses(HttpResponse response) {
    String type = Fields.first(response, "Content-Type").split(";", 2)[0].strip();
    String lower = type.toLowerCase(Locale.ROOT);
    boolean text = lower.startsWith("text/") && !lower.equals("text/event-stream");
    boolean structured = lower.endsWith("+json") || lower.endsWith("+xml");
    return response.status() == OK
        && (text || structured || TYPES.contains(lower))
        && Fields.first(response, "Content-Encoding").isEmpty()
        && !Fields.first(response, "Cache-Control")
            .toLowerCase(Locale.ROOT)
            .contains("no-transform")
        && response.contentLength().orElse(Long.MAX_VALUE) >= LENGTH_MIN;
  }

  private static HttpResponse coded(HttpResponse response, boolean wanted) {
    if (!compresses(response)) {
      return response;
    }
    HttpResponse varying = response.withHeader("Vary", "Accept-Encoding");
    if (!wanted) {
      return varying;
    }
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (Map.Entry<String, String> field : varying.headers()) {
      boolean strong =
          field.getKey().equalsIgnoreCase("ETag") && !field.getValue().startsWith("W/");
      fields.add(strong ? Map.entry("ETag", "W/" + field.getValue()) : field);
    }
    fields.add(Map.entry("Content-Encoding", "gzip"));
    return withContent(response.withHeaders(fields), response);
  }

  private static HttpResponse withContent(HttpResponse with, HttpResponse plain) {
    if (plain.isStreamed()) {
      return with.withContent(new GzipContent(plain.content()), OptionalLong.empty());
    }
    byte[] body = plain.body();
    if (body.length == 0) { // it is announced: nobody knows how long it would be
      return HttpResponse.of(OK, with.headers(), NO_BODY);
    }
    return body.length <= AT_ONCE_MAX
        ? with.withBody(compressed(body))
        : with.withContent(
            Streams.written(
                out -> {
                  try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                    gzip.write(body);
                  }
                }),
            OptionalLong.empty());
  }

  private static byte[] compressed(byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 2);
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
