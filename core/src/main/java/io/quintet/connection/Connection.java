package io.quintet.connection;

import io.quintet.buffer.ByteQueue;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.dispatch.WaitQueue;
import io.quintet.exchange.Exchange;
import io.quintet.exchange.Origin;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.StateTable;
import io.quintet.service.Service;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import io.quintet.transport.Tls;
import io.quintet.transport.Transport;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ObjIntConsumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An accepted socket: the actions of {@code specs/machines/connection.json}, whose outcomes decide
 * what follows.
 *
 * <p>What it does, it has done by a {@link RequestReader}, {@link Exchanges} and a {@link
 * ReplyWriter}, of which a loop has one each; what it is, stands here. At rest it holds no buffer
 * but what it could not decode or send. The loop's thread alone.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Connection<Q, R> extends ConnectionPeer
    implements Origin<Q, R>, WaitQueue.Waiter, Output.Spill, Counted {
  private static final Transitions<ConnectionEvent, ConnectionAction> MACHINE =
      Transitions.of(Specs.machine("connection"), ConnectionEvent.class, ConnectionAction.class);
  private static final StateTable<ConnectionEvent> RESTS =
      new StateTable<>(MACHINE, ConnectionEvent.class);

  /** For each state of rest the event by which a move returns to it. */
  private static final @Nullable ConnectionEvent[] RETURNS = Move.returns(MACHINE);

  private static final ProtocolException TOO_MANY =
      ProtocolException.excess("too many connections");

  /** That of the loop that has it. */
  ConnectionContext<Q, R> context;

  private final long openedNanos;

  /** Whether it counts among those of which there may be so many. */
  private final boolean counted;

  /** Bytes received and not decoded, while the read buffer is not this connection's. */
  @Nullable ByteQueue held;

  /** What comes before requests; null once it has come. */
  @Nullable Transport transport;

  /** Whether nothing is said but what layers say, and then what {@link #tls} encrypts. */
  boolean secured;

  @Nullable Tls tls;

  /** Bytes encoded that the socket would not take. */
  @Nullable ByteQueue outgoing;

  /** A decoder in the middle of a request. */
  @Nullable Decoder<Q> decoder;

  /** Replies owed, in request order. */
  @Nullable Exchange<Q, R> firstOwed;

  @Nullable Exchange<Q, R> lastOwed;
  int owed;

  /** Bytes received since they were last judged. */
  long receivedBytes;

  /** Whether the loop will resume it. */
  boolean yielded;

  /** Whether a reply that comes in parts has said that it is the last. */
  boolean lastBegun;

  /** Whether its handlers were not waited for any longer. */
  boolean givenUp;

  /** Whether the peer of a secured connection was told that no more follows. */
  boolean saidEnd;

  /**
   * Whether more was queued than may be, and has not fallen to the low watermark yet, also where it
   * waits for something else meanwhile.
   */
  boolean congested;

  /** Whether the loop will send its replies. */
  boolean dirty;

  /** Requests since somebody looked which connections have most. */
  int heat;

  /** What it takes along on the way to another loop. */
  @Nullable Move<Q, R> move;

  /** Whether it has been another loop's, where its requests may be handled yet. */
  boolean hasMoved;

  Connection(ConnectionContext<Q, R> context, boolean counted) {
    super(context.loop, MACHINE);
    this.context = context;
    this.openedNanos = loop.now();
    this.counted = counted;
    this.secured = context.layers.areGuarded();
    this.transport = context.handshakes.begin(this);
  }

  @Override
  protected StateTable<ConnectionEvent> rests() {
    return RESTS;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    ConnectionFacts.count(this, to);
  }

  @Override
  protected boolean holds(String fact) {
    return ConnectionFacts.holds(this, fact);
  }

  /** What layers say to the peer. */
  void say(byte[] bytes, int offset, int length) {
    context.writer.queue(this, bytes, offset, length);
  }

  @Override
  public LoopContext loop() {
    return owner();
  }

  // What codecs and handlers may ask.

  @Override
  @Nullable SocketAddress shared(@Nullable SocketAddress address) {
    return context.shared(address);
  }

  @Override
  public void wake() {
    Errand.wake(this);
  }

  @Override
  public void execute(Runnable task) {
    Errand.execute(this, task);
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

  /** A step of its handshake was computed. */
  void computed() {
    begin();
    if (!isEnded()) {
      fire(ConnectionEvent.COMPUTED);
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

  /** Whether it is where it can go to another loop. */
  boolean mayMove() {
    return takes(ConnectionEvent.MOVE) && !loop.kernel().worksAhead();
  }

  /** It leaves for another loop, to which the caller sends it; null where it cannot. */
  @Nullable Move<Q, R> depart(Mover<Q, R> from, Mover<Q, R> to, MoveOrder order) {
    if (!mayMove()) {
      return null;
    }
    ConnectionEvent goesOn = Objects.requireNonNull(RETURNS[state()], "it rests here");
    Move<Q, R> begun = new Move<>(this, from, to, order, state(), goesOn);
    move = begun;
    fire(ConnectionEvent.MOVE);
    return isEnded() ? null : begun;
  }

  private Move<Q, R> moving() {
    return Objects.requireNonNull(move, "what moves has a move");
  }

  /** From now on it is another loop's; the caller's thread does not touch it any more. */
  void becomes(ConnectionContext<Q, R> next) {
    hasMoved = true;
    context = next;
    if (tls != null) {
      next.shares(tls);
    }
    handTo(next.loop);
  }

  /** It has come to the loop that has it. */
  void arrive() {
    begin();
    arrived(ConnectionEvent.ARRIVED);
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
      case READ, READ_ON -> context.reader.read(this);
      case RECEIVE -> context.handshakes.receive(this);
      case HANDSHAKE -> context.handshakes.goOn(this);
      case DECODE -> context.reader.decode(this);
      case HANDLE -> context.exchanges.handle(this);
      case PLACE -> context.exchanges.place(this);
      case REPLY -> context.exchanges.reply(this, ConnectionEvent.REPLIED);
      case ANSWER -> context.exchanges.answer(this);
      case REFUSE ->
          context.exchanges.refuse(this, Objects.requireNonNull(context.refusal, "a refusal"));
      case JUDGE -> context.reader.judge(this);
      case GIVE_UP -> context.exchanges.giveUp(this);
      case REFUSE_LATE -> context.exchanges.refuseLate(this);
      case KEEP_ALIVE, CONCLUDE, FINISH -> context.sessions.perform(this, action);
      case FLUSH -> context.writer.flush(this);
      case RELIEVE -> context.writer.relieve(this);
      case YIELD_TURN -> yieldTurn();
      case END_OUTPUT -> context.writer.endOutput(this);
      case LINGER -> linger();
      case DISCARD -> context.reader.discard(this);
      case DEPART -> moving().pack(leaveLoop());
      case REMEMBER -> moving().remember();
      case ARRIVE -> moving().unpack(enterLoop(moving().rested(), moving().due()));
      case CLOSE -> close();
    };
  }

  /** Encodes a reply. One that cannot be encoded is a failure of its request, the last one. */
  public void encode(Q request, R reply, Output out) {
    context.exchanges.encode(this, request, reply, out);
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

  /** Whether its next reply is the last one, and says so. */
  boolean isLeaving() {
    return givenUp
        || loop.isDraining()
        || loop.now() - openedNanos >= context.limits.connectionAgeNanos();
  }

  /** Makes room in a full output. An error is left to the next flush or event to find again. */
  @Override
  public void spill(Output full) {
    long sent = outgoing == null && !secured ? context.writer.send(this, full) : 0;
    context.writer.queue(this, full, (int) Math.max(sent, 0));
    full.clear();
  }

  private @Nullable ConnectionEvent yieldTurn() {
    context.resumeLater(this);
    return null;
  }

  private @Nullable ConnectionEvent linger() {
    context.lingers();
    return null;
  }

  private @Nullable ConnectionEvent close() {
    context.writer.endSecurely(this);
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
    context.handshakes.forsake(this);
    context.reader.endDecoder(this);
    context.reader.dropInput(this);
    context.output.clear();
    if (outgoing != null) {
      context.chunks.giveBack(outgoing);
      outgoing = null;
    }
    context.exchanges.forgetOwed(this);
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

  // The read buffer.

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
}
