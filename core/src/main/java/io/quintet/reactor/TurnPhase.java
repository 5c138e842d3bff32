package io.quintet.reactor;

import java.util.function.ObjIntConsumer;

/**
 * A hook into the steps of a loop's turn and of its life. The loop's thread alone. Phases are asked
 * in the order in which they were added; where the loop drains, in the opposite one.
 */
public interface TurnPhase {
  /** Whether there is work for the next turn already, so that the loop must not sleep. */
  default boolean hasWork() {
    return false;
  }

  /** Goes on with what has yielded. Gives how much that was. */
  default int resume() {
    return 0;
  }

  /** Sends what has become ready in the turn. */
  default void flush() {}

  /** The turn is over, and what happened in it is counted. */
  default void turnEnded() {}

  /** Whether nothing is left that a loop which ends waits for. */
  default boolean isEmpty() {
    return true;
  }

  /** The loop ends when all is done. */
  default void drain() {}

  /** The loop ends at once: its registrations are told by themselves. */
  default void abort() {}

  /** The loop is broken: what it looks after in other processes is left to itself. */
  default void leave() {}

  /** The loop stops: what is to be told before all that it has open is closed. */
  default void lastWord() {}

  /** The loop has stopped: what it holds is given back. */
  default void stop() {}

  /** What a recorded trace says of it. */
  default void count(ObjIntConsumer<String> to) {}
}
