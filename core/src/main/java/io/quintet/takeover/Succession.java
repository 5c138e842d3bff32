package io.quintet.takeover;

import io.quintet.kernel.SocketName;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What a server has to leave to the one that follows it, and which one that is: one at a time, and
 * one that has taken over is the last. All loops on which others ask share it. Any thread.
 */
public final class Succession {
  private final SocketName offered;
  private final SocketName listening;

  /** Who is taking over, or has; null while nobody is. */
  private final AtomicReference<@Nullable Object> successor = new AtomicReference<>();

  /**
   * Nobody follows yet.
   *
   * @param offered name of the socket on which another server asks
   * @param listening name of the listeners
   */
  public Succession(SocketName offered, SocketName listening) {
    this.offered = offered;
    this.listening = listening;
  }

  SocketName offered() {
    return offered;
  }

  SocketName listening() {
    return listening;
  }

  /** Whether it is this one that takes over from now on. */
  boolean claim(Object who) {
    return successor.compareAndSet(null, who);
  }

  /** This one does not. */
  void release(Object who) {
    successor.compareAndSet(who, null);
  }
}
