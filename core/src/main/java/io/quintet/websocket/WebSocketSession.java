package io.quintet.websocket;

import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.Session;
import io.quintet.http.HttpRequest;
import io.quintet.machine.MachineInstance;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket: the actions of {@code specs/machines/websocket.json}. The methods of {@link
 * WebSocket} may be called from any thread, all else by the loop that owns the connection.
 */
final class WebSocketSession extends MachineInstance<WebSocketEvent, WebSocketAction>
    implements Session, WebSocket, FrameReader.Receiver {
  private static final Transitions<WebSocketEvent, WebSocketAction> MACHINE =
      Transitions.of(Specs.machine("websocket"), WebSocketEvent.class, WebSocketAction.class);

  private static final byte[] NOTHING = {};
  private static final ProtocolException INTERLEAVED =
      new ProtocolException(
          CloseCode.PROTOCOL_ERROR, "a message that begins in the middle of another");
  private static final ProtocolException BEGINNINGLESS =
      new ProtocolException(CloseCode.PROTOCOL_ERROR, "a continuation of no message");

  private final HttpRequest request;
  private final String subprotocol;
  private final WebSocketListener listener;
  private final FrameReader reader;
  private final Outbox outbox;

  /** Where messages are compressed. */
  private final @Nullable Compression compression;

  /** Whether the loop was told that something is to be written. */
  private final AtomicBoolean woken = new AtomicBoolean();

  private volatile @Nullable Link link;
  private @Nullable Deliveries deliveries;

  /** The loop, while it gives what has arrived: it writes behind that anyway. */
  private volatile @Nullable Thread receiver;

  /** Whether no end has come, for other threads. */
  private volatile boolean open;

  /** Whether anything has come since the last ping of ours, if there was one. */
  private boolean heard = true;

  /** Bytes that were left, and come again whenever anything is offered. */
  private int left;

  /** Whether the listener has thrown, after which it gets no more messages. */
  private volatile boolean broken;

  // What the events carry.
  private byte[] payload = NOTHING;
  private boolean text;
  private @Nullable ProtocolException refusal;

  // The end, as the listener is told of it.
  private int endCode = CloseCode.LOST;
  private String endReason = "";
  private boolean endSaid;

  /** Whether the peer has ended its half, and waits for what is queued for it. */
  private boolean finished;

  WebSocketSession(
      HttpRequest request,
      String subprotocol,
      WebSocketSettings settings,
      @Nullable Compression compression,
      WebSocketListener listener) {
    super(MACHINE);
    this.request = request;
    this.subprotocol = subprotocol;
    this.listener = listener;
    this.compression = compression;
    this.reader =
        new FrameReader(
            settings.messageBytesMax(), compression == null ? null : compression.inflation(), this);
    this.outbox = new Outbox(settings.queueBytesMax());
  }

  // What the connection calls.

  @Override
  public void open(Link to) {
    if (link != null) {
      throw new IllegalStateException("a WebSocket answers one request");
    }
    link = to;
    deliveries = new Deliveries(listener, this, to, this::failed);
    open = true;
    run(WebSocketEvent.OPEN);
  }

  @Override
  public void receive(Input in) {
    heard |= in.remaining() > left;
    receiver = Thread.currentThread();
    if (compression != null) {
      compression.inflation().beginTurn();
    }
    try {
      while (isReading() && !isHolding() && reader.take(in)) {
        // on to the next frame
      }
      if (!isReading()) {
        in.skip(in.remaining());
      }
    } finally {
      receiver = null;
      left = in.remaining();
    }
    if (compression != null && compression.inflation().isSpent(left)) {
      Objects.requireNonNull(link).wake();
    }
  }

  /** Whether frames are still looked at. */
  private boolean isReading() {
    return takes(WebSocketEvent.PING);
  }

  @Override
  public boolean isHolding() {
    return !outbox.isClosing()
        && (outbox.isMuch()
            || (compression != null && compression.inflation().isSpent())
            || Objects.requireNonNull(deliveries, "it is open").isFull());
  }

  @Override
  public void data(boolean first) {
    refusal = first ? INTERLEAVED : BEGINNINGLESS;
    run(first ? WebSocketEvent.DATA : WebSocketEvent.CONTINUATION);
    if (!isReading()) {
      throw refusal;
    }
  }

  @Override
  public void complete(byte[] message, boolean isText) {
    payload = message;
    text = isText;
    run(WebSocketEvent.COMPLETE);
    payload = NOTHING;
  }

  @Override
  public void control(int opcode, byte[] carried) {
    payload = carried;
    run(
        switch (opcode) {
          case Frame.PING -> WebSocketEvent.PING;
          case Frame.PONG -> WebSocketEvent.PONG;
          default -> close(carried);
        });
    payload = NOTHING;
  }

  private WebSocketEvent close(byte[] carried) {
    endCode = FrameReader.code(carried);
    endReason = FrameReader.reason(carried);
    return WebSocketEvent.CLOSE;
  }

  @Override
  public void refuse(ProtocolException cause) {
    if (takes(WebSocketEvent.MALFORMED)) {
      refusal = cause;
      run(WebSocketEvent.MALFORMED);
    }
  }

  @Override
  public boolean hasOutput() {
    return outbox.hasFrames() || ((isEnded() || finished) && !endSaid);
  }

  @Override
  public void write(Output out) {
    woken.set(false);
    if (outbox.write(out) && takes(WebSocketEvent.CLOSE_WRITTEN)) {
      run(WebSocketEvent.CLOSE_WRITTEN);
    }
    if (isEnded() || (finished && !outbox.hasFrames())) {
      endSaid = true;
      out.endConnection();
    } else if (outbox.isRelieved()) {
      tell((to, socket) -> to.writable(socket), 0);
      Objects.requireNonNull(link).wake(); // what was held back is read again
    }
  }

  @Override
  public boolean isConcluding() {
    return outbox.isClosing() || isEnded();
  }

  @Override
  public void conclude() {
    outbox.close(Frame.close(CloseCode.GOING_AWAY, ""));
  }

  @Override
  public void finish() {
    finished = true;
  }

  @Override
  public boolean keepAlive() {
    if (!heard) {
      return false;
    }
    heard = false;
    outbox.add(new Frame(Frame.PING, NOTHING));
    return true;
  }

  @Override
  public void giveUp() {
    outbox.closeAtOnce(Frame.close(CloseCode.FAILED, "too slow"));
  }

  @Override
  public void lost() {
    if (compression != null) {
      compression.end();
    }
    if (takes(WebSocketEvent.LOST)) {
      run(WebSocketEvent.LOST);
    }
  }

  /** Whether it has native memory. The loop's thread, or any behind its end. */
  boolean holdsNativeMemory() {
    return compression != null && compression.isHeld();
  }

  // Actions.

  @Override
  protected @Nullable WebSocketEvent perform(WebSocketAction action) {
    switch (action) {
      case OPEN -> tell((to, socket) -> to.opened(socket), 0);
      case DELIVER -> deliver(WebSocketMessage.received(payload, text));
      case PONG -> outbox.pong(payload);
      case HEARD -> heard(payload);
      case ANSWER -> {
        open = false;
        outbox.close(Frame.close(endCode, ""));
      }
      case FAIL -> fail(Objects.requireNonNull(refusal, "what is wrong"));
      case TELL -> tellEnd();
    }
    return null;
  }

  private void deliver(WebSocketMessage message) {
    tell(
        (to, socket) -> {
          if (!broken) {
            to.message(socket, message);
          }
        },
        message.bytes().length);
  }

  private void heard(byte[] said) {
    if (said.length > 0) {
      tell((to, socket) -> to.ponged(socket, said), said.length);
    }
  }

  private void fail(ProtocolException cause) {
    open = false;
    endCode = cause.code();
    endReason = String.valueOf(cause.getMessage());
    outbox.close(Frame.close(endCode, endReason));
  }

  private void tellEnd() {
    open = false;
    int code = endCode;
    String reason = endReason;
    tell((to, socket) -> to.closed(socket, code, reason), 0);
  }

  private void tell(Deliveries.Call call, int size) {
    Objects.requireNonNull(deliveries, "it was open").add(call, size);
  }

  /** The listener has thrown, on whatever thread it runs. */
  private void failed(Throwable cause) {
    Link to = Objects.requireNonNull(link);
    broken = true;
    to.failed(toString(), cause);
    close(CloseCode.FAILED, "");
    try {
      listener.failed(this, cause);
    } catch (Throwable another) {
      to.failed(toString(), another);
    }
  }

  // What the user calls.

  @Override
  public boolean send(WebSocketMessage message) {
    Outbox.Taken taken =
        compression == null
            ? outbox.add(Frame.of(message))
            : compression.deflation().send(message, outbox);
    if (taken == Outbox.Taken.NOT) {
      outbox.closeAtOnce(Frame.close(CloseCode.POLICY, "reads too slowly"));
    }
    if (taken != Outbox.Taken.IN_VAIN) {
      wake();
    }
    return taken == Outbox.Taken.GLADLY;
  }

  @Override
  public void ping(byte[] said) {
    if (said.length > Frame.CONTROL_BYTES_MAX) {
      throw new IllegalArgumentException("a ping of " + said.length + " bytes; at most 125 may be");
    }
    outbox.add(new Frame(Frame.PING, said.clone()));
    wake();
  }

  @Override
  public void close(int code, String reason) {
    if (!CloseCode.isSendable(code)) {
      throw new IllegalArgumentException(
          "close code " + code + "; 1000 to 1003, 1007 to 1014 and 3000 to 4999 may be sent");
    }
    Frame frame = Frame.close(code, reason);
    if (frame.payload().length > Frame.CONTROL_BYTES_MAX) {
      throw new IllegalArgumentException("a reason longer than 123 bytes");
    }
    if (outbox.close(frame)) {
      wake();
    }
  }

  private void wake() {
    Link to = link;
    if (to != null && receiver != Thread.currentThread() && !woken.getAndSet(true)) {
      to.wake();
    }
  }

  @Override
  public boolean isOpen() {
    return open && !outbox.isClosing();
  }

  @Override
  public long queuedBytes() {
    return outbox.bytes();
  }

  @Override
  public String subprotocol() {
    return subprotocol;
  }

  @Override
  public HttpRequest request() {
    return request;
  }

  @Override
  public Executor owner() {
    return Objects.requireNonNull(link, "it was open").owner();
  }

  @Override
  public String toString() {
    return "WebSocket " + request.path();
  }
}
