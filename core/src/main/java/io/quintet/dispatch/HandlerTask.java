package io.quintet.dispatch;

import io.quintet.reactor.Mail;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A request whose handler is to run, on whatever thread. */
public abstract class HandlerTask extends Mail {
  /** Its place in the order of arrival, where requests wait in two queues. */
  int ticket;

  /** Runs the handler; what it throws ends its request alone. */
  public abstract void handle();

  /** Runs the handler, unless the request has waited for longer than it may. */
  public void handle(QueueLimit limit) {
    handle();
  }

  /**
   * Whether it is one of the short requests: by a function over requests, where it has one. Any
   * thread.
   */
  public boolean isShort(Predicate<Object> shortOnes) {
    return false;
  }

  /** The handler has run, here. Gives whose turn is next, here as well, or null. */
  public abstract @Nullable HandlerTask done();
}
