package io.quintet.loop;

import io.quintet.balance.Balancer;
import io.quintet.fault.SeededBug;
import io.quintet.reactor.Mail;
import java.util.ArrayList;
import java.util.List;

/**
 * A loop's connections whose request waits until a worker has room. The loop's thread alone, but
 * for {@link #roomFreed}.
 *
 * <p>Whenever connections wait here and the loop may sleep, it has asked to be told of room, or
 * what tells it is on its way; and after it asked it looks once more before it sleeps.
 */
final class Crowd {
  private final Loop loop;
  private final Room room;
  private final Balancer<Executor> executors;
  private final Mail told = new Told();

  // Two lists, so that those who stay crowded wait for the next turn.
  private List<Connection<?, ?>> waiting = new ArrayList<>();
  private List<Connection<?, ?>> admitted = new ArrayList<>();

  /** Whether the loop is told of room. */
  private boolean asked;

  Crowd(Loop loop, Room room, Balancer<Executor> executors) {
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

  void add(Connection<?, ?> connection) {
    waiting.add(connection);
    ask();
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

  boolean mayAdmit() {
    return !waiting.isEmpty() && executors.hasRoom();
  }

  /** Those who wait try again. Gives how many did. */
  int admit() {
    List<Connection<?, ?>> due = waiting;
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
