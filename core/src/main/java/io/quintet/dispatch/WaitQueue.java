package io.quintet.dispatch;

import io.quintet.balance.Balancer;
import io.quintet.fault.SeededBug;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
import io.quintet.reactor.TurnPhase;
import java.util.ArrayList;
import java.util.List;

/**
 * A loop's connections whose request waits until a worker has room. The loop's thread alone, but
 * for {@link #roomFreed}.
 *
 * <p>Whenever connections wait here and the loop may sleep, it has asked to be told of room, or
 * what tells it is on its way; and after it asked it looks once more before it sleeps.
 */
public final class WaitQueue implements TurnPhase {
  /** Whose request waits. */
  public interface Waiter {
    /** A worker may have room for it. */
    void roomFreed();
  }

  private final LoopContext loop;
  private final CapacitySignal room;
  private final Balancer<HandlerExecutor> executors;
  private final Mail told = new Told();

  // Two lists, so that those who stay crowded wait for the next turn.
  private List<Waiter> waiting = new ArrayList<>();
  private List<Waiter> admitted = new ArrayList<>();

  /** Whether the loop is told of room. */
  private boolean asked;

  /**
   * Nobody waits.
   *
   * @param room who tells of room
   * @param executors who may have some
   */
  public WaitQueue(LoopContext loop, CapacitySignal room, Balancer<HandlerExecutor> executors) {
    this.loop = loop;
    this.room = room;
    this.executors = executors;
  }

  private final class Told extends Mail {
    @Override
    public void deliver() {
      asked = false;
      if (!waiting.isEmpty() && !SeededBug.ROOM_FORGOTTEN.isOn()) {
        ask(); // the room may be another loop's already
      }
    }
  }

  /** One more waits. */
  public void add(Waiter waiter) {
    waiting.add(waiter);
    ask();
  }

  /** One waits here no longer. */
  public void remove(Waiter waiter) {
    waiting.remove(waiter);
  }

  private void ask() {
    if (!asked) {
      asked = true;
      room.await(this);
    }
  }

  /** Some worker has ended a request. Any thread. */
  void roomFreed() {
    loop.post(told);
  }

  @Override
  public boolean hasWork() {
    return !waiting.isEmpty() && executors.hasRoom();
  }

  /** Those who wait try again. Gives how many did. */
  @Override
  public int resume() {
    if (!hasWork()) {
      return 0;
    }
    List<Waiter> due = waiting;
    waiting = admitted;
    admitted = due;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).roomFreed();
    }
    int count = due.size();
    due.clear();
    return count;
  }
}
