package io.quintet.connection;

import io.quintet.fault.SeededBug;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Something to be done where a connection is, which follows it where that moves. */
abstract class Errand extends Mail {
  private final Connection<?, ?> connection;

  /** The loop that it was left for. */
  private @Nullable LoopContext at;

  Errand(Connection<?, ?> connection) {
    this.connection = connection;
  }

  /** A reply of the connection is ready. Any thread. */
  static void wake(Connection<?, ?> connection) {
    new Errand(connection) {
      @Override
      void run(LoopContext here) {
        connection.replyReady();
      }
    }.go();
  }

  /** A step of its handshake was computed. Any thread. */
  static void computed(Connection<?, ?> connection) {
    new Errand(connection) {
      @Override
      void run(LoopContext here) {
        connection.computed();
      }
    }.go();
  }

  /** Runs something of a user's. Any thread. */
  static void execute(Connection<?, ?> connection, Runnable task) {
    Objects.requireNonNull(task, "a task");
    Errand errand =
        new Errand(connection) {
          @Override
          void run(LoopContext here) {
            here.runTask(task);
          }

          @Override
          void stopped(LoopContext here) {
            here.runTask(task);
          }
        };
    if (!errand.go()) {
      throw new RejectedExecutionException(connection.owner().name() + " has stopped");
    }
  }

  /**
   * Leaves it for the loop that has the connection. Any thread.
   *
   * @return false if that has stopped
   */
  final boolean go() {
    while (true) {
      LoopContext to = connection.owner();
      at = to;
      if (to.post(this)) {
        return true;
      }
      if (connection.owner() == to) {
        return false;
      }
    }
  }

  @Override
  public final void deliver() {
    LoopContext here = Objects.requireNonNull(at, "it was left here");
    if (connection.owner() == here) {
      run(here);
    } else if (!SeededBug.LOST_IN_TRANSIT.isOn() && !go()) {
      stopped(here);
    }
  }

  @Override
  public final void undelivered() {
    LoopContext here = Objects.requireNonNull(at, "it was left here");
    if (connection.owner() == here || !go()) {
      stopped(here);
    }
  }

  /** Called once, on the thread of the loop that has the connection. */
  abstract void run(LoopContext here);

  /** Called instead where that loop has stopped, on the thread of the loop that it came to last. */
  void stopped(LoopContext here) {
    // most errands are for a connection that is gone with its loop
  }
}
