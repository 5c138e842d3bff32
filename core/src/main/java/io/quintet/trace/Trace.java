package io.quintet.trace;

import io.quintet.specs.Transitions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A record of the transitions that machines take, a ring for each thread. It is kept where the
 * system property {@code quintet.record} says how many transitions a ring holds, and costs nothing
 * where it does not: the test is a constant that the compiler removes.
 */
public final class Trace {
  /** Transitions that a ring holds, 0 if nothing is recorded. */
  private static final int CAPACITY = Integer.getInteger("quintet.record", 0);

  /** Whether transitions are recorded. */
  public static final boolean ON = CAPACITY > 0;

  /** Where a transition leads to that is none: an invariant of the state does not hold. */
  public static final String BROKEN = "(broken)";

  /**
   * What each state at rest says besides the facts that it names: what its descriptor waits for.
   */
  public static final String INTEREST = "interest";

  /** Likewise, which deadline runs. */
  public static final String DEADLINE = "deadline";

  private static final List<String> OF_ALL = List.of(INTEREST, DEADLINE);

  /** In place of a step. */
  private static final int BROKEN_STEP = -2;

  private static final AtomicLong SEQUENCE = new AtomicLong();
  private static final Queue<Ring> RINGS = new ConcurrentLinkedQueue<>();
  private static final List<Entry> MEANWHILE = new ArrayList<>();
  private static final ThreadLocal<Ring> OWN =
      ThreadLocal.withInitial(
          () -> {
            Ring ring = new Ring(Thread.currentThread());
            RINGS.add(ring);
            return ring;
          });

  private Trace() {}

  /**
   * One transition.
   *
   * @param sequence orders the transitions of all threads
   * @param afterGap whether older ones of the thread were dropped just before this one
   * @param transitions the machine's table
   * @param instance the instance of the machine, to be compared by identity
   * @param from state before
   * @param event what happened, or the outcome of the action before
   * @param action what was done on the way
   * @param to state after; {@link Trace#BROKEN} where the event is a fact that does not hold
   * @param shared whether several threads take transitions of the instance
   */
  public record Entry(
      long sequence,
      boolean afterGap,
      Transitions<?, ?> transitions,
      Object instance,
      String from,
      String event,
      Optional<String> action,
      String to,
      boolean shared) {

    @Override
    public String toString() {
      return transitions.machine().id()
          + ' '
          + from
          + " --"
          + event
          + action.map(name -> " / " + name).orElse("")
          + "-> "
          + to;
    }
  }

  /** Entries of one thread, the oldest dropped where there are too many. */
  private static final class Ring {
    private final Thread thread;
    private Transitions<?, ?>[] tables;
    private Object[] instances;

    /** State before, event and step of each entry; negative where its instance is shared. */
    private long[] moves;

    private long[] sequences;

    /** Who is told of each at once. */
    private @Nullable Consumer<Entry> witness;

    private boolean dropped;
    private int first;
    private int count;

    /** Of virtual threads there are many, which record little. */
    Ring(Thread thread) {
      this.thread = thread;
      int room = Math.min(thread.isVirtual() ? 4 : 64, CAPACITY);
      tables = new Transitions<?, ?>[room];
      instances = new Object[room];
      moves = new long[room];
      sequences = new long[room];
    }

    synchronized void add(Transitions<?, ?> table, Object instance, long move) {
      if (count == moves.length && count < CAPACITY) {
        int room = Math.min(2 * count, CAPACITY);
        tables = Arrays.copyOf(tables, room);
        instances = Arrays.copyOf(instances, room);
        moves = Arrays.copyOf(moves, room);
        sequences = Arrays.copyOf(sequences, room);
      }
      int at = (first + count) % moves.length;
      sequences[at] = SEQUENCE.getAndIncrement();
      tables[at] = table;
      instances[at] = instance;
      moves[at] = move;
      if (witness != null) {
        witness.accept(entry(sequences[at], false, table, instance, moves[at]));
      }
      if (count < moves.length) {
        count++;
      } else {
        first = (first + 1) % moves.length;
        dropped = true;
      }
    }

    synchronized List<Entry> take() {
      List<Entry> taken = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int at = (first + i) % moves.length;
        taken.add(entry(sequences[at], dropped && i == 0, tables[at], instances[at], moves[at]));
        instances[at] = null;
      }
      first = 0;
      count = 0;
      dropped = false;
      return taken;
    }

    private static Entry entry(
        long sequence, boolean afterGap, Transitions<?, ?> table, Object instance, long move) {
      int step = (int) move;
      int event = (int) (move >>> 32) & 0xffff;
      boolean defined = step >= 0;
      boolean broken = step == BROKEN_STEP;
      return new Entry(
          sequence,
          afterGap,
          table,
          instance,
          table.name((int) (move >>> 48) & 0x7fff),
          broken ? facts(table).get(event) : table.event(event).name(),
          defined && Transitions.acts(step)
              ? Optional.of(table.action(step).name())
              : Optional.empty(),
          defined ? table.name(Transitions.target(step)) : broken ? BROKEN : "undefined",
          move < 0);
    }
  }

  /**
   * Records a transition of the calling thread.
   *
   * @param table the machine's table
   * @param instance the machine's instance
   * @param from number of the state before
   * @param event what happened
   * @param step where it leads
   */
  public static void record(
      Transitions<?, ?> table, Object instance, int from, Enum<?> event, int step) {
    OWN.get().add(table, instance, move(from, event, step));
  }

  private static List<String> facts(Transitions<?, ?> table) {
    List<String> facts = new ArrayList<>(OF_ALL);
    facts.addAll(table.machine().facts().keySet());
    return facts;
  }

  /**
   * Records that what the invariant of a state names does not hold.
   *
   * @param table the machine's table
   * @param instance the machine's instance
   * @param state its number
   * @param fact a fact of the machine, or {@link #INTEREST} or {@link #DEADLINE}
   */
  public static void recordBroken(
      Transitions<?, ?> table, Object instance, int state, String fact) {
    int index = facts(table).indexOf(fact);
    OWN.get()
        .add(table, instance, (long) state << 48 | (long) index << 32 | BROKEN_STEP & 0xffffffffL);
  }

  /**
   * Takes a step of an instance whose events come from several threads, and records it. Both are
   * done under a lock of the instance, which is there for that alone, so that the records are in
   * the order of the events.
   *
   * @param table the machine's table
   * @param instance the machine's instance
   * @param from number of the state before
   * @param event what happened
   * @param step where it leads
   * @param taking takes the step, unless another thread was faster
   * @return whether it was taken
   */
  public static boolean recordShared(
      Transitions<?, ?> table,
      Object instance,
      int from,
      Enum<?> event,
      int step,
      BooleanSupplier taking) {
    synchronized (instance) {
      boolean taken = taking.getAsBoolean();
      if (taken) {
        OWN.get().add(table, instance, Long.MIN_VALUE | move(from, event, step));
      }
      return taken;
    }
  }

  private static long move(int from, Enum<?> event, int step) {
    return (long) from << 48 | (long) event.ordinal() << 32 | step & 0xffffffffL;
  }

  /**
   * Has somebody told of each transition of the calling thread, at once and before its action is
   * performed.
   *
   * @param witness is told on that thread; must not record anything
   */
  public static void tell(Consumer<Entry> witness) {
    if (ON) {
      OWN.get().witness = witness;
    }
  }

  /**
   * What stands for an instance that is not to be kept by what is recorded of it.
   *
   * @return an object of its own, or null where nothing is recorded
   */
  public static @Nullable Object token() {
    return ON ? new Object() : null;
  }

  /**
   * Likewise, for what fills a place that another token stands for.
   *
   * @param place that token, or null where nothing is recorded
   * @return the same for {@link #placeOf}
   */
  public static @Nullable Object token(@Nullable Object place) {
    return place == null ? null : new Filling(place);
  }

  /**
   * The place that something fills.
   *
   * @param instance of an entry
   * @return the token of its place, or the instance itself if it fills none
   */
  public static Object placeOf(Object instance) {
    return instance instanceof Filling filling ? filling.place : instance;
  }

  /** Stands for what fills a place, and is compared by identity. */
  private static final class Filling {
    private final Object place;

    Filling(Object place) {
      this.place = place;
    }
  }

  /**
   * Takes out what the calling thread has recorded.
   *
   * @return entries, the oldest first
   */
  public static List<Entry> takeOwn() {
    return ON ? OWN.get().take() : List.of();
  }

  /** Drops the ring of the calling thread, which is about to end. */
  public static void dropOwn() {
    if (ON) {
      RINGS.remove(OWN.get());
      OWN.remove();
    }
  }

  /**
   * Takes out what all threads have recorded. What they record meanwhile is left for the next call:
   * rings are looked at one after the other, so a later step of one thread could come without the
   * step of another that led to it.
   *
   * @return their entries, the oldest first
   */
  public static synchronized List<Entry> takeAll() {
    long end = SEQUENCE.get();
    List<Entry> all = new ArrayList<>(MEANWHILE);
    MEANWHILE.clear();
    for (Ring ring : RINGS) {
      boolean alive = ring.thread.isAlive();
      all.addAll(ring.take());
      if (!alive) {
        RINGS.remove(ring);
      }
    }
    all.sort(Comparator.comparingLong(Entry::sequence));
    List<Entry> later = all.stream().filter(entry -> entry.sequence >= end).toList();
    MEANWHILE.addAll(later);
    return List.copyOf(all.subList(0, all.size() - later.size()));
  }
}
