package io.quintet.testkit;

import io.quintet.kernel.Interleaving;
import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is. Each simulated thread is a virtual thread, but only one of them runs at a time,
 * and hands over where it makes a call or waits; which one follows is a choice. Clients and other
 * actors have no thread: they are stepped by whoever chooses them.
 */
final class Turns {
  static final long NEVER = Long.MAX_VALUE;
  private static final BooleanSupplier ALWAYS = () -> true;

  /** Something that acts in single steps. */
  interface Actor {
    boolean canStep();

    void step();

    /** When it can at the latest, if nothing else happens; {@link #NEVER} if that is open. */
    long wakesAt();
  }

  /** A simulated thread. */
  static final class Task {
    final String name;
    final SimulatedProcess process;
    private BooleanSupplier ready = ALWAYS;
    private long until = NEVER;
    private long steps;
    private @Nullable Thread thread;
    private volatile boolean turn;
    private boolean ended;

    /** Bytes of replies that it has encoded and not sent. */
    long written;

    Task(String name, SimulatedProcess process) {
      this.name = name;
      this.process = process;
    }
  }

  private final SimulatedMachine machine;
  private final List<Task> tasks = new ArrayList<>();
  private final List<Actor> actors = new ArrayList<>();
  private final List<Object> candidates = new ArrayList<>();
  private Task current;

  /** How often somebody was chosen. */
  private long steps;

  /** Whether an actor acts, on the thread of who chose it. */
  private boolean acting;

  /** The calling thread is the first task and has the turn. */
  Turns(SimulatedMachine machine, SimulatedProcess first) {
    this.machine = machine;
    this.current = new Task("main", first);
    current.thread = Thread.currentThread();
    tasks.add(current);
    interleave();
  }

  /** What the calling thread records is seen. */
  void witnessed() {
    if (machine.witness() != Witness.NOBODY) {
      Task me = current;
      Trace.tell(entry -> machine.witness().transition(me, acting, entry));
    }
  }

  /** The calling thread lets others go first also in front of steps on shared memory. */
  private void interleave() {
    if (!Interleaving.isOn()) {
      return;
    }
    Interleaving.giveWayTo(
        new Interleaving.Others() {
          @Override
          public void mayGo() {
            machine.touch();
            if (isAlive() && machine.isInterrupted()) {
              giveWay();
            }
          }

          @Override
          public void mustGo() {
            machine.touch();
            if (isAlive()) {
              giveWayOnce();
            }
          }

          private boolean isAlive() {
            return !acting && !machine.isOver() && !current.process.dead;
          }
        });
  }

  /** Somebody else has a turn before this one goes on, if anybody else can go on. */
  private void giveWayOnce() {
    Task me = current;
    me.steps = steps;
    me.ready = () -> steps > me.steps;
    gather();
    if (!candidates.isEmpty()) {
      Task following = choose();
      if (following != me) {
        handOver(following);
      }
    }
    me.ready = ALWAYS;
  }

  Task current() {
    return current;
  }

  void add(Actor actor) {
    actors.add(actor);
  }

  /** Starts a simulated thread; it does not run before it is chosen. */
  Thread start(String name, SimulatedProcess process, Runnable life) {
    Task task = new Task(name, process);
    Thread thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(
                () -> {
                  awaitTurn(task);
                  interleave();
                  witnessed();
                  live(task, life);
                });
    task.thread = thread;
    tasks.add(task);
    thread.start();
    return thread;
  }

  private void live(Task task, Runnable life) {
    try {
      if (!task.process.dead) {
        life.run();
      }
    } catch (SimulatedProcess.Killed killed) {
      // that is how it ends
    } catch (RuntimeException | Error bug) {
      if (!task.process.dead) {
        machine.violation(task.name + " ended with " + bug, bug);
      }
    }
    replay();
    task.ended = true;
    tasks.remove(task);
    Task following = choose();
    replay(); // actors that were chosen have acted here
    Trace.dropOwn();
    current = following;
    machine.witness().runs(following);
    grant(following);
  }

  private void replay() {
    try {
      machine.story().transitions();
    } catch (IllegalStateException wrong) {
      machine.violation(wrong.getMessage(), wrong);
    }
  }

  /** Others may have a turn before this one goes on. */
  void giveWay() {
    Task following = choose();
    if (following != current) {
      handOver(following);
    }
  }

  /**
   * The turn goes to others until something holds or a time has come.
   *
   * @return whether it holds
   */
  boolean waitFor(BooleanSupplier condition, long until) {
    machine.story().transitions();
    Task me = current;
    me.ready = condition;
    me.until = until;
    Task following = choose();
    if (following != me) {
      handOver(following);
    }
    me.ready = ALWAYS;
    me.until = NEVER;
    return condition.getAsBoolean();
  }

  private void handOver(Task following) {
    machine.story().transitions();
    Task me = current;
    current = following;
    machine.witness().runs(following);
    grant(following);
    awaitTurn(me);
  }

  private static void grant(Task task) {
    task.turn = true;
    LockSupport.unpark(task.thread);
  }

  private static void awaitTurn(Task me) {
    boolean interrupted = false;
    while (!me.turn) {
      LockSupport.park(me);
      interrupted |= Thread.interrupted();
    }
    me.turn = false;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Chooses who goes on; actors that are chosen act at once, here. */
  private Task choose() {
    while (true) {
      gather();
      if (candidates.isEmpty()) {
        if (!passTime()) {
          return stuck();
        }
        continue;
      }
      boolean goesOn = candidates.getFirst() == current;
      Object chosen = candidates.get(machine.choices().next(candidates.size(), goesOn));
      steps++;
      if (chosen instanceof Task task) {
        return task;
      }
      machine.step();
      acting = true;
      ((Actor) chosen).step();
      acting = false;
    }
  }

  /** Who could go on, the current one first. */
  private void gather() {
    candidates.clear();
    if (isReady(current)) {
      candidates.add(current);
    }
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      if (task != current && isReady(task)) {
        candidates.add(task);
      }
    }
    for (int i = 0; i < actors.size() && !machine.isOver(); i++) {
      if (actors.get(i).canStep()) {
        candidates.add(actors.get(i));
      }
    }
  }

  private boolean isReady(Task task) {
    if (task.ended) {
      return false;
    }
    if (task.process.dead) {
      return true;
    }
    long now = machine.nanos();
    return now >= task.process.frozenUntil && (now >= task.until || task.ready.getAsBoolean());
  }

  /** Nobody can go on now: the clock moves to when somebody can. */
  private boolean passTime() {
    long next = NEVER;
    for (Task task : tasks) {
      boolean frozen = task.process.frozenUntil > machine.nanos();
      next = Math.min(next, frozen ? task.process.frozenUntil : task.until);
    }
    for (Actor actor : actors) {
      next = Math.min(next, actor.wakesAt());
    }
    if (next == NEVER) {
      return false;
    }
    machine.clockTo(next);
    return true;
  }

  /** Nobody will ever go on: the first task is told. */
  private Task stuck() {
    StringBuilder text = new StringBuilder("nobody can go on:");
    for (Task task : tasks) {
      text.append(' ').append(task.name).append(" waits,");
    }
    for (Actor actor : actors) {
      text.append(' ').append(actor).append(',');
    }
    machine.violation(text.toString(), null);
    Task first = tasks.getFirst();
    first.ready = ALWAYS;
    return first;
  }

  /** Ends every thread but the first, once their processes are dead. */
  void unwind() {
    while (tasks.size() > 1) {
      Task last = tasks.getLast();
      last.process.dead = true;
      handOver(last);
    }
  }

  /** Whether only the first task is left. */
  boolean isAlone() {
    return tasks.size() == 1;
  }
}
