package io.quintet.testkit;

import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Locale;
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
    /** Sends a part and closes, whatever comes. */
    VANISH,
    /** Sends a part and resets the connection. */
    RESET
  }

  /**
   * What a client does.
   *
   * @param bytes what it sends
   * @param replies what it may get
   * @param end how it ends
   * @param pieceMax bytes of a piece at most
   * @param pauseNanos time between two reads
   * @param delayNanos time before it connects
   */
  record Plan(
      byte[] bytes,
      Reference.Replies replies,
      End end,
      int pieceMax,
      long pauseNanos,
      long delayNanos) {}

  private static final long RETRY_NANOS = 1_000_000_000L;

  /** The shortest deadline that a server has for a client, unless it is given another. */
  private static final long DEADLINE_NANOS = 30_000_000_000L;

  private final SimulatedMachine machine;
  private final String name;
  private final int port;
  private final Plan plan;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private @Nullable StreamSocket socket;
  private int sent;
  private long connectsAt;
  private long readsAt;
  private boolean halfClosed;
  private boolean done;
  private boolean refused;
  private boolean sawEnd;
  private long endedAt;
  private boolean strayed;
  private boolean drained;
  private boolean refusable;
  private boolean failable;

  /** Whether it was connected when the drain began. */
  private boolean cameBefore;

  private int error;
  private boolean disturbed;

  SimulatedClient(SimulatedMachine machine, int number, int port, Plan plan) {
    this.machine = machine;
    this.name = "client " + number;
    this.port = port;
    this.plan = plan;
    this.connectsAt = machine.nanos() + plan.delayNanos;
  }

  boolean isDone() {
    return done;
  }

  /** Something was done to its connection that may take replies away. */
  void disturb() {
    disturbed = true;
  }

  /** There may be one connection too many, and it may be this one. */
  void mayBeRefused() {
    refusable = true;
  }

  /** Any reply may be a failure, or the last. */
  void mayBeFailed() {
    failable = true;
  }

  /** It may be refused from now on, and its connection end between two replies. */
  void serverDrains() {
    drained = true;
    cameBefore = socket != null;
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
    return socket.canReceive() ? readsAt : Turns.NEVER;
  }

  private boolean canSend() {
    return sent < plan.bytes.length && socket != null && socket.canSend();
  }

  private boolean canReceive() {
    return socket != null && socket.canReceive() && machine.nanos() >= readsAt;
  }

  private boolean canFinish() {
    return sent >= plan.bytes.length
        && switch (plan.end) {
          case HALF_CLOSE -> !halfClosed;
          case CLOSE -> received.size() >= plan.replies.certain().length;
          case SILENT -> false;
          case VANISH, RESET -> true;
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
    ListeningSocket listener = machine.listenerOf(new SocketAddress.Inet4(0x7f000001, port));
    if (listener == null) {
      tell("is refused");
      refused = true;
      done = true;
    } else if (listener.isFull()) {
      tell("gets no answer");
      connectsAt = machine.nanos() + RETRY_NANOS; // tcp_syn_retries, tcp(7)
    } else {
      int bytes = machine.settings().bufferBytes();
      StreamSocket own = StreamSocket.connected(bytes, bytes);
      own.references = 1;
      own.usedBy(this);
      socket = own;
      tell("connects");
      listener.arrived(own.peer());
    }
  }

  private void send() {
    int most = Math.min(plan.pieceMax, plan.bytes.length - sent);
    int piece = most - machine.choices().draw(most);
    byte[] bytes = Arrays.copyOfRange(plan.bytes, sent, sent + piece);
    // Bytes for a socket that is closed are the client's own fault; and who stands still between a
    // last look at a socket and close(2) leaves unread what comes then.
    strayed |= socket.peer().isClosed() || machine.standsStill();
    int result = socket.send(bytes, piece);
    tell("sends " + (result < 0 ? "in vain" : result + " bytes"));
    if (result < 0) {
      sent = plan.bytes.length; // what is left to be read is read
      error = -result == Linux.EPIPE() ? error : -result;
    } else {
      sent += result;
    }
  }

  private void receive() {
    int most = Math.max(socket.available(), 1);
    byte[] bytes = new byte[most - machine.choices().draw(most)];
    int result = socket.receive(bytes);
    readsAt = machine.nanos() + plan.pauseNanos;
    if (result > 0) {
      tell("receives " + result + " bytes");
      received.write(bytes, 0, result);
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

  private void finish() {
    tell("ends by " + plan.end);
    switch (plan.end) {
      case HALF_CLOSE -> {
        halfClosed = true;
        socket.shutdown(Linux.SHUT_WR());
      }
      case RESET -> {
        socket.lingerZero();
        end();
      }
      case CLOSE, SILENT, VANISH -> end();
    }
  }

  private void end() {
    done = true;
    endedAt = machine.nanos();
    socket.release();
  }

  private void tell(String what) {
    if (machine.story().isTold()) {
      machine.story().tell("[" + name + " " + what + "]");
    }
  }

  /**
   * Breaks the run if the client did not get what it should have. Where a loop or a worker may have
   * died, its failures stand in place of replies, and a server that drains says so in them.
   */
  void check() {
    if (machine.isAllDisturbed() || failable) {
      return;
    }
    // While a server started, or stood still, the clock may have gone so far that a deadline
    // passed.
    boolean late = endedAt - connectsAt >= DEADLINE_NANOS;
    if (late && machine.stoodStill()) {
      return; // the server's own answer to that may stand in place of a reply
    }
    byte[] got = received.toByteArray();
    byte[] expected = plan.replies.certain();
    if (!isBeginning(got, expected)
        && plan.replies.otherwise().stream().noneMatch(other -> isBeginning(got, other))) {
      machine.violation(
          name + " got " + text(got) + ", which is no beginning of " + text(expected), null);
    }
    if (disturbed || refusable || late) {
      return;
    }
    if (drained) {
      boolean waited = cameBefore && !socket.peer().wasAccepted();
      if (error == Linux.ECONNRESET() && waited && !machine.hasKilled()) {
        machine.violation(name + " waited to be accepted and was reset", null);
      }
      return;
    }
    boolean wantsAll = plan.end == End.HALF_CLOSE || plan.end == End.CLOSE;
    if (refused) {
      machine.violation(name + " was refused", null);
    } else if (wantsAll && got.length < expected.length) {
      machine.violation(
          name + " got " + text(got) + " of " + text(expected) + (error == 0 ? "" : ", a reset"),
          null);
    } else if (plan.end == End.HALF_CLOSE && !sawEnd && !strayed) {
      machine.violation(name + " was reset behind the last reply", null);
    }
  }

  private static boolean isBeginning(byte[] got, byte[] of) {
    return got.length <= of.length && Arrays.mismatch(got, 0, got.length, of, 0, got.length) < 0;
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
                + plan.bytes.length
                + " bytes sent and "
                + received.size()
                + " of "
                + plan.replies.certain().length
                + " received");
  }
}
