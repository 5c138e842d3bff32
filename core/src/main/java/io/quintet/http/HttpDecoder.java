package io.quintet.http;

import static io.quintet.http.HttpHead.bad;

import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes HTTP requests out of bytes, RFC 9112. Each phase consumes what is its own and sets the next
 * one; a head is left unconsumed until it is complete, a body is consumed as it comes.
 */
final class HttpDecoder implements Decoder<HttpRequest> {
  private static final byte[] NO_BODY = {};
  private static final int CHUNK_DIGITS_MAX = 8;
  private static final int CHUNK_LINE_BYTES_MAX = 256;

  /** A body is not allocated on the word of its length: room grows with the bytes that arrive. */
  private static final int BODY_ROOM_FIRST = 64 << 10;

  /** What comes next of a request. */
  @FunctionalInterface
  private interface Phase {
    @Nullable HttpRequest decode(Input in);
  }

  private final Http.Limits limits;
  private final HttpHead head = new HttpHead();
  private final Phase inHead = this::head;
  private final Phase inBody = this::body;
  private final Phase inChunkSize = this::chunkSize;
  private final Phase inChunk = this::chunk;
  private final Phase inTrailers = this::trailers;

  private Phase phase = inHead;
  private byte[] headBytes = NO_BODY;
  private Peer peer = Peer.NONE;
  private byte[] body = NO_BODY;
  private int bodyLength;

  /** Bytes of the body, or of the chunk and its line end, that are still to come. */
  private int missing;

  /** Bytes of an incomplete line or head that were searched for its end. */
  private int searched;

  private int trailerBytes;

  HttpDecoder(Http.Limits limits) {
    this.limits = limits;
  }

  @Override
  public @Nullable HttpRequest decode(Input in) {
    return phase.decode(in);
  }

  @Override
  public boolean idle() {
    return phase == inHead && searched == 0;
  }

  @Override
  public boolean hasHead() {
    return phase != inHead;
  }

  private @Nullable HttpRequest head(Input in) {
    skipEmptyLines(in);
    if (in.remaining() == 1 && in.peek(0) == '\r') {
      return null;
    }
    // What came in pieces is read on when another line has arrived.
    boolean lineArrived = searched == 0 || in.indexOf((byte) '\n', searched) >= 0;
    int length = lineArrived ? head.read(in.array(), in.position(), in.remaining()) : 0;
    if ((length == 0 ? in.remaining() : length) > limits.headBytesMax()) {
      throw new ProtocolException(431, "head longer than " + limits.headBytesMax() + " bytes");
    }
    if (length == 0) {
      searched = in.remaining();
      return null;
    }
    searched = 0;
    headBytes = in.take(length);
    peer = in.peer();
    if (head.chunked) {
      trailerBytes = 0;
      return next(inChunkSize, in);
    }
    if (head.contentLength > limits.bodyBytesMax()) {
      throw new ProtocolException(413, "body longer than " + limits.bodyBytesMax() + " bytes");
    }
    missing = (int) Math.max(head.contentLength, 0);
    return missing == 0 ? complete() : next(inBody, in);
  }

  /** RFC 9112 §2.2: empty lines before a request line are passed over. */
  private void skipEmptyLines(Input in) {
    while (in.remaining() >= 2 && in.peek(0) == '\r' && in.peek(1) == '\n') {
      in.skip(2);
      searched = 0;
    }
  }

  private @Nullable HttpRequest body(Input in) {
    append(in, missing);
    return missing == 0 ? complete() : null;
  }

  private @Nullable HttpRequest chunkSize(Input in) {
    int end = lineEnd(in);
    if (end < 0) {
      return null;
    }
    long size = chunkSize(in, end);
    in.skip(end + 2);
    if (size == 0) {
      return next(inTrailers, in);
    }
    if (bodyLength + size > limits.bodyBytesMax()) {
      throw new ProtocolException(413, "body longer than " + limits.bodyBytesMax() + " bytes");
    }
    missing = (int) size + 2;
    return next(inChunk, in);
  }

  /** RFC 9112 §7.1: hexadecimal digits, then perhaps extensions, which are ignored. */
  private static long chunkSize(Input in, int end) {
    long size = 0;
    int digits = 0;
    while (digits < end && Character.digit(in.peek(digits), 16) >= 0) {
      if (digits == CHUNK_DIGITS_MAX) {
        throw bad("chunk size of too many digits");
      }
      size = size << 4 | Character.digit(in.peek(digits), 16);
      digits++;
    }
    if (digits == 0 || (digits < end && in.peek(digits) != ';')) {
      throw bad("malformed chunk size");
    }
    for (int i = digits; i < end; i++) {
      byte b = in.peek(i);
      if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
        throw bad("control character in a chunk extension");
      }
    }
    return size;
  }

  private @Nullable HttpRequest chunk(Input in) {
    if (missing > 2) {
      append(in, missing - 2);
    }
    if (missing > 2 || in.remaining() < 2) {
      return null;
    }
    if (in.peek(0) != '\r' || in.peek(1) != '\n') {
      throw bad("chunk longer than its size");
    }
    in.skip(2);
    missing = 0;
    return next(inChunkSize, in);
  }

  /** RFC 9112 §7.1.2: trailer fields are checked and dropped. */
  private @Nullable HttpRequest trailers(Input in) {
    int end;
    while ((end = lineEnd(in)) > 0) {
      checkTrailer(in, end);
      trailerBytes += end + 2;
      if (trailerBytes > limits.headBytesMax()) {
        throw new ProtocolException(431, "trailers longer than the limit of a head");
      }
      in.skip(end + 2);
    }
    if (end < 0) {
      return null;
    }
    in.skip(2);
    return complete();
  }

  private static void checkTrailer(Input in, int end) {
    int at = 0;
    while (at < end && HttpHead.isToken(in.peek(at))) {
      at++;
    }
    if (at == 0 || at == end || in.peek(at) != ':') {
      throw bad("malformed trailer field");
    }
    for (; at < end; at++) {
      byte b = in.peek(at);
      if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
        throw bad("control character in a trailer field");
      }
    }
  }

  /** Where the CR LF of the next line begins, or -1 if it has not arrived. */
  private int lineEnd(Input in) {
    int most = phase == inTrailers ? limits.headBytesMax() : CHUNK_LINE_BYTES_MAX;
    int end = in.indexOf((byte) '\n', searched);
    if ((end < 0 ? in.remaining() : end) > most) {
      throw bad("chunk line longer than " + most + " bytes");
    }
    searched = end < 0 ? in.remaining() : 0;
    if (end == 0 || (end > 0 && in.peek(end - 1) != '\r')) {
      throw bad("LF without CR");
    }
    return end < 0 ? -1 : end - 1;
  }

  private void append(Input in, int wanted) {
    int count = Math.min(wanted, in.remaining());
    int needed = bodyLength + count;
    if (needed > body.length) {
      int whole = phase == inBody ? bodyLength + missing : Integer.MAX_VALUE;
      int room = Math.max(needed, Math.max(2 * body.length, BODY_ROOM_FIRST));
      body = Arrays.copyOf(body, Math.min(room, whole));
    }
    in.take(body, bodyLength, count);
    bodyLength = needed;
    missing -= count;
  }

  private @Nullable HttpRequest next(Phase following, Input in) {
    phase = following;
    return following.decode(in);
  }

  private HttpRequest complete() {
    byte[] whole = body.length == bodyLength ? body : Arrays.copyOf(body, bodyLength);
    HttpRequest request = new HttpRequest(head, headBytes, whole, peer);
    phase = inHead;
    headBytes = NO_BODY;
    peer = Peer.NONE;
    body = NO_BODY;
    bodyLength = 0;
    return request;
  }
}
