package io.quintet.http;

import static io.quintet.http.HttpHead.bad;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Decoder;
import io.quintet.codec.Gatherer;
import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes HTTP requests out of bytes, RFC 9112. Each phase consumes what is its own and sets the next
 * one; a head is left unconsumed until it is complete, a body is consumed as it comes.
 */
final class HttpDecoder implements Decoder<HttpRequest> {
  private static final byte[] NOTHING = {};
  private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1);

  /** Fields on which the framing and routing of a message rest. */
  private static final Set<String> FRAMING = Set.of("content-length", "transfer-encoding", "host");

  private static final int CHUNK_DIGITS_MAX = 8;
  private static final int CHUNK_LINE_BYTES_MAX = 256;

  /** What comes next of a request. */
  @FunctionalInterface
  private interface Phase {
    /** Takes its part, and says whether that has arrived whole. */
    boolean take(Input in);
  }

  private final Http.Limits limits;
  private final HttpHead head = new HttpHead();
  private final Phase inHead = this::head;
  private final Phase inBody = this::body;
  private final Phase inChunkSize = this::chunkSize;
  private final Phase inChunk = this::chunk;
  private final Phase inTrailers = this::trailers;

  private Phase phase = inHead;
  private byte[] headBytes = NOTHING;
  private @Nullable Peer peer;
  private final Gatherer body = new Gatherer();

  /** Bytes of an incomplete line or head that were searched for its end. */
  private int searched;

  /** A request that is to be given. */
  private @Nullable HttpRequest complete;

  private int trailerBytes;
  private List<Map.Entry<String, String>> trailers = List.of();
  private byte @Nullable [] interim;

  HttpDecoder(Http.Limits limits) {
    this.limits = limits;
  }

  @Override
  public @Nullable HttpRequest decode(Input in) {
    while (complete == null && phase.take(in)) {
      // on to the next part
    }
    HttpRequest request = complete;
    complete = null;
    return request;
  }

  @Override
  public boolean idle() {
    return phase == inHead && searched == 0;
  }

  @Override
  public byte @Nullable [] interim() {
    byte[] said = interim;
    interim = null;
    return said;
  }

  @Override
  public boolean hasHead() {
    return phase != inHead;
  }

  private boolean head(Input in) {
    skipEmptyLines(in);
    if (in.remaining() == 0 || (in.remaining() == 1 && in.peek(0) == '\r')) {
      return false;
    }
    boolean lineArrived = searched == 0 || isLineArrived(in);
    int taken = lineArrived ? head.read(in.array(), in.position(), in.remaining()) : 0;
    if ((taken == 0 ? in.remaining() : taken) > limits.headBytesMax()) {
      throw tooLong(in);
    }
    if (taken == 0) {
      searched = in.remaining();
      return false;
    }
    searched = 0;
    headBytes = in.take(taken);
    peer = in.peer();
    // RFC 9110 §10.1.1: who sends content already waits for nothing
    interim = head.continueExpected && in.remaining() == 0 ? CONTINUE : null;
    if (head.chunked) {
      trailerBytes = 0;
      phase = inChunkSize;
      return true;
    }
    if (head.contentLength > limits.bodyBytesMax()) {
      throw new ProtocolException(413, "body longer than " + limits.bodyBytesMax() + " bytes");
    }
    int length = (int) Math.max(head.contentLength, 0);
    interim = length == 0 ? null : interim;
    body.expect(length);
    phase = inBody;
    return length > 0 || complete();
  }

  /** What came in pieces is read on at a line's end, and where one may be the last and is not. */
  private boolean isLineArrived(Input in) {
    byte before = in.peek(searched - 1);
    return in.indexOf((byte) '\n', searched) >= 0 || before == '\n' || before == '\r';
  }

  /** RFC 9112 §3: a request line longer than any that is served has an answer of its own. */
  private ProtocolException tooLong(Input in) {
    int most = limits.headBytesMax();
    int line = in.indexOf((byte) '\n', 0);
    return line < 0 || line > most
        ? new ProtocolException(414, "request line longer than " + most + " bytes")
        : new ProtocolException(431, "head longer than " + most + " bytes");
  }

  /** RFC 9112 §2.2: empty lines before a request line are passed over. */
  private void skipEmptyLines(Input in) {
    while (in.remaining() >= 2 && in.peek(0) == '\r' && in.peek(1) == '\n') {
      in.skip(2);
      searched = 0;
    }
  }

  private boolean body(Input in) {
    return body.take(in) && complete();
  }

  private boolean chunkSize(Input in) {
    int end = lineEnd(in);
    if (end < 0) {
      return false;
    }
    long size = chunkSize(in, end);
    in.skip(end + 2);
    if (size == 0) {
      phase = inTrailers;
      return true;
    }
    if (body.length() + size > limits.bodyBytesMax()) {
      throw new ProtocolException(413, "body longer than " + limits.bodyBytesMax() + " bytes");
    }
    body.expect((int) size);
    phase = inChunk;
    return true;
  }

  /** RFC 9112 §7.1: hexadecimal digits, then perhaps extensions, which are checked and ignored. */
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
    if (digits == 0) {
      throw bad("malformed chunk size");
    }
    if (digits < end) {
      ChunkExtensions.check(in, digits, end);
    }
    return size;
  }

  private boolean chunk(Input in) {
    if (!body.take(in) || in.remaining() < 2) {
      return false;
    }
    if (in.peek(0) != '\r' || in.peek(1) != '\n') {
      throw bad("chunk longer than its size");
    }
    in.skip(2);
    phase = inChunkSize;
    return true;
  }

  /** RFC 9112 §7.1.2: trailer fields, which are no part of the head. */
  private boolean trailers(Input in) {
    int end;
    while ((end = lineEnd(in)) > 0) {
      trailerBytes += end + 2;
      if (trailerBytes > limits.headBytesMax()) {
        throw new ProtocolException(431, "trailers longer than the limit of a head");
      }
      trailer(in.takeText(end, ISO_8859_1));
      in.skip(2);
    }
    if (end < 0) {
      return false;
    }
    in.skip(2);
    return complete();
  }

  private void trailer(String line) {
    int colon = line.indexOf(':');
    boolean token = colon > 0;
    for (int i = 0; i < colon; i++) {
      token &= HttpHead.isToken((byte) line.charAt(i)) && line.charAt(i) < 0x80;
    }
    if (!token) {
      throw bad("malformed trailer field");
    }
    String name = line.substring(0, colon);
    for (int i = colon; i < line.length(); i++) {
      char c = line.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        throw bad("control character in a trailer field");
      }
    }
    if (FRAMING.contains(name.toLowerCase(Locale.ROOT))) {
      throw bad("trailer field " + name + " belongs into the head"); // RFC 9110 §6.5.1
    }
    if (trailers.isEmpty()) {
      trailers = new ArrayList<>();
    }
    trailers.add(Map.entry(name, line.substring(colon + 1).strip()));
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

  private boolean complete() {
    Peer sender = Objects.requireNonNull(peer, "a head has come from somebody");
    complete = new HttpRequest(head, headBytes, body.finish(), List.copyOf(trailers), sender);
    phase = inHead;
    headBytes = NOTHING;
    peer = null;
    trailers = List.of();
    return true;
  }
}
