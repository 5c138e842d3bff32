package io.quintet.accept;

import io.quintet.kernel.Interleaving;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The listeners of a process that wait for a descriptor, in a line. Where one is freed, the first
 * has its turn: it alone accepts, until it has accepted one connection or found that none waits;
 * then the next has it. Who finds no descriptor keeps its place until another one is freed. Any
 * thread; no call blocks.
 */
final class DescriptorLine {
  /**
   * What the line is like.
   *
   * @param waiting who stands in it, the first first
   * @param turn whether it is the first one's turn
   * @param again whether a descriptor was freed since that turn began
   * @param number of the turn that began last
   */
  private record Line(List<Listener> waiting, boolean turn, boolean again, int number) {
    boolean isFirst(Listener listener) {
      return !waiting.isEmpty() && waiting.getFirst() == listener;
    }

    /** It is the first one's turn, if there is one. */
    Line begin(List<Listener> those) {
      return new Line(List.copyOf(those), !those.isEmpty(), false, number + 1);
    }

    Line with(Listener last) {
      List<Listener> more = new ArrayList<>(waiting);
      more.add(last);
      return new Line(List.copyOf(more), turn, again, number);
    }

    Line without(Listener listener) {
      List<Listener> less = new ArrayList<>(waiting);
      less.remove(listener);
      return turn && isFirst(listener)
          ? begin(less)
          : new Line(List.copyOf(less), turn, again, number);
    }

    /** Whose turn it is goes to the end. */
    Line passedOver() {
      List<Listener> others = new ArrayList<>(waiting);
      others.add(others.removeFirst());
      return begin(others);
    }
  }

  private final AtomicReference<Line> line =
      new AtomicReference<>(new Line(List.of(), false, false, 0));

  /** A descriptor of the process was closed. */
  void descriptorFreed() {
    while (true) {
      Line seen = line.get();
      if (seen.waiting.isEmpty() || seen.again) {
        return;
      }
      Line next =
          seen.turn ? new Line(seen.waiting, true, true, seen.number) : seen.begin(seen.waiting);
      if (changes(seen, next)) {
        if (!seen.turn) {
          tellFirst(next);
        }
        return;
      }
    }
  }

  /**
   * Whether a listener may accept now: nobody waits, or it is its turn, or the first one's that it
   * is. A turn that nobody has used for a whole pause of the listener's goes to the next.
   */
  boolean isTurnOf(Listener listener) {
    while (true) {
      Line seen = line.get();
      if (seen.waiting.isEmpty() || seen.turn && seen.isFirst(listener)) {
        return true;
      }
      boolean first = seen.isFirst(listener);
      boolean unused =
          seen.turn && listener.turnSeen == seen.number && seen.waiting.contains(listener);
      if (!first && !unused) {
        listener.turnSeen = seen.number;
        return false;
      }
      Line next = first ? seen.begin(seen.waiting) : seen.passedOver();
      if (changes(seen, next)) {
        if (next.isFirst(listener)) {
          return true;
        }
        tellFirst(next);
      }
    }
  }

  /** Whether a turn that a listener was told of is still its own. */
  boolean isTurn(Listener listener, int number) {
    Line seen = line.get();
    return seen.turn && seen.number == number && seen.isFirst(listener);
  }

  /**
   * A listener has found no descriptor, or others that wait, and stands in the line.
   *
   * @return TURN if it has to look once more, since a descriptor may have been freed before it
   *     stood there; BEHIND if others are before it; IN_VAIN if its turn was
   */
  ListenerEvent join(Listener listener) {
    while (true) {
      Line seen = line.get();
      Line next;
      ListenerEvent outcome;
      if (seen.isFirst(listener)) {
        boolean vain = seen.turn && !seen.again;
        outcome = vain ? ListenerEvent.IN_VAIN : ListenerEvent.TURN;
        next =
            vain
                ? new Line(seen.waiting, false, false, seen.number)
                : new Line(seen.waiting, true, false, seen.number + 1);
      } else if (seen.waiting.isEmpty()) {
        outcome = ListenerEvent.TURN;
        next = seen.begin(List.of(listener));
      } else {
        outcome = ListenerEvent.BEHIND;
        next = seen.waiting.contains(listener) ? seen : seen.with(listener);
        listener.turnSeen = seen.number;
      }
      if (changes(seen, next)) {
        return outcome;
      }
    }
  }

  /** A listener pauses: wherever it comes from, it stands in the line. */
  void stand(Listener listener) {
    while (true) {
      Line seen = line.get();
      if (seen.waiting.contains(listener) || changes(seen, seen.with(listener))) {
        return;
      }
    }
  }

  /** A listener has accepted a connection: if others wait, it is their turn. */
  void accepted(Listener listener) {
    Line seen = line.get();
    if (seen.turn && seen.waiting.size() > 1 && seen.isFirst(listener)) {
      leave(listener);
    }
  }

  /** Whether a listener stands in it. */
  boolean has(Listener listener) {
    return line.get().waiting.contains(listener);
  }

  /** A listener waits for no descriptor any more. */
  void leave(Listener listener) {
    while (true) {
      Line seen = line.get();
      if (!seen.waiting.contains(listener)) {
        return;
      }
      Line next = seen.without(listener);
      if (changes(seen, next)) {
        if (next.turn && next.number != seen.number) {
          tellFirst(next);
        }
        return;
      }
    }
  }

  private boolean changes(Line seen, Line next) {
    Interleaving.point();
    return line.compareAndSet(seen, next);
  }

  private static void tellFirst(Line line) {
    line.waiting.getFirst().turnLater(line.number);
  }
}
