package io.quintet.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.Output;
import io.quintet.codec.ReplyParts;
import java.util.Map;
import java.util.concurrent.Flow;

/** The content of a response that is streamed, RFC 9112 §6 and §7.1. */
final class HttpParts implements ReplyParts {
  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n".getBytes(US_ASCII);

  private final HttpRequest request;
  private final HttpResponse response;
  private final boolean chunked;
  private long sent;

  /**
   * The content of a response whose head is written.
   *
   * @param request what is answered
   * @param response what is streamed
   * @param chunked whether in chunks
   */
  HttpParts(HttpRequest request, HttpResponse response, boolean chunked) {
    this.request = request;
    this.response = response;
    this.chunked = chunked;
  }

  @Override
  public Flow.Publisher<byte[]> publisher() {
    return response.content();
  }

  @Override
  public void encode(byte[] part, Output out) {
    if (part.length == 0) {
      return; // a chunk without content would be the last
    }
    sent += part.length;
    if (!response.isOfUnknownLength() && sent > response.announcedLength()) {
      throw wrongLength();
    }
    if (chunked) {
      out.put(Integer.toHexString(part.length).getBytes(US_ASCII));
      out.put(LINE_END);
      out.put(part);
      out.put(LINE_END);
    } else {
      out.put(part);
    }
  }

  @Override
  public void encodeEnd(Output out) {
    if (!response.isOfUnknownLength() && sent != response.announcedLength()) {
      throw wrongLength();
    }
    if (chunked) {
      out.put(LAST_CHUNK);
      for (Map.Entry<String, String> field : response.trailers()) {
        out.put((field.getKey() + ": " + field.getValue()).getBytes(ISO_8859_1));
        out.put(LINE_END);
      }
      out.put(LINE_END);
    }
    request.answered();
  }

  @Override
  public void drop() {
    response.drop();
  }

  private IllegalStateException wrongLength() {
    return new IllegalStateException(
        "content of " + sent + " bytes where " + response.announcedLength() + " were announced");
  }
}
