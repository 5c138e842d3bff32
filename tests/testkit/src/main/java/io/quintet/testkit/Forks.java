package io.quintet.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * Somebody in the server's process starts programs. Between fork(2) and execve(2) the child holds
 * every descriptor too, close-on-exec or not, so that what is closed meanwhile lives on, and epoll
 * still reports it: epoll(7), question 6.
 */
final class Forks implements Turns.Actor {
  /** Calls of others before the child executes. */
  private static final int CALLS_MAX = 200;

  private final SimulatedMachine machine;
  private final List<Description> held = new ArrayList<>();
  private int left;
  private int executesAt;

  Forks(SimulatedMachine machine, int count) {
    this.machine = machine;
    this.left = count;
    machine.everyStep(this::elapse);
  }

  /** The child goes on by itself, whoever else runs. */
  private void elapse() {
    if (isHolding() && machine.steps() >= executesAt) {
      step();
    }
  }

  /** Forks no more. */
  void stop() {
    left = 0;
  }

  boolean isHolding() {
    return !held.isEmpty();
  }

  @Override
  public boolean canStep() {
    return left > 0 || isHolding();
  }

  @Override
  public void step() {
    if (isHolding()) {
      machine.story().tell("[a child executes another program]");
      held.forEach(Description::release);
      held.clear();
      return;
    }
    if (left == 0) {
      return; // the last one has executed since this was chosen
    }
    machine.story().tell("[a child is forked]");
    left--;
    executesAt = machine.steps() + 1 + machine.choices().draw(CALLS_MAX);
    held.addAll(machine.first().descriptions());
    held.forEach(description -> description.references++);
  }

  @Override
  public long wakesAt() {
    return Turns.NEVER;
  }

  @Override
  public String toString() {
    return left + " forks to come";
  }
}
