package io.quintet.takeover;

import static io.quintet.ffi.DescriptorMessage.NO_DESCRIPTOR;

import io.quintet.control.ControlSocket;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.machine.MachineInstance;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A server that asks for the listeners of this one: the actions of {@code
 * specs/machines/predecessor.json}. The thread of the loop that has its socket.
 */
final class Successor extends MachineInstance<Successor.Event, Successor.Action>
    implements ControlSocket.User {
  enum Event {
    WANTED,
    CLAIMED,
    TAKEN,
    LISTENER,
    SENT,
    LATER,
    LOST,
    RELIEVED,
    FREED,
    ANSWERED,
    OWED,
    CLEAR,
    PARTED
  }

  enum Action {
    CLAIM,
    REFUSE,
    GIVE,
    SEND,
    FREE,
    ANSWER,
    RELIEVE,
    DROP,
    HANG_UP,
    RELEASE,
    PART
  }

  /** Who has the listeners. */
  interface Giver {
    /** Has a loop share a listener, counted over all loops. */
    void give(Successor to, long index);
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("predecessor"), Event.class, Action.class);

  private final LoopContext loop;
  private final ControlSocket socket;
  private final Succession succession;
  private final Giver giver;
  private final CompletableFuture<Void> done;

  /** Which listener it has asked for, the number of those before it. */
  private long wanted;

  /** Listeners that were asked for and have not come, as far as they come. */
  private int owed;

  /** The one that has come, and how many follow it. */
  private int listener = NO_DESCRIPTOR;

  private long following;

  /**
   * One that has asked for nothing yet.
   *
   * @param socket to it
   * @param succession shared by all that ask
   * @param done complete when it serves, and knows that it serves alone
   */
  Successor(
      LoopContext loop,
      ControlSocket socket,
      Succession succession,
      Giver giver,
      CompletableFuture<Void> done) {
    super(MACHINE);
    this.loop = loop;
    this.socket = socket;
    this.succession = succession;
    this.giver = giver;
    this.done = done;
  }

  @Override
  public void message(ControlSocket.Kind kind, long value, int descriptor) {
    switch (kind) {
      case WANTED -> {
        wanted = value;
        run(Event.WANTED);
      }
      case RELIEVED -> run(Event.RELIEVED);
      case CONNECTION, DRAIN, PING, ANSWER, ENDED, LISTENER, GONE, BUSY -> {
        // nothing that a server is asked by the next one
      }
    }
  }

  @Override
  public void parted() {
    run(Event.PARTED);
  }

  /**
   * A listener on its way here. Any thread.
   *
   * @param fd descriptor, the mail's
   * @param after how many follow it
   * @return mail that brings it
   */
  Mail bringing(int fd, long after) {
    return new SharedListener(fd, after);
  }

  private final class SharedListener extends Mail {
    private final int fd;
    private final long after;

    SharedListener(int fd, long after) {
      this.fd = fd;
      this.after = after;
    }

    @Override
    public void deliver() {
      listener = fd;
      following = after;
      owed--;
      run(Event.LISTENER);
    }

    @Override
    public void undelivered() {
      loop.kernel().close(fd);
    }
  }

  @Override
  protected @Nullable Event perform(Action action) {
    return switch (action) {
      case CLAIM -> succession.claim(this) ? Event.CLAIMED : Event.TAKEN;
      case REFUSE -> {
        socket.send(ControlSocket.Kind.BUSY, 0, NO_DESCRIPTOR); // it asks again where it goes not
        yield null;
      }
      case GIVE -> {
        owed++;
        giver.give(this, wanted);
        yield null;
      }
      case SEND -> {
        Event sent =
            sent(socket.send(ControlSocket.Kind.LISTENER, following, listener), Event.SENT);
        closeListener();
        yield sent;
      }
      case FREE -> free();
      case ANSWER -> answer();
      case RELIEVE -> {
        done.complete(null);
        yield null;
      }
      case DROP -> {
        closeListener();
        yield rest();
      }
      case HANG_UP -> {
        socket.use(null);
        loop.order(this::leave); // a message of its may be the one that is delivered now
        succession.release(this);
        yield rest();
      }
      case RELEASE -> {
        succession.release(this);
        yield rest();
      }
      case PART -> rest();
    };
  }

  private void closeListener() {
    loop.kernel().close(listener);
    listener = NO_DESCRIPTOR;
  }

  private Event rest() {
    return owed > 0 ? Event.OWED : Event.CLEAR;
  }

  private void leave() {
    if (!socket.isEnded()) {
      socket.abort();
    }
  }

  private Event free() {
    int result = succession.offered().remove(loop.kernel());
    if (result < 0) {
      loop.report("unlink of the takeover socket", -1, result);
    }
    return Event.FREED;
  }

  private Event answer() {
    long[] result = new long[1];
    succession
        .listening()
        .leave(
            inode -> {
              result[0] = socket.send(ControlSocket.Kind.GONE, inode, NO_DESCRIPTOR);
              return result[0] >= 0;
            });
    return sent(result[0], Event.ANSWERED);
  }

  /** Where it may go later, the other server asks again. */
  private Event sent(long result, Event went) {
    if (result >= 0) {
      return went;
    }
    return switch (Dispositions.of(Call.SENDMSG, result)) {
      case WOULD_BLOCK, RETRY, PAUSE, PAUSE_OR_SHED -> Event.LATER;
      case CLOSE, FATAL -> {
        loop.report("sendmsg to the next server", listener, result);
        yield Event.LOST;
      }
    };
  }
}
