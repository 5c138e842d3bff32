package io.quintet.process;

import io.quintet.accept.Acceptor;
import io.quintet.connection.ConnectionContext;
import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.metrics.Counts;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.TurnPhase;
import io.quintet.specs.Disposition;
import java.util.List;

/** A loop's way to the front that hands it connections. The loop's thread alone. */
public final class FrontLink implements ControlSocket.User, TurnPhase {
  /** One descriptor of so many is left to others, up to {@link #SPARE_MAX}. */
  private static final int SPARE_OF = 16;

  private static final int SPARE_MAX = 3;

  /** Numbers beside what the loop counts: {@link #answer}. */
  private static final int MORE = 3;

  private final LoopContext loop;
  private final Acceptor acceptor;
  private final ConnectionContext<?, ?> connections;
  private final ControlSocket uplink;
  private final Runnable drain;
  private final long[] numbers;
  private final int descriptorsMax;

  /** Connections that have ended since the front was told. */
  private int ended;

  /** Whether what the front sends is received, since a connection has closed. */
  private boolean descriptorFreed;

  /**
   * No way yet.
   *
   * @param acceptor who takes connections over
   * @param connections those that the loop owns
   * @param replyKinds kinds of replies that are counted
   * @param drain has this process answer what is in flight, and end in time
   */
  public FrontLink(
      LoopContext loop,
      Acceptor acceptor,
      ConnectionContext<?, ?> connections,
      List<String> replyKinds,
      Runnable drain) {
    this.loop = loop;
    this.acceptor = acceptor;
    this.connections = connections;
    this.drain = drain;
    this.numbers = new long[numbers(replyKinds)];
    this.uplink = new ControlSocket(loop, new DescriptorMessage(loop.arena(), numbers.length));
    this.descriptorsMax = loop.kernel().descriptorsMax();
    uplink.use(this);
    connections.whenEnded(this::connectionEnded);
  }

  /** How many numbers an answer has. */
  static int numbers(List<String> replyKinds) {
    return Counts.size(replyKinds.size()) + MORE;
  }

  /**
   * Takes the socket over.
   *
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int open(int control) {
    return uplink.open(control);
  }

  @Override
  public void lastWord() {
    if (!uplink.isEnded()) {
      answer(0);
      uplink.abort();
    }
  }

  @Override
  public boolean hasWork() {
    return descriptorFreed;
  }

  @Override
  public void turnEnded() {
    tell();
    if (descriptorFreed) {
      descriptorFreed = false;
      uplink.roomFreed();
    }
  }

  /** Connections may wait that were handed over. */
  @Override
  public boolean isEmpty() {
    return !uplink.isFull();
  }

  /**
   * A process that has half of what it may have open is asked for a few more each time, since other
   * threads open files for a moment, as the JVM does.
   */
  @Override
  public boolean hasRoom() {
    // Those below the control socket's number were open before it: the kernel gives the lowest.
    if (uplink.fd() + acceptor.load() < descriptorsMax / 2) {
      return true;
    }
    int[] probes = new int[1 + Math.min(descriptorsMax / SPARE_OF, SPARE_MAX)];
    int free = 0;
    int result = 0;
    while (free < probes.length && (result = loop.kernel().eventfd(0, Linux.EFD_CLOEXEC())) >= 0) {
      probes[free++] = result;
    }
    for (int i = 0; i < free; i++) {
      loop.kernel().close(probes[i]);
    }
    if (free < probes.length) {
      String call = "eventfd, which stands for a connection,";
      if (Dispositions.of(Call.EVENTFD_FOR_ROOM, result) == Disposition.PAUSE) {
        loop.paused(call, -1, result);
      } else {
        loop.report(call, -1, result);
      }
    }
    return free == probes.length;
  }

  @Override
  public void paused() {
    answer(0);
  }

  /**
   * Tells the front what was counted.
   *
   * @param question the number by which it asked
   */
  private void answer(long question) {
    loop.metrics().counts().copyTo(numbers);
    int at = numbers.length - MORE;
    numbers[at] = loop.cpu().nanos(loop.kernel());
    numbers[at + 1] = connections.queuedBytes();
    numbers[at + 2] = acceptor.load();
    uplink.send(ControlSocket.Kind.ANSWER, question, numbers);
  }

  private void connectionEnded() {
    ended++;
    descriptorFreed = true;
  }

  /** Tells the front, which counts what each backend has. */
  private void tell() {
    if (ended > 0) {
      long result = send(ControlSocket.Kind.ENDED, ended);
      ended = result < 0 ? ended : 0; // otherwise with the next that end
    }
  }

  private long send(ControlSocket.Kind kind, long value) {
    return uplink.send(kind, value, DescriptorMessage.NO_DESCRIPTOR);
  }

  @Override
  public void message(ControlSocket.Kind kind, long value, int descriptor) {
    switch (kind) {
      case CONNECTION -> {
        if (descriptor == DescriptorMessage.NO_DESCRIPTOR) {
          loop.report("recvmsg", -1, -Linux.EMFILE()); // the kernel has closed it, recvmsg(2)
          ended++;
        } else {
          acceptor.handed(descriptor);
        }
      }
      case DRAIN -> drain.run();
      case PING -> answer(value);
      case ANSWER, ENDED, LISTENER, RELIEVED, GONE, WANTED, BUSY ->
          throw new IllegalStateException("a front does not send " + kind);
    }
  }

  /** The front is gone: what is in flight is answered, then nobody needs this process. */
  @Override
  public void parted() {
    drain.run();
  }
}
