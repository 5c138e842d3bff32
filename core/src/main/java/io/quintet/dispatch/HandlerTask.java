package io.quintet.dispatch;

import io.quintet.reactor.Mail;
import org.jspecify.annotations.Nullable;

/** A request whose handler is to run, on whatever thread. */
public abstract class HandlerTask extends Mail {
  /** Runs the handler; what it throws ends its request alone. */
  public abstract void handle();

  /** Runs the handler, unless the request has waited for longer than it may. */
  public void handle(QueueLimit limit) {
    handle();
  }

  /** The handler has run, here. Gives whose turn is next, here as well, or null. */
  public abstract @Nullable HandlerTask done();
}
