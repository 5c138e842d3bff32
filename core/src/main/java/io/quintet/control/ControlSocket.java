package io.quintet.control;

import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Registration;
import io.quintet.reactor.StateTable;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of the socket between the front and a backend, or between two servers that follow each
 * other: the actions of {@code specs/machines/control.json}. The loop's thread alone.
 */
public final class ControlSocket extends Registration<ControlSocket.Event, ControlSocket.Action>
    implements Counted {
  enum Event {
    READABLE,
    HANGUP,
    ABORT,
    ROOM,
    AFTER_ACCEPT_PAUSE,
    MESSAGE,
    DELIVERED,
    WOULD_BLOCK,
    NO_ROOM,
    RETRY,
    END_OF_STREAM,
    BROKEN
  }

  enum Action {
    RECEIVE,
    DELIVER,
    PAUSE,
    FORSAKE,
    PART,
    CLOSE
  }

  /** What a message is; sent by its ordinal. */
  public enum Kind {
    /** From the front: a connection, as the descriptor that the message carries. */
    CONNECTION,
    /** From the front: answer what is in flight and end. */
    DRAIN,
    /** From the front: answer this. */
    PING,
    /** From the backend: that answer, with what it has counted so far. */
    ANSWER,
    /** From the backend: so many connections have ended. */
    ENDED,
    /** From a server to the one that follows it, as asked: a listener, and how many follow it. */
    LISTENER,
    /** From the server that follows: it serves. */
    RELIEVED,
    /**
     * From the server before: the name of its socket is free, and that of its unix listener, by its
     * inode, is the other server's to remove; 0 where it was not its own.
     */
    GONE,
    /** From the server that follows: give the listener that has so many before it. */
    WANTED,
    /** From the server before, in place of what was asked for: a third one takes over. */
    BUSY;

    private static final Kind[] ALL = values();
  }

  /** Who is at this end. */
  public interface User {
    void message(Kind kind, long value, int descriptor);

    /**
     * The other process is gone; messages that it sent before may still come. Told once or twice.
     */
    void parted();

    /** Whether a descriptor can be received. */
    default boolean hasRoom() {
      return true;
    }

    /** There is no room, and messages wait. */
    default void paused() {
      throw new IllegalStateException("there is always room");
    }
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("control"), Event.class, Action.class);
  private static final StateTable<Event> RESTS = new StateTable<>(MACHINE, Event.class);

  private final DescriptorMessage message;
  private @Nullable User user;

  /** Length of the message that came last. */
  private long received;

  /**
   * One without a socket.
   *
   * @param message for what is sent and received, the loop's own
   */
  public ControlSocket(LoopContext loop, DescriptorMessage message) {
    super(loop, MACHINE);
    this.message = message;
  }

  /**
   * One on a socket that was accepted; none, and the socket is closed, if it cannot be waited for.
   */
  public static @Nullable ControlSocket on(LoopContext loop, DescriptorMessage message, int fd) {
    ControlSocket socket = new ControlSocket(loop, message);
    int result = socket.open(fd);
    if (result < 0) {
      loop.report("epoll_ctl ADD", fd, result);
      loop.kernel().close(fd);
      return null;
    }
    return socket;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("fd", fd());
  }

  public void use(@Nullable User given) {
    user = given;
  }

  /** The numbers of the message that is delivered, beside its value. */
  public long[] numbers() {
    return message.more(received);
  }

  /** Sends a message of more numbers than one. Gives a negated error number if it was not taken. */
  public long send(Kind kind, long value, long[] more) {
    long address = message.toSend(kind.ordinal(), value, more);
    return isEnded() ? -Linux.EPIPE() : loop.kernel().sendmsg(fd(), address, Linux.MSG_NOSIGNAL());
  }

  /** Sends a message. Gives a negated error number if it was not taken. */
  public long send(Kind kind, long value, int descriptor) {
    long address = message.toSend(kind.ordinal(), value, descriptor);
    return isEnded() ? -Linux.EPIPE() : loop.kernel().sendmsg(fd(), address, Linux.MSG_NOSIGNAL());
  }

  @Override
  protected StateTable<Event> rests() {
    return RESTS;
  }

  @Override
  protected @Nullable Event perform(Action action) {
    return switch (action) {
      case RECEIVE -> receive();
      case DELIVER -> deliver();
      case PAUSE -> {
        if (user != null) {
          user.paused();
        }
        yield null;
      }
      case FORSAKE -> {
        tellParted();
        yield null;
      }
      case PART -> {
        destroy();
        tellParted();
        yield null;
      }
      case CLOSE -> {
        destroy();
        yield null;
      }
    };
  }

  private void tellParted() {
    if (user != null) {
      user.parted();
    }
  }

  /** Whether messages wait for a descriptor to become free. */
  public boolean isFull() {
    return !isEnded() && RESTS.interest(state()) == 0;
  }

  /** One that is full hears once that the other end is closed, and not in each turn. */
  @Override
  protected int change(int wanted) {
    return super.change(wanted == 0 ? Linux.EPOLLET() : wanted);
  }

  /** A descriptor has become free. */
  public void roomFreed() {
    if (!isEnded()) {
      fire(Event.ROOM);
    }
  }

  private Event receive() {
    if (user != null && !user.hasRoom()) {
      long peeked = peek();
      if (peeked < 0) {
        return failed("recv", peeked);
      }
      if (peeked > 0 && message.kind() == Kind.CONNECTION.ordinal()) {
        return Event.NO_ROOM;
      }
    }
    long result = loop.kernel().recvmsg(fd(), message.toReceive(), Linux.MSG_CMSG_CLOEXEC());
    received = result;
    if (result > 0) {
      return Event.MESSAGE;
    }
    return result == 0 ? Event.END_OF_STREAM : failed("recvmsg", result);
  }

  /**
   * Looks at the next message without taking it, and so without what it carries: that would be lost
   * where there is no room for it.
   */
  private long peek() {
    return loop.kernel()
        .recv(fd(), message.bodyAddress(), DescriptorMessage.BODY_BYTES, Linux.MSG_PEEK());
  }

  private Event failed(String name, long result) {
    return switch (Dispositions.of(Call.RECVMSG, result)) {
      case WOULD_BLOCK -> Event.WOULD_BLOCK;
      case RETRY -> Event.RETRY;
      case PAUSE, PAUSE_OR_SHED, CLOSE, FATAL -> {
        loop.report(name, fd(), result);
        yield Event.BROKEN;
      }
    };
  }

  private Event deliver() {
    int number = (int) message.kind();
    if (user != null && number >= 0 && number < Kind.ALL.length) {
      user.message(Kind.ALL[number], message.value(), message.descriptor());
    }
    return Event.DELIVERED;
  }

  @Override
  public void readable() {
    fire(Event.READABLE);
  }

  @Override
  protected void writable() {
    throw new IllegalStateException("a control socket waits for no EPOLLOUT");
  }

  @Override
  protected void hungUp() {
    fire(Event.HANGUP);
  }

  @Override
  public void abort() {
    fire(Event.ABORT);
  }

  /** What comes on it would not be noticed any more: as good as its end. */
  @Override
  protected void cannotWait(int result) {
    loop.report("epoll_ctl MOD", fd(), result);
    fire(Event.BROKEN);
  }

  @Override
  protected void destroy() {
    release();
  }

  @Override
  protected void restedInDrain() {
    // it stays open until its loop stops
  }

  @Override
  protected void settle() {
    // it holds nothing
  }
}
