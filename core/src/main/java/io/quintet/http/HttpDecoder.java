package io.quintet.http;

import static io.quintet.http.HttpHead.bad;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Decoder;
import io.quintet.codec.Gatherer;
import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import java.io.EOFException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes HTTP requests out of bytes, RFC 9112. Each phase consumes what is its own and sets the next
 * one; a head is left unconsumed until it is complete, a body is consumed as it comes. Where
 * requests are given before their content, that is consumed as it is asked for.
 */
final class HttpDecoder implements Decoder<HttpRequest> {
  private static final byte[] NOTHING = {};
  private static final byte[] HEAD = {'H', 'E', 'A', 'D'};
  private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1);

  /** Fields on which the framing and routing of a message rest. */
  private static final Set<String> FRAMING = Set.of("content-length", "transfer-encoding", "host");

  private static final int CHUNK_LINE_BYTES_MAX = 256;

  /** What comes next of a request. */
  @FunctionalInterface
  private interface Phase {
    /** Takes its part, and says whether that has arrived whole. */
    boolean take(Input in);
  }

  private final int headBytesMax;
  private final long bodyBytesMax;

  /** Whether requests are given once their head has arrived. */
  private final boolean streams;

  private final HttpHead head = new HttpHead();
  private final Phase inHead = this::head;
  private final Phase inBody = this::body;
  private final Phase inChunkSize = this::chunkSize;
  private final Phase inChunk = this::chunk;
  private final Phase inTrailers = this::trailers;
  private final Phase inDecision = this::decision;
  private final Phase inTunnel = this::tunnel;
  private final Phase afterLast = this::nothing;

  private Phase phase = inHead;
  private byte[] headBytes = NOTHING;

  /** Whether what has arrived of a head may be that of HEAD. */
  private boolean mayBeHead = true;

  private @Nullable Peer peer;
  private final Gatherer body = new Gatherer();

  /** The content of a request that was given. */
  private @Nullable HttpContent content;

  /** Bytes of content that were taken, and those of the chunk or body that are missing. */
  private long taken;

  private long missing;

  /** Whether a request that was given is the last one. */
  private boolean last;

  /** Whether what has arrived is not wanted yet. */
  private boolean holding;

  /** Bytes of an incomplete line or head that were searched for its end. */
  private int searched;

  /** A request that is to be given. */
  private @Nullable HttpRequest complete;

  private int trailerBytes;
  private List<Map.Entry<String, String>> trailers = List.of();
  private byte @Nullable [] interim;

  HttpDecoder(int headBytesMax, long bodyBytesMax, boolean streams) {
    this.headBytesMax = headBytesMax;
    this.bodyBytesMax = bodyBytesMax;
    this.streams = streams;
  }

  @Override
  public @Nullable HttpRequest decode(Input in) {
    holding = false;
    try {
      while (complete == null && phase.take(in)) {
        // on to the next part
      }
    } catch (ProtocolException cause) {
      if (phase == inHead) {
        mayBeHead = mayBeHead(in.array(), in.position(), in.remaining());
      }
      ProtocolException refusal = refusing(cause);
      if (content != null) {
        content.fail(refusal);
      }
      throw refusal;
    }
    HttpRequest request = complete;
    complete = null;
    return request;
  }

  @Override
  public Outcome outcome() {
    if (content == null) {
      return ofWhole();
    }
    if (isDeclined()) {
      return Outcome.WITHOUT_CONTENT;
    }
    if (holding) {
      return Outcome.HOLDING;
    }
    boolean awaited = phase != inDecision && phase != inTunnel && content.isOpen();
    return awaited ? Outcome.STARVING : Outcome.PASSING;
  }

  private Outcome ofWhole() {
    if (phase == inHead) {
      return searched == 0 ? Outcome.IDLE : Outcome.NEED_HEAD;
    }
    return phase == afterLast ? Outcome.ENDED : Outcome.NEED_CONTENT;
  }

  /** The connection stays as it is: what the client offered was not taken. */
  private boolean isDeclined() {
    return phase == inDecision && !last && Objects.requireNonNull(content).isDeclined();
  }

  @Override
  public void end() {
    if (content == null) {
      return;
    }
    if (phase == inTunnel) {
      content.complete(List.of());
    } else {
      content.fail(new EOFException("the client ended in the middle of its content"));
    }
  }

  @Override
  public byte @Nullable [] interim() {
    byte[] said = interim;
    interim = null;
    return said;
  }

  /** RFC 9110 §9.3.2: an answer to HEAD has no content, nor one to what may turn out to be HEAD. */
  @Override
  public ProtocolException refusing(ProtocolException cause) {
    boolean arriving = headBytes.length == 0 || isDeclined();
    boolean without = arriving ? mayBeHead : mayBeHead(headBytes, 0, headBytes.length);
    return without ? cause.withoutContent() : cause;
  }

  private static boolean mayBeHead(byte[] bytes, int from, int count) {
    int compared = Math.min(count, HEAD.length);
    return Arrays.equals(bytes, from, from + compared, HEAD, 0, compared)
        && (count == compared || !HttpHead.isToken(bytes[from + compared]));
  }

  private boolean head(Input in) {
    skipEmptyLines(in);
    if (in.remaining() == 0 || (in.remaining() == 1 && in.peek(0) == '\r')) {
      return false;
    }
    boolean lineArrived = searched == 0 || isLineArrived(in);
    int length = lineArrived ? head.read(in.array(), in.position(), in.remaining()) : 0;
    if ((length == 0 ? in.remaining() : length) > headBytesMax) {
      throw tooLong(in);
    }
    if (length == 0) {
      searched = in.remaining();
      mayBeHead = mayBeHead(in.array(), in.position(), searched);
      return false;
    }
    searched = 0;
    headBytes = in.take(length);
    if (head.authority > 0) {
      headBytes = Target.toOrigin(head, headBytes);
    }
    peer = in.peer();
    // RFC 9110 §10.1.1: who sends content already waits for nothing
    interim = head.continueExpected && in.remaining() == 0 ? CONTINUE : null;
    taken = 0;
    trailerBytes = 0;
    if (head.chunked) {
      phase = inChunkSize;
      return !streams || give();
    }
    expect(Math.max(head.contentLength, 0));
    if (missing > 0) {
      phase = inBody;
      return !streams || give();
    }
    interim = null;
    if (head.upgradeOffered && (streams || offersWebSocket())) {
      phase = inDecision;
      return give();
    }
    return complete();
  }

  /** Other offers to whole requests are passed over, so that nothing behind them has to wait. */
  private boolean offersWebSocket() {
    Peer sender = Objects.requireNonNull(peer, "a head has come from somebody");
    return new HttpRequest(head, headBytes, NOTHING, List.of(), sender, null, false)
        .headers().stream()
            .filter(field -> field.getKey().equalsIgnoreCase("Upgrade"))
            .anyMatch(field -> field.getValue().toLowerCase(Locale.ROOT).contains("websocket"));
  }

  /** Waits for a chunk, or a whole body. */
  private void expect(long length) {
    if (length > bodyBytesMax - taken) {
      throw new ProtocolException(413, "body longer than " + bodyBytesMax + " bytes");
    }
    missing = length;
    if (!streams) {
      body.expect((int) length);
    }
  }

  /** Gives the request; its content follows. */
  private boolean give() {
    Peer sender = Objects.requireNonNull(peer, "a head has come from somebody");
    last = !head.keepAlive;
    content = new HttpContent(sender);
    complete = new HttpRequest(head, headBytes, NOTHING, List.of(), sender, content, streams);
    return true;
  }

  /** Takes what has arrived of a body or a chunk, and says whether that is whole. */
  private boolean content(Input in) {
    int count = (int) Math.min(missing, in.remaining());
    HttpContent to = content;
    if (to == null) {
      body.take(in);
    } else if (count > 0) {
      holding = !to.isWanted();
      if (holding) {
        return false;
      }
      to.take(in, count);
    }
    taken += count;
    missing -= count;
    return missing == 0;
  }

  /** The handler says whether the connection changes its protocol. */
  private boolean decision(Input in) {
    HttpContent open = Objects.requireNonNull(content, "a request was given");
    if (open.isUpgraded()) {
      phase = inTunnel;
      return true;
    }
    holding = !open.isDeclined();
    if (!holding) {
      next();
    }
    return false;
  }

  /** All that comes is content. */
  private boolean tunnel(Input in) {
    missing = in.remaining();
    content(in);
    return false;
  }

  /** RFC 9112 §9.6: what follows the last request is not looked at. */
  private boolean nothing(Input in) {
    in.skip(in.remaining());
    return false;
  }

  /** What came in pieces is read on at a line's end, and where one may be the last and is not. */
  private boolean isLineArrived(Input in) {
    byte before = in.peek(searched - 1);
    return in.indexOf((byte) '\n', searched) >= 0 || before == '\n' || before == '\r';
  }

  /** RFC 9112 §3: a request line longer than any that is served has an answer of its own. */
  private ProtocolException tooLong(Input in) {
    int most = headBytesMax;
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
    return content(in) && complete();
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
    expect(size);
    phase = inChunk;
    return true;
  }

  /** RFC 9112 §7.1: hexadecimal digits, then perhaps extensions, which are checked and ignored. */
  private static long chunkSize(Input in, int end) {
    long size = 0;
    int digits = 0;
    while (digits < end && Character.digit(in.peek(digits), 16) >= 0) {
      // what no long holds is more than any limit
      size = size >>> 59 == 0 ? size << 4 | Character.digit(in.peek(digits), 16) : Long.MAX_VALUE;
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
    if (!content(in) || in.remaining() < 2) {
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
      if (trailerBytes > headBytesMax) {
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
    int most = phase == inTrailers ? headBytesMax : CHUNK_LINE_BYTES_MAX;
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
    if (content != null) {
      content.complete(List.copyOf(trailers));
      next();
      return false; // whether the next request may come is not said here
    }
    Peer sender = Objects.requireNonNull(peer, "a head has come from somebody");
    byte[] whole = body.finish();
    complete =
        new HttpRequest(head, headBytes, whole, List.copyOf(trailers), sender, null, streams);
    last = false; // the codec says it of a request that is whole
    return next();
  }

  /** Begins the next request. */
  private boolean next() {
    phase = last ? afterLast : inHead;
    mayBeHead = true;
    content = null;
    headBytes = NOTHING;
    peer = null;
    trailers = List.of();
    return true;
  }
}
