package io.quintet.reactor;

import org.jspecify.annotations.Nullable;

/**
 * Something for a loop from another thread. It carries its own link, so that sending allocates
 * nothing.
 */
public abstract class Mail {
  /** The mail that was sent before this one. */
  public @Nullable Mail next;

  /** Called once, on the loop's thread. */
  public abstract void deliver();

  /** Called instead, on the same thread, where the loop stopped before it came to that. */
  public void undelivered() {
    // most mail has nothing to clear away
  }
}
