package io.quintet.connection;

import io.quintet.buffer.ByteQueue;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.WaitQueue;
import io.quintet.exchange.Exchange;
import io.quintet.exchange.Origin;
import io.quintet.fault.SeededBug;
import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.metrics.HandlerEvent;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
import io.quintet.reactor.Registration;
import io.quintet.reactor.StateTable;
import io.quintet.service.Handler;
import io.quintet.service.Service;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import io.quintet.transport.ProxyHeader;
import io.quintet.transport.Tls;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.ObjIntConsumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An accepted socket: the actions of {@code specs/machines/connection.json}, whose outcomes decide
 * what follows.
 *
 * <p>At rest it holds no buffer but what it could not decode or send. The loop's thread alone.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Connection<Q, R> extends Registration<ConnectionEvent, ConnectionAction>
    implements Origin<Q, R>, WaitQueue.Waiter, Output.Spill, Peer, Counted {
  private static final Transitions<ConnectionEvent, ConnectionAction> MACHINE =
      Transitions.of(Specs.machine("connection"), ConnectionEvent.class, ConnectionAction.class);
  private static final StateTable<ConnectionEvent> RESTS =
      new StateTable<>(MACHINE, ConnectionEvent.class);

  private static final ProtocolException IN_PLAIN =
      new ProtocolException(400, "a plain request was sent to a port that speaks TLS");

  private static final ProtocolException TOO_MANY =
      new ProtocolException(ProtocolException.EXCESS, "too many connections");
  private static final ProtocolException LARGE =
      new ProtocolException(413, "request larger than the read buffer");
  private static final ProtocolException SLOW =
      new ProtocolException(ProtocolException.LATE, "request too slow");

  private final ConnectionContext<Q, R> context;
  private final long openedNanos;

  /** Whether it counts among those of which there may be so many. */
  private final boolean counted;

  /** Bytes received and not decoded, while the read buffer is not this connection's. */
  private @Nullable ByteQueue held;

  /** What encrypts and decrypts, where that is done. */
  private @Nullable Tls tls;

  /** Whether the peer has begun without TLS where that is asked for. */
  private boolean inPlain;

  /** What a proxy says of the connection, until it is said. */
  private @Nullable ProxyHeader introduction;

  /** Its ends, once somebody asked for one or a proxy said it. One field, for what waits idle. */
  private @Nullable Ends ends;

  private record Ends(@Nullable SocketAddress peer, @Nullable SocketAddress local) {
    static final Ends UNKNOWN = new Ends(null, null);
  }

  /** What the codec keeps for it. */
  private @Nullable Object attachment;

  /** Bytes encoded that the socket would not take. */
  private @Nullable ByteQueue outgoing;

  /** A decoder in the middle of a request. */
  private @Nullable Decoder<Q> decoder;

  /** Replies owed, in request order. */
  private @Nullable Exchange<Q, R> firstOwed;

  private @Nullable Exchange<Q, R> lastOwed;
  private int owed;

  /** Bytes received since they were last judged. */
  private long receivedBytes;

  /** Whether the loop will resume it. */
  private boolean yielded;

  /** Whether a reply that comes in parts has said that it is the last. */
  private boolean lastBegun;

  /** Whether its handlers were not waited for any longer. */
  private boolean givenUp;

  /** Whether the peer of a secured connection was told that no more follows. */
  private boolean saidEnd;

  /**
   * Whether more was queued than may be, and has not fallen to the low watermark yet, also where it
   * waits for something else meanwhile.
   */
  private boolean congested;

  /** Whether the loop will send its replies. */
  private boolean dirty;

  Connection(ConnectionContext<Q, R> context, boolean counted) {
    super(context.loop, MACHINE);
    this.context = context;
    this.openedNanos = loop.now();
    this.counted = counted;
    this.tls = context.secured(this, this::queue);
    this.introduction = context.limits.proxied() ? new ProxyHeader() : null;
  }

  @Override
  protected StateTable<ConnectionEvent> rests() {
    return RESTS;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    boolean has = context.inputOwner == this;
    to.accept("fd", fd());
    to.accept("owed", owed);
    to.accept("held", has ? context.input.remaining() : held == null ? 0 : (int) held.length());
    to.accept("yielded", yielded ? 1 : 0);
    to.accept("dirty", dirty ? 1 : 0);
  }

  @Override
  public LoopContext loop() {
    return loop;
  }

  // What codecs and handlers may ask.

  @Override
  public Optional<SocketAddress> address() {
    Ends known = Objects.requireNonNullElse(ends, Ends.UNKNOWN);
    if (known.peer == null && !isEnded()) {
      known = new Ends(jdk(loop.kernel().peer(fd())), known.local);
      ends = known;
    }
    return Optional.ofNullable(known.peer);
  }

  @Override
  public Optional<SocketAddress> local() {
    Ends known = Objects.requireNonNullElse(ends, Ends.UNKNOWN);
    if (known.local == null && !isEnded()) {
      known = new Ends(known.peer, context.shared(jdk(loop.kernel().local(fd()))));
      ends = known;
    }
    return Optional.ofNullable(known.local);
  }

  private static @Nullable SocketAddress jdk(Optional<io.quintet.ffi.SocketAddress> address) {
    return address.map(io.quintet.ffi.SocketAddress::toJdk).orElse(null);
  }

  @Override
  public @Nullable Object attachment() {
    return attachment;
  }

  @Override
  public void attach(Object value) {
    attachment = value;
  }

  @Override
  public void wake() {
    loop.post(
        new Mail() {
          @Override
          public void deliver() {
            replyReady();
          }
        });
  }

  @Override
  public Optional<SSLSession> session() {
    return Optional.ofNullable(tls).map(Tls::session);
  }

  // Events.

  @Override
  protected void begin() {
    context.budget = context.limits.requestBudget();
  }

  @Override
  protected void readable() {
    fire(ConnectionEvent.READABLE);
  }

  @Override
  protected void writable() {
    fire(ConnectionEvent.WRITABLE);
  }

  @Override
  protected void hungUp() {
    fire(ConnectionEvent.HANGUP);
  }

  /** Goes on after a yield. */
  void resume() {
    yielded = false;
    begin();
    if (!isEnded()) {
      fire(ConnectionEvent.RESUME);
    }
  }

  /**
   * A reply is ready; it leaves at the end of the turn, with others that become ready meanwhile.
   */
  public void replyReady() {
    if (!isEnded() && !dirty) {
      dirty = true;
      context.replyLater(this);
    }
  }

  void flushReady() {
    dirty = false;
    begin();
    if (!isEnded()) {
      fire(ConnectionEvent.REPLY_READY);
    }
  }

  /** A worker may have room for the request that waits. */
  public void roomFreed() {
    begin();
    if (!isEnded()) {
      fire(ConnectionEvent.ROOM);
    }
  }

  /** It is one more than there may be. */
  void refuseExcess() {
    context.refusal = context.decoder().refusing(TOO_MANY);
    fire(ConnectionEvent.EXCESS);
  }

  /** It lingers, longer than others, and as many do as may. */
  void giveWay() {
    fire(ConnectionEvent.SURPLUS);
  }

  void drain() {
    begin();
    fire(ConnectionEvent.DRAIN);
  }

  @Override
  public void abort() {
    fire(ConnectionEvent.ABORT);
  }

  @Override
  protected void restedInDrain() {
    rest(run(ConnectionEvent.DRAIN));
  }

  // Actions.

  @Override
  protected @Nullable ConnectionEvent perform(ConnectionAction action) {
    return switch (action) {
      case READ -> read();
      case DECODE -> decode();
      case HANDLE -> handle();
      case PLACE -> place();
      case REPLY -> reply(ConnectionEvent.REPLIED);
      case ANSWER -> answer();
      case REFUSE -> refuse(Objects.requireNonNull(context.refusal, "a refusal"));
      case JUDGE -> judge();
      case GIVE_UP -> giveUp();
      case REFUSE_LATE -> refuseLate();
      case FLUSH -> flush(context.highWatermarkBytes());
      case RELIEVE -> flush(context.limits.lowWatermarkBytes());
      case YIELD_TURN -> yieldTurn();
      case END_OUTPUT -> endOutput();
      case LINGER -> linger();
      case DISCARD -> discard();
      case CLOSE -> close();
    };
  }

  private ConnectionEvent read() {
    Input input = takeInput();
    if (tls != null) {
      return readSecurely(tls, input);
    }
    int kept = input.limit();
    long received = receive(input.capacity() - kept);
    if (received <= 0) {
      return notReceived(received);
    }
    Memory.copy(context.wireAddress, input.array(), kept, (int) received);
    input.present(input.position(), kept + (int) received);
    return ConnectionEvent.RECEIVED;
  }

  /**
   * Takes a proxy's header off what was received. Gives how much is left, or what recv(2) gives
   * where nothing has arrived, or where the connection cannot go on.
   */
  private long introduced(ProxyHeader header, int received) {
    try {
      int taken = header.take(context.wireAddress, received);
      if (header.isComplete()) {
        introduction = null;
        ends = new Ends(header.source(), null);
      }
      Memory.copy(context.wireAddress + taken, context.wireAddress, received - taken);
      return taken == received ? -Linux.EAGAIN() : received - taken;
    } catch (ProtocolException e) {
      loop.refused(Refusal.UNPROXIED);
      return -Linux.ECONNRESET();
    }
  }

  /** Receives at the wire's address, what comes behind a proxy's header. As recv(2) gives it. */
  private long receive(int most) {
    long received = loop.kernel().recv(fd(), context.wireAddress, most, 0);
    if (received > 0) {
      loop.metrics().received(received);
      receivedBytes += received;
    }
    return received > 0 && introduction != null
        ? introduced(introduction, (int) received)
        : received;
  }

  private ConnectionEvent notReceived(long result) {
    return result == 0 ? endOfStream() : failed(Call.RECV, result);
  }

  private ConnectionEvent endOfStream() {
    endDecoder();
    return ConnectionEvent.END_OF_STREAM;
  }

  /** Whether the peer has said behind what was decrypted that nothing follows. */
  private boolean isEndedSecurely() {
    return tls != null && tls.isEnded();
  }

  /** Nothing more will be decoded. */
  private void endDecoder() {
    if (decoder != null) {
      decoder.end();
    }
  }

  private ConnectionEvent readSecurely(Tls layer, Input input) {
    int kept = layer.begin();
    long received = receive(Math.min(layer.room(), context.wireBytes));
    if (received <= 0) {
      return notReceived(received);
    }
    Memory.copy(context.wireAddress, layer.array(), kept, (int) received);
    if (layer.isSpokenPlainly(layer.array()[0])) {
      return answerInPlain(layer, (int) received, input);
    }
    try {
      boolean progress = layer.received(kept + (int) received, input);
      if (layer.isEnded() && input.remaining() == 0) {
        return endOfStream();
      }
      return progress ? ConnectionEvent.RECEIVED : ConnectionEvent.WOULD_BLOCK;
    } catch (SSLException e) {
      return insecure(e);
    }
  }

  /** Who has begun without TLS would not understand an alert. */
  private ConnectionEvent answerInPlain(Tls layer, int received, Input input) {
    System.arraycopy(layer.array(), 0, input.array(), 0, received);
    input.present(0, received);
    tls = null;
    inPlain = true;
    return ConnectionEvent.RECEIVED;
  }

  /** The peer is told why; nothing else can be told to it any more. */
  private ConnectionEvent insecure(SSLException why) {
    loop.refused(Refusal.INSECURE, String.valueOf(why.getMessage()));
    endDecoder();
    forgetOwed();
    sendWhatGoes();
    return ConnectionEvent.INSECURE;
  }

  private void sendWhatGoes() {
    ByteQueue queue = outgoing;
    if (queue != null && queue.length() > 0) {
      long sent = send(queue.headAddress(), queue.headLength());
      queue.consume((int) Math.max(sent, 0));
      if (queue.length() == 0) {
        context.chunks.giveBack(queue);
        outgoing = null;
      }
    }
  }

  /** Whether more content has come out of records that were received before. */
  private boolean isRefilled(Input input) {
    try {
      return tls != null && tls.refill(input);
    } catch (SSLException e) {
      loop.refused(Refusal.INSECURE, String.valueOf(e.getMessage()));
      return false; // and so does the next read
    }
  }

  /** Many requests that arrived at once may have had more replies than the socket took. */
  private boolean isAboveWatermark() {
    return outgoing != null && outgoing.length() > context.highWatermarkBytes();
  }

  private ConnectionEvent decode() {
    Input input = takeInput();
    if (inPlain) {
      return malformed(IN_PLAIN);
    }
    if (input.remaining() == 0 && !isRefilled(input)) {
      return isEndedSecurely() ? endOfStream() : ConnectionEvent.EXHAUSTED;
    }
    if (owed > 0 && takesNoMore() && (decoder == null || !decoder.hasGiven())) {
      return ConnectionEvent.SATURATED;
    }
    if (context.budget == 0 || isAboveWatermark()) {
      return ConnectionEvent.BUDGET_SPENT;
    }
    Decoder<Q> current = decoder == null ? context.decoder() : decoder;
    boolean inContent = current.hasGiven();
    Q request;
    try {
      request = current.decode(input);
      while (request == null && isRefilled(input)) {
        request = current.decode(input);
      }
    } catch (ProtocolException e) {
      abandon(current);
      return malformed(e);
    }
    boolean idle = current.idle();
    if (idle != (decoder == null)) {
      keep(current, idle);
    }
    if (request != null) {
      context.budget--;
      loop.metrics().decoded();
      context.request = request;
      if (!idle) {
        say(current.interim());
      }
      return context.codec.isLast(request) ? ConnectionEvent.LAST_REQUEST : ConnectionEvent.REQUEST;
    }
    if (current.isHolding()) {
      return ConnectionEvent.SATURATED;
    }
    if (inContent && !current.hasGiven() && input.remaining() > 0) {
      return decode(); // of the next request, if that may come
    }
    if (input.remaining() > input.capacity() - context.spareBytes) {
      return malformed(current.refusing(LARGE));
    }
    if (isEndedSecurely()) {
      return endOfStream();
    }
    if (say(current.interim())) {
      return ConnectionEvent.EXHAUSTED;
    }
    boolean whole = idle && input.remaining() == 0;
    return whole || (owed > 0 && !isStarving())
        ? ConnectionEvent.EXHAUSTED
        : ConnectionEvent.INCOMPLETE;
  }

  /**
   * Whether no further request is taken while replies are owed. What is taken is answered, so the
   * reply that says that it is the last must have no other behind it.
   */
  private boolean takesNoMore() {
    return owed >= context.limits.pipelineMax() || lastBegun || isLeaving();
  }

  /** Says what the peer waits for, behind the replies that are owed. */
  private boolean say(byte @Nullable [] interim) {
    if (interim == null) {
      return false;
    }
    owe(Exchange.saying(this, interim));
    reply(ConnectionEvent.EXHAUSTED);
    return true;
  }

  /** A decoder in the middle of a request stays with the connection until the request is whole. */
  private void keep(Decoder<Q> current, boolean idle) {
    if (idle) {
      decoder = null;
    } else {
      decoder = current;
      context.replaceDecoder();
    }
  }

  /** What state a decoder is in that refused is unknown. */
  private void abandon(Decoder<Q> current) {
    current.end();
    decoder = null;
    if (current == context.decoder()) {
      context.replaceDecoder();
    }
  }

  private ConnectionEvent malformed(ProtocolException cause) {
    context.refusal = cause;
    return ConnectionEvent.MALFORMED;
  }

  private ConnectionEvent handle() {
    Q taken = Objects.requireNonNull(context.request, "a request");
    context.request = null;
    if (context.executors != null && !context.codec.isInline(taken)) {
      Exchange<Q, R> reply = Exchange.to(this, context.codec.detach(taken));
      reply.earlier = lastOwed;
      owe(reply);
      reply.handlerReturned(); // as far as the loop is concerned
      return place();
    }
    Handler<Q, R> handler = context.handler;
    return handler != null && firstOwed == null
        ? handleNow(taken, handler)
        : handleLater(context.codec.detach(taken));
  }

  /** Gives the request that was decoded last to a worker, unless it has one. */
  private ConnectionEvent place() {
    Exchange<Q, R> reply = lastOwed;
    if (reply == null || reply.placed || isBehindAnother(reply)) {
      return ConnectionEvent.LATER;
    }
    HandlerExecutor executor = Objects.requireNonNull(context.executors).choose();
    if (executor == null) {
      context.crowded(this);
      return ConnectionEvent.CROWDED;
    }
    reply.placed = true;
    if (!executor.execute(reply)) {
      reply.undelivered();
    }
    return ConnectionEvent.LATER;
  }

  /** Whether it is handled by who handles the one before it, since their order matters. */
  private boolean isBehindAnother(Exchange<Q, R> reply) {
    Exchange<Q, R> before = reply.earlier;
    reply.earlier = null;
    if (before == null || !(before.isOrdered() || reply.isOrdered())) {
      return false;
    }
    reply.placed = before.isFollowedBy(reply);
    return reply.placed;
  }

  private ConnectionEvent handleNow(Q taken, Handler<Q, R> handler) {
    Output out = begin(true);
    R reply;
    try {
      reply =
          HandlerEvent.PROBE.isEnabled() ? handleRecorded(taken, handler) : handler.handle(taken);
      Objects.requireNonNull(reply, "the handler's reply");
    } catch (Throwable failure) {
      loop.handlerFailed(describe(taken), failure);
      context.encoder.encodeFailure(taken, failure, out);
      return answered(out);
    }
    encode(taken, reply, out);
    ReplyParts rest = out.parts();
    if (rest != null) {
      lastBegun |= out.ended();
      loop.metrics().replied(out.kind());
      owe(Exchange.begun(this, context.codec.detach(taken), rest));
      return reply(ConnectionEvent.LATER);
    }
    return answered(out);
  }

  private R handleRecorded(Q taken, Handler<Q, R> handler) throws Exception {
    HandlerEvent event = new HandlerEvent();
    event.loop = loop.name();
    event.begin();
    try {
      return handler.handle(taken);
    } finally {
      event.end();
      if (event.shouldCommit()) {
        event.request = describe(taken);
        event.commit();
      }
    }
  }

  /** Encodes a reply. One that cannot be encoded is a failure of its request, the last one. */
  public void encode(Q request, R reply, Output out) {
    try {
      context.encoder.encode(request, reply, out);
    } catch (RuntimeException | Error failure) {
      loop.handlerFailed(describe(request), failure);
      drop(request, reply);
      if (out.restart()) {
        context.encoder.encodeFailure(request, failure, out);
      }
      out.endConnection();
    }
  }

  /** Releases a reply that is not encoded. Any thread. */
  public void drop(Q request, R reply) {
    try {
      context.codec.drop(reply);
    } catch (RuntimeException | Error failure) {
      loop.handlerFailedElsewhere(describe(request), failure);
    }
  }

  /** What a request is called in the log. Any thread. */
  public String describe(@Nullable Q request) {
    try {
      return request == null ? context.codec.name() : context.codec.describe(request);
    } catch (RuntimeException | Error failure) {
      return context.codec.name();
    }
  }

  @Override
  protected String atWork() {
    Exchange<Q, R> first = firstOwed;
    return first == null ? "" : ", which owes a reply to " + first;
  }

  private ConnectionEvent answered(Output out) {
    loop.metrics().replied(out.kind());
    loop.metrics().answered();
    return out.ended() ? ConnectionEvent.LAST_REPLIED : ConnectionEvent.REPLIED;
  }

  private ConnectionEvent handleLater(Q taken) {
    Exchange<Q, R> reply = Exchange.to(this, taken);
    owe(reply);
    reply.placed = true;
    reply.handle();
    reply.handlerReturned();
    reply.done();
    return reply(ConnectionEvent.LATER);
  }

  private void owe(Exchange<Q, R> reply) {
    if (lastOwed == null) {
      firstOwed = reply;
    } else {
      lastOwed.later = reply;
    }
    lastOwed = reply;
    owed++;
  }

  /** Encodes the replies at the front that are ready; of one in parts, as many as in a turn. */
  private ConnectionEvent reply(ConnectionEvent otherwise) {
    Exchange<Q, R> reply;
    if (SeededBug.SWAPPED_REPLIES.isOn()) {
      readyFirst();
    }
    while ((reply = firstOwed) != null && reply.isReady() && !isAboveWatermark()) {
      Output out = begin(reply.later == null);
      boolean whole = reply.encode(out);
      loop.metrics().replied(out.kind());
      if (!whole) {
        lastBegun |= out.ended();
        context.budget = Math.max(context.budget - 1, 0);
        if (context.budget == 0) {
          break;
        }
        continue;
      }
      if (reply.isToRequest()) {
        loop.metrics().took(loop.kernel().nanoTime() - reply.beganNanos, 1);
      }
      firstOwed = reply.later;
      lastOwed = firstOwed == null ? null : lastOwed;
      owed--;
      if (out.ended() || lastBegun) {
        forgetOwed();
        return ConnectionEvent.LAST_REPLIED;
      }
    }
    return otherwise;
  }

  /** Encodes and sends what is ready, in the middle of a request. */
  private ConnectionEvent answer() {
    ConnectionEvent replied = reply(ConnectionEvent.REPLIED);
    if (replied == ConnectionEvent.LAST_REPLIED) {
      return replied;
    }
    ConnectionEvent left = flush(context.highWatermarkBytes());
    return left == ConnectionEvent.RETRY ? ConnectionEvent.AGAIN : left;
  }

  /** The bug of that name: the second reply goes first if it is ready and the first is not. */
  private void readyFirst() {
    Exchange<Q, R> first = firstOwed;
    Exchange<Q, R> second = first == null ? null : first.later;
    if (second != null && second.isReady() && !first.isReady()) {
      first.later = second.later;
      second.later = first;
      firstOwed = second;
      lastOwed = lastOwed == second ? first : lastOwed;
    }
  }

  private void forgetOwed() {
    for (Exchange<Q, R> reply = firstOwed; reply != null; reply = reply.later) {
      reply.abandon();
    }
    firstOwed = null;
    lastOwed = null;
    owed = 0;
  }

  private ConnectionEvent refuse(ProtocolException cause) {
    Refusal why = cause == IN_PLAIN ? Refusal.INSECURE : Refusal.of(cause);
    loop.refused(why, why == Refusal.MALFORMED ? String.valueOf(cause.getMessage()) : "");
    owe(Exchange.refusing(this, cause));
    reply(ConnectionEvent.REFUSED);
    return ConnectionEvent.REFUSED;
  }

  private ConnectionEvent refuseLate() {
    Decoder<Q> current = decoder == null ? context.decoder() : decoder;
    ProtocolException refusal = current.refusing(SLOW);
    endDecoder();
    return refuse(refusal);
  }

  /** Begins a reply, which is the last one where no other is owed and the connection ends. */
  private Output begin(boolean owedLast) {
    Output out = context.output;
    out.begin(this, loop.epochSeconds(), owedLast && isLeaving());
    return out;
  }

  @Override
  protected boolean isLeaving() {
    return givenUp
        || super.isLeaving()
        || loop.now() - openedNanos >= context.limits.connectionAgeNanos();
  }

  /** What came before the deadline was set is counted in its favour, once. */
  private ConnectionEvent judge() {
    long received = receivedBytes;
    receivedBytes = 0;
    boolean inBody = decoder != null && decoder.hasHead();
    return inBody && received >= context.limits.requestBytesMin()
        ? ConnectionEvent.ENOUGH
        : ConnectionEvent.LATE;
  }

  private ConnectionEvent giveUp() {
    givenUp = true;
    endDecoder();
    loop.refused(Refusal.OVERDUE, firstOwed == null ? "" : firstOwed.toString());
    Throwable cause = new TimeoutException("the handler did not answer in time");
    for (Exchange<Q, R> reply = firstOwed; reply != null; reply = reply.later) {
      reply.giveUp(cause);
    }
    reply(ConnectionEvent.REFUSED);
    return ConnectionEvent.REFUSED;
  }

  private ConnectionEvent flush(int watermarkBytes) {
    Output out = context.output;
    loop.timeAnswers();
    if (outgoing == null && out.length() > 0 && tls == null) {
      long sent = send(out);
      if (sent < 0) {
        ConnectionEvent failure = failed(Call.SEND, sent);
        if (failure != ConnectionEvent.WOULD_BLOCK) {
          return failure;
        }
        sent = 0;
      }
      queue(out, (int) sent);
      out.clear();
      return left(watermarkBytes);
    }
    return outgoing == null && out.length() == 0
        ? left(watermarkBytes)
        : flushQueue(out, watermarkBytes);
  }

  private ConnectionEvent flushQueue(Output out, int watermarkBytes) {
    queue(out, 0);
    out.clear();
    ByteQueue queue = outgoing;
    if (queue == null) {
      return left(watermarkBytes); // nothing can be told before the handshake
    }
    while (queue.length() > 0) {
      int length = queue.headLength();
      long sent = send(queue.headAddress(), length);
      if (sent < 0) {
        ConnectionEvent failure = failed(Call.SEND, sent);
        return failure == ConnectionEvent.WOULD_BLOCK ? left(watermarkBytes) : failure;
      }
      queue.consume((int) sent);
      if (sent < length) {
        return left(watermarkBytes); // a short count means a full socket buffer, send(2)
      }
    }
    context.chunks.giveBack(queue);
    outgoing = null;
    return left(watermarkBytes);
  }

  private long send(Output out) {
    Memory.copy(out.array(), 0, context.wireAddress, out.length());
    return send(context.wireAddress, out.length());
  }

  private long send(long address, int length) {
    loop.metrics().sending();
    long sent = loop.kernel().send(fd(), address, length, Linux.MSG_NOSIGNAL());
    loop.metrics().sent(sent);
    return sent;
  }

  private void queue(Output out, int from) {
    if (from < out.length() && !(from > 0 && SeededBug.PARTIAL_WRITE_DROPPED.isOn())) {
      if (tls == null) {
        queue(out.array(), from, out.length() - from);
      } else {
        encrypt(tls, out);
      }
    }
  }

  private void encrypt(Tls layer, Output out) {
    try {
      layer.send(out.array(), 0, out.length());
    } catch (SSLException e) {
      // the peer has ended it: the next event of the socket tells
      loop.refused(Refusal.INSECURE, String.valueOf(e.getMessage()));
    }
  }

  private void queue(byte[] bytes, int offset, int length) {
    if (length > 0) {
      if (outgoing == null) {
        outgoing = context.chunks.lendQueue();
      }
      outgoing.append(bytes, offset, length);
    }
  }

  /** Makes room in a full output. An error is left to the next flush or event to find again. */
  @Override
  public void spill(Output full) {
    long sent = outgoing == null && tls == null ? send(full) : 0;
    queue(full, (int) Math.max(sent, 0));
    full.clear();
  }

  /** What is left after a flush, the most pressing first. */
  private ConnectionEvent left(int watermarkBytes) {
    ByteQueue queue = outgoing;
    if (queue != null) {
      int most =
          congested ? Math.min(context.limits.lowWatermarkBytes(), watermarkBytes) : watermarkBytes;
      congested = queue.length() > most;
      return congested ? ConnectionEvent.CONGESTED : ConnectionEvent.BLOCKED;
    }
    congested = false;
    Exchange<Q, R> first = firstOwed;
    if (first != null) {
      if (first.isReady()) {
        replyReady(); // the watermark held it back
      }
      return isStarving() ? ConnectionEvent.HOLDING : ConnectionEvent.OWING;
    }
    if (introduction != null || (tls != null && tls.isHolding())) {
      return ConnectionEvent.HOLDING;
    }
    boolean undecoded = context.inputOwner == this ? context.input.remaining() > 0 : held != null;
    boolean inside = decoder != null && !decoder.idle();
    return undecoded || inside ? ConnectionEvent.HOLDING : ConnectionEvent.CLEAR;
  }

  /** Whether content of a request that is handled has not arrived. */
  private boolean isStarving() {
    return decoder != null && decoder.isStarving();
  }

  private @Nullable ConnectionEvent yieldTurn() {
    if (!yielded) {
      yielded = true;
      context.resumeLater(this);
    }
    return null;
  }

  /** Tells the peer that no more follows, if the socket takes it at once. */
  private void endSecurely() {
    if (tls != null && !saidEnd) {
      saidEnd = true;
      try {
        tls.end();
      } catch (SSLException e) {
        return; // it was broken before
      }
      sendWhatGoes();
    }
  }

  private ConnectionEvent endOutput() {
    dropInput();
    endSecurely();
    if (outgoing != null) {
      return ConnectionEvent.BLOCKED;
    }
    int result = loop.kernel().shutdown(fd(), Linux.SHUT_WR());
    if (result < 0) {
      failed(Call.SHUTDOWN, result);
      return ConnectionEvent.BROKEN;
    }
    return ConnectionEvent.ENDED;
  }

  private @Nullable ConnectionEvent linger() {
    context.lingers();
    return null;
  }

  private ConnectionEvent discard() {
    long received = loop.kernel().recv(fd(), context.wireAddress, context.input.capacity(), 0);
    if (received > 0) {
      return ConnectionEvent.DISCARDED;
    }
    ConnectionEvent outcome = notReceived(received);
    boolean ended =
        outcome == ConnectionEvent.END_OF_STREAM
            || outcome == ConnectionEvent.WOULD_BLOCK && isEndedSecurely();
    if (!ended) {
      return outcome;
    }
    endSecurely();
    return outgoing == null ? endOfStream() : ConnectionEvent.WOULD_BLOCK; // it is to be sent yet
  }

  private @Nullable ConnectionEvent close() {
    endSecurely();
    destroy();
    return null;
  }

  /** A front that is held up between sending a descriptor and closing its own. */
  @Override
  protected boolean isOpenElsewhere() {
    return context.areHandedOver();
  }

  @Override
  protected void destroy() {
    endDecoder();
    dropInput();
    context.output.clear();
    if (outgoing != null) {
      context.chunks.giveBack(outgoing);
      outgoing = null;
    }
    forgetOwed();
    context.leaves(fd(), counted);
    release();
    context.connectionEnded();
  }

  public Service<Q, R> service() {
    return context.service;
  }

  public Encoder<Q, R> encoder() {
    return context.encoder;
  }

  /** What follows from a failed call, by the table of dispositions. */
  private ConnectionEvent failed(Call call, long result) {
    return switch (Dispositions.of(call, result)) {
      case RETRY -> ConnectionEvent.RETRY;
      case WOULD_BLOCK -> ConnectionEvent.WOULD_BLOCK;
      case CLOSE -> ConnectionEvent.BROKEN;
      case PAUSE, SHED, FATAL -> {
        loop.report(call.name(), fd(), result);
        yield ConnectionEvent.BROKEN;
      }
    };
  }

  // The read buffer.

  /** Makes the read buffer this connection's, with what it had held back. */
  private Input takeInput() {
    Input input = context.input;
    if (context.inputOwner != this) {
      context.claimInput(this);
      if (held != null) {
        int length = (int) held.length();
        held.drainTo(input.array());
        input.present(0, length);
        context.chunks.giveBack(held);
        held = null;
      }
    }
    return input;
  }

  /** Leaves the read buffer to others, and holds back what was not decoded. */
  @Override
  protected void settle() {
    if (context.inputOwner == this) {
      Input input = context.input;
      if (input.remaining() > 0) {
        held = context.chunks.lendQueue();
        held.append(input.array(), input.position(), input.remaining());
      }
      context.inputOwner = null;
    }
  }

  private void dropInput() {
    context.inputOwner = context.inputOwner == this ? null : context.inputOwner;
    if (held != null) {
      context.chunks.giveBack(held);
      held = null;
    }
  }
}
