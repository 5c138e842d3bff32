package io.quintet.connection;

import io.quintet.reactor.Mail;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * That a loop gives connections to others. Those that are not at rest when it comes to them go when
 * they are, while the order stands. Any thread.
 */
public final class MoveOrder extends Mail {
  /** All that there are, and that come. */
  public static final int ALL = Integer.MAX_VALUE;

  private final Mover<?, ?> from;
  private final List<Mover<?, ?>> targets; // the loop's

  /** How busy each of them is, in thousandths of the loop's; empty where that does not matter. */
  private final List<Integer> loads;

  private final int most;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();

  /** Connections on their way, and 1 while the loop looks for more. */
  private final AtomicInteger pending = new AtomicInteger(1);

  private final AtomicInteger moved = new AtomicInteger();
  private volatile boolean ended;
  private boolean through; // the loop's

  MoveOrder(Mover<?, ?> from, List<Mover<?, ?>> targets, List<Integer> loads, int most) {
    this.from = from;
    this.targets = new ArrayList<>(targets);
    this.loads = List.copyOf(loads);
    this.most = most;
  }

  /**
   * When those that were at rest have arrived.
   *
   * @return how many have; complete on the thread of some loop when the loop has gone through all
   *     of its connections once and none is on its way, or when it has stopped. What follows it
   *     must not block
   */
  public CompletableFuture<Integer> done() {
    return done;
  }

  /**
   * Connections that have arrived so far.
   *
   * @return how many
   */
  public int moved() {
    return moved.get();
  }

  /**
   * Connections that the loop has yet, which is told of none but while the order stands.
   *
   * @return how many, among them those that have come meanwhile
   */
  public int left() {
    return from.context.open().get();
  }

  /** It stands no longer: what is on its way still arrives. */
  public void end() {
    ended = true;
  }

  boolean stands() {
    return !ended && most == ALL;
  }

  boolean hasEnded() {
    return ended;
  }

  int most() {
    return most;
  }

  List<Mover<?, ?>> targets() {
    return targets;
  }

  List<Integer> loads() {
    return loads;
  }

  /** A loop that could not take one gets none any more. */
  void isTurnedBackBy(Mover<?, ?> target) {
    targets.remove(target);
    ended |= targets.isEmpty();
  }

  boolean isLookedThrough() {
    return through;
  }

  /** The loop has looked at all that it has. */
  void lookedThrough() {
    if (!through) {
      through = true;
      isOver();
    }
  }

  /** One is on its way. */
  void begins() {
    pending.incrementAndGet();
  }

  /** One has arrived. */
  void hasMoved() {
    moved.incrementAndGet();
  }

  /** One is on its way no longer, or the loop has looked at all. */
  void isOver() {
    if (pending.decrementAndGet() == 0) {
      done.complete(moved.get());
    }
  }

  @Override
  public void deliver() {
    from.take(this);
  }

  @Override
  public void undelivered() {
    isOver();
  }
}
