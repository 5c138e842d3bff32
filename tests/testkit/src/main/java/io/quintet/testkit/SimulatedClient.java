package io.quintet.testkit;

import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A client outside the machine: connects, sends a stream in pieces, reads the replies, and ends the
 * connection in one way or another.
 */
final class SimulatedClient implements Turns.Actor {
  /** How a client ends its connection. */
  enum End {
    /** Sends all, ends its half, and reads to the end. */
    HALF_CLOSE,
    /** Sends all, reads all replies, and closes. */
    CLOSE,
    /** Sends a part and waits for the server to give up. */
    SILENT,
    /** Sends a part, reads some of the replies, and closes, whatever comes. */
    VANISH,
    /** Sends a part, reads some of the replies, and resets the connection. */
    RESET
  }

  /**
   * What a client does.
   *
   * @param bytes what it sends
   * @param replies what it may get
   * @param end how it ends
   * @param awaited bytes of replies that it reads before it ends, where it does that by itself
   * @param pieceMax bytes of a piece at most
   * @param pauseNanos time between two reads
   * @param delayNanos time before it connects
   * @param restNanos time before each request but the first
   */
  record Plan(
      byte[] bytes,
      Replies replies,
      End end,
      int awaited,
      int pieceMax,
      long pauseNanos,
      long delayNanos,
      long restNanos) {}

  private static final int OWN_PORTS = 40_000;

  /** Where a server is not told otherwise. */
  private static final long FIRST_BYTE_NANOS = 30_000_000_000L;

  /** So many encrypted bytes more than others are sent at once. */
  private static final int SECURE_PIECE = 1_000;

  /** So many pings of a server's are answered at most, so that a client's silence ends. */
  private static final int PONGS_MAX = 2;

  /** What happens to replies, and ends no connection that has none. */
  private static final Set<Replies.Allowance> OF_REPLIES =
      Set.of(Replies.Allowance.AGED, Replies.Allowance.FAILURE, Replies.Allowance.ELSEWHERE);

  private static final long RETRY_NANOS = 1_000_000_000L;

  private final SimulatedMachine machine;
  private final int number;
  private final String name;
  private final SocketAddress server;
  private final Plan plan;

  /** What it sends, and what it may get for that: more of both once it answers frames. */
  private byte[] stream;

  private Replies replies;

  /** Pings of a WebSocket's server that it answers yet. */
  private int pongs = PONGS_MAX;

  private boolean changed;

  /** Whether it leaves such frames unanswered from now on. */
  private boolean answersNothing;

  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private @Nullable StreamSocket socket;

  /** What encrypts and decrypts, where that is done. */
  private @Nullable SecureLayer secure;

  private boolean speaksTls;

  /** Bytes that are encrypted and not sent yet, all of them. */
  private int inHand;

  private int sent;
  private long connectsAt;
  private long readsAt;
  private long sendsAt;
  private boolean halfClosed;
  private boolean done;
  private boolean refused;
  private boolean sawEnd;

  /** Whether it ended the connection before the server did. */
  private boolean left;

  /** What may happen to it beside getting what it asks for. */
  private final Set<Replies.Allowance> allowed = EnumSet.noneOf(Replies.Allowance.class);

  /** Whether nobody may be there to take its connection. */
  private boolean mayBeRefused;

  /** Bytes that it had sent when the server was told to drain; none if it came later. */
  private int sentBefore;

  private boolean mayBeShed;

  private String saidHost = "";
  private long connectedAt;
  private long endedAt;
  private boolean disturbed;
  private boolean drained;
  private int error;

  SimulatedClient(SimulatedMachine machine, int number, SocketAddress server, Plan plan) {
    this.machine = machine;
    this.number = number;
    this.name = "client " + number;
    this.server = server;
    this.plan = plan;
    this.stream = plan.bytes;
    this.replies = plan.replies;
    this.connectsAt = machine.nanos() + plan.delayNanos;
  }

  boolean isDone() {
    return done;
  }

  /** Whether the server has ended its connection, or it has itself. */
  boolean isParted() {
    return done || socket != null && socket.hasEnded();
  }

  /** Whether a loop has waited for its connection. */
  boolean isAdopted() {
    return socket != null && socket.peer().epoll != null;
  }

  /** The port to which it is bound, by which the server tells it from others. */
  int ownPort() {
    return ownPort(number);
  }

  static int ownPort(int number) {
    return OWN_PORTS + number;
  }

  /** The port of a client with such an address, 0 if it is none. */
  static int portOf(java.net.@Nullable SocketAddress address) {
    return switch (address) {
      case InetSocketAddress inet -> inet.getPort();
      case UnixDomainSocketAddress local ->
          Integer.parseInt(local.getPath().getFileName().toString());
      case null, default -> 0;
    };
  }

  int number() {
    return number;
  }

  /** Where the server finds it, if nobody says otherwise. */
  SocketAddress address() {
    return server instanceof SocketAddress.Inet4
        ? new SocketAddress.Inet4(0x7f000001, ownPort())
        : new SocketAddress.UnixPath("/clients/" + ownPort());
  }

  /** It speaks TLS. */
  void speaksTls() {
    speaksTls = true;
  }

  /** The server is told that it has such an address. */
  void isSaidToBe(String host) {
    saidHost = host;
  }

  /** Breaks the run if the server took it for another one. */
  void checkHost(String taken) {
    require(
        saidHost.isEmpty() || taken.isEmpty() || saidHost.equals(taken),
        "was taken to come from " + taken + " in place of " + saidHost);
  }

  /** Something happened that may change what it gets. */
  void allow(Replies.Allowance... happened) {
    if (!done) {
      allowed.addAll(List.of(happened));
    }
  }

  /** There may be nobody who takes its connection. */
  void mayBeRefused() {
    mayBeRefused = true;
  }

  /** Its connection may be closed at once for want of descriptors. */
  void mayBeShed() {
    mayBeShed = true;
  }

  /** What it sends from now on may find no server any more. */
  void serverDrains() {
    allow(Replies.Allowance.EARLY_END);
    mayBeRefused = socket == null;
    sentBefore = sent;
    drained = true;
  }

  /** Another server follows the one that may have its connection: nobody is refused for that. */
  void serverIsFollowed() {
    allow(Replies.Allowance.EARLY_END);
    sentBefore = sent;
  }

  /** An error struck its connection, or a backend that has it and may drain before it ends. */
  void connectionBroke(boolean mayDrain) {
    allow(Replies.Allowance.CUT);
    if (mayDrain) {
      allow(Replies.Allowance.EARLY_END);
    }
  }

  /** Whether an error struck what it needs as others do. */
  private boolean isServerBroken() {
    EpollInstance loop = socket == null ? null : socket.peer().epoll;
    boolean shared = machine.isFrontBroken() || machine.isLoopBroken();
    return machine.isListenerBroken() && loop == null || shared && (loop == null || loop.isBroken);
  }

  private boolean isAccepted() {
    return socket != null && socket.peer().wasAccepted();
  }

  @Override
  public boolean canStep() {
    if (done) {
      return false;
    }
    if (socket == null) {
      return machine.nanos() >= connectsAt;
    }
    return canSend() || canReceive() || canFinish();
  }

  @Override
  public long wakesAt() {
    if (done) {
      return Turns.NEVER;
    }
    if (socket == null) {
      return connectsAt;
    }
    long reads = socket.canReceive() ? readsAt : Turns.NEVER;
    boolean maySend = secure == null || secure.isReady();
    boolean mayWait = sent < sendable() && socket.canSend() && maySend;
    long sends = mayWait ? sendsAt : Turns.NEVER;
    return Math.min(reads, sends);
  }

  private boolean canSend() {
    if (secure != null && socket != null && secure.waiting() > 0) {
      return socket.canSend();
    }
    return (secure == null || secure.isReady())
        && sent < sendable()
        && socket != null
        && socket.canSend()
        && machine.nanos() >= sendsAt;
  }

  /** Bytes that it may send now: no frame before the protocol is changed, RFC 6455 §4.1. */
  private int sendable() {
    Conversation talk = replies.conversation();
    return talk == null || isChanged() ? stream.length : talk.before() + talk.from();
  }

  /** Whether it was told that the protocol is changed. */
  private boolean isChanged() {
    if (!changed && received.size() >= replies.framesAt()) {
      byte[] right = replies.right();
      changed = Arrays.equals(right, Arrays.copyOf(received.toByteArray(), right.length));
    }
    return changed;
  }

  private boolean canReceive() {
    return socket != null && socket.canReceive() && machine.nanos() >= readsAt;
  }

  private boolean canFinish() {
    if (secure != null && (secure.waiting() > 0 || !secure.isReady())) {
      return false;
    }
    return sent >= stream.length
        && switch (plan.end) {
          case HALF_CLOSE -> !halfClosed;
          case CLOSE, VANISH, RESET -> received.size() >= plan.awaited;
          case SILENT -> false;
        };
  }

  @Override
  public void step() {
    if (socket == null) {
      connect();
      return;
    }
    boolean sends = canSend();
    boolean receives = canReceive();
    if (sends && (!receives || machine.choices().draw(2) == 0)) {
      send();
    } else if (receives) {
      receive();
    } else {
      finish();
    }
  }

  private void connect() {
    ListeningSocket listener = machine.listenerOf(server);
    if (listener == null) {
      tell("is refused");
      machine.witness().isRefused(number);
      refused = true;
      done();
    } else if (listener.isFull()) {
      tell("gets no answer");
      connectsAt = machine.nanos() + RETRY_NANOS; // tcp_syn_retries, tcp(7)
    } else {
      int bytes = machine.settings().bufferBytes();
      StreamSocket own = StreamSocket.connected(bytes, bytes);
      own.references = 1;
      own.usedBy(this);
      socket = own;
      secure = speaksTls ? new SecureLayer() : null;
      tell("connects");
      machine.witness().connects(number);
      connectedAt = machine.nanos();
      listener.arrived(own.peer());
    }
  }

  private void send() {
    if (secure != null) {
      sendSecurely(secure);
      return;
    }
    int next = plan.restNanos == 0 ? stream.length : replies.nextRequestAt(sent);
    int most = Math.min(plan.pieceMax, Math.min(next, sendable()) - sent);
    int piece = most - machine.choices().draw(most);
    byte[] bytes = Arrays.copyOfRange(stream, sent, sent + piece);
    int result = socket.send(bytes, piece);
    tell("sends " + (result < 0 ? "in vain" : result + " bytes"));
    if (result < 0) {
      sent = stream.length; // what is left to be read is read
      error = -result == Linux.EPIPE() ? error : -result;
    } else {
      sent += result;
      machine.witness().sends(number, result);
      sendsAt = sent == next ? machine.nanos() + plan.restNanos : 0;
    }
  }

  private void sendSecurely(SecureLayer layer) {
    int next = plan.restNanos == 0 ? stream.length : replies.nextRequestAt(sent);
    if (layer.waiting() == 0) {
      int most = Math.min(plan.pieceMax, Math.min(next, sendable()) - sent);
      inHand = most - machine.choices().draw(most);
      try {
        layer.say(Arrays.copyOfRange(stream, sent, sent + inHand));
      } catch (SSLException e) {
        failed(e);
        return;
      }
    }
    int most = Math.min(plan.pieceMax + SECURE_PIECE, layer.waiting());
    int piece = most - machine.choices().draw(most);
    int result = socket.send(layer.next(piece), piece);
    tell("sends " + (result < 0 ? "in vain" : result + " encrypted bytes"));
    layer.sent(result < 0 ? layer.waiting() : result);
    if (result < 0) {
      sent = stream.length;
      error = -result == Linux.EPIPE() ? error : -result;
    } else if (layer.waiting() == 0) {
      sent += inHand;
      inHand = 0;
      sendsAt = sent == next ? machine.nanos() + plan.restNanos : 0;
    }
  }

  private void receiveSecurely(SecureLayer layer, byte[] bytes, int count) {
    try {
      received.writeBytes(layer.received(bytes, count));
    } catch (SSLException e) {
      failed(e);
    }
  }

  private void failed(SSLException why) {
    machine.violation(name + " does not understand the server's TLS: " + why, why);
  }

  private void receive() {
    int most = Math.max(socket.available(), 1);
    byte[] bytes = new byte[most - machine.choices().draw(most)];
    int result = socket.receive(bytes);
    readsAt = machine.nanos() + plan.pauseNanos;
    if (result > 0) {
      tell("receives " + result + " bytes");
      if (secure == null) {
        received.write(bytes, 0, result);
      } else {
        receiveSecurely(secure, bytes, result);
      }
      answer();
      return;
    }
    if (result == 0) {
      tell("sees the end");
      sawEnd = true;
    } else {
      tell("is reset");
      error = -result;
    }
    end();
  }

  /** Answers frames of a WebSocket's server: a close frame mostly, and some pings. */
  private void answer() {
    Conversation talk = replies.conversation();
    if (talk == null || halfClosed || !isChanged() || answersNothing) {
      return;
    }
    byte[] got = received.toByteArray();
    byte[] more = talk.answered(got, replies.framesAt(), sent - talk.before(), pongs > 0);
    if (more == talk.stream()) {
      return;
    }
    if (machine.choices().once(4)) {
      answersNothing = true;
      return;
    }
    pongs--;
    tell("answers");
    byte[] all = Arrays.copyOf(stream, talk.before() + more.length);
    System.arraycopy(more, 0, all, talk.before(), more.length);
    stream = all;
    replies = replies.with(Conversation.of(more, talk.from()).behind(talk.before()));
  }

  /** Messages of a WebSocket that it sends. */
  List<ClientFrames.Told> messages() {
    Conversation talk = replies.conversation();
    return talk == null ? List.of() : talk.messages();
  }

  private void finish() {
    if (plan.end == End.HALF_CLOSE && secure != null && !secure.saidEnd()) {
      try {
        secure.end();
      } catch (SSLException e) {
        failed(e);
      }
      return;
    }
    tell("ends by " + plan.end);
    machine.witness().ends(number, plan.end);
    switch (plan.end) {
      case HALF_CLOSE -> {
        halfClosed = true;
        socket.shutdown(Linux.SHUT_WR());
      }
      case RESET -> {
        socket.lingerZero();
        leave();
      }
      case CLOSE, SILENT, VANISH -> leave();
    }
  }

  private void leave() {
    left = true;
    end();
  }

  /** What happens from now on makes no difference to it. */
  private void done() {
    if (isServerBroken()) {
      disturbed = true;
      allow(Replies.Allowance.CUT, Replies.Allowance.EARLY_END, Replies.Allowance.FAILURE);
      mayBeRefused = true;
    }
    if (machine.isFrontBroken()) { // whose backends drain
      allow(Replies.Allowance.EARLY_END);
      mayBeRefused = true;
    }
    if (machine.isLoopBroken()) { // without one of its loops or workers a server drains
      allow(Replies.Allowance.EARLY_END, Replies.Allowance.FAILURE);
      mayBeRefused = true;
    }
    if (machine.hasLostBackend() && drained) { // one that drains has no other in its place
      mayBeRefused = true;
    }
    done = true;
  }

  private void end() {
    endedAt = machine.nanos();
    done();
    socket.release();
  }

  private void tell(String what) {
    if (machine.story().isTold()) {
      machine.story().tell("[" + name + " " + what + "]");
    }
  }

  /**
   * Breaks the run if the client did not get exactly what it should have.
   *
   * @param taken requests that the server has decoded of its stream
   * @return how strictly that was checked
   */
  Checks.Strictness check(int taken) {
    Set<Replies.Allowance> may = EnumSet.noneOf(Replies.Allowance.class);
    may.addAll(allowed);
    boolean broken = may.contains(Replies.Allowance.CUT);
    if (left) {
      may.add(Replies.Allowance.CUT);
    }
    if (!halfClosed) {
      may.add(Replies.Allowance.LATE);
    }
    byte[] got = received.toByteArray();
    Replies.Answered answered =
        refused ? new Replies.Answered(0, false) : replies.answered(got, may);
    Conversation talk = replies.conversation();
    String right =
        text(got)
            + " for "
            + text(replies.right())
            + (talk == null ? "" : " and " + talk)
            + ", given "
            + allowed;
    if (isShed(got.length)) {
      return Checks.Strictness.WHOLE;
    }
    if (answered.requests() == Replies.WRONG) {
      machine.violation(name + " got " + right + (error == 0 ? "" : ", and a reset"), null);
    }
    if (broken) {
      return disturbed ? Checks.Strictness.DISTURBED : Checks.Strictness.UNTIL_BROKEN;
    }
    if (refused || error != 0 && !socket.peer().wasAccepted()) {
      require(mayBeRefused, "was refused");
      return Checks.Strictness.WHOLE;
    }
    if (left) {
      require(got.length >= plan.awaited, "left with " + right + " too early");
      return Checks.Strictness.WHOLE;
    }
    require(error == 0 && sawEnd, "was reset behind " + right);
    require(
        secure == null || !secure.isReady() || secure.sawEnd(),
        "was not told of the end by TLS behind " + right);
    require(
        sent > 0
            || halfClosed
            || secure != null && secure.saidEnd()
            || got.length > 0
            || !OF_REPLIES.containsAll(allowed)
            || endedAt - connectedAt >= FIRST_BYTE_NANOS - RETRY_NANOS,
        "had not sent anything, and its time for that was not over");
    require(
        answered.requests() >= Math.min(taken, replies.requests()),
        "got " + right + " though the server had taken " + taken + " requests");
    boolean mayFail = may.contains(Replies.Allowance.FAILURE); // which ends the connection
    require(
        mayFail || answered.saidLast() || answered.requests() >= replies.requestsIn(sentBefore),
        "got " + right + " though it had sent more before the drain");
    return Checks.Strictness.WHOLE;
  }

  /** Nobody looked at its connection, and no descriptor was left. */
  private boolean isShed(int got) {
    return mayBeShed
        && machine.lackedDescriptors()
        && got == 0
        && !left
        && isAccepted()
        && !socket.peer().wasUsed();
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      machine.violation(name + " " + otherwise, null);
    }
  }

  private static String text(byte[] bytes) {
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    return '"' + text.replace("\r", "\\r").replace("\n", "\\n") + '"';
  }

  @Override
  public String toString() {
    return name
        + (done
            ? " is done"
            : " ("
                + plan.end.name().toLowerCase(Locale.ROOT)
                + ") waits with "
                + sent
                + " of "
                + stream.length
                + " bytes sent and "
                + received.size()
                + " of "
                + replies.length()
                + " received");
  }
}
