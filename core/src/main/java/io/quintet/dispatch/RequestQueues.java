package io.quintet.dispatch;

import io.quintet.kernel.Interleaving;
import io.quintet.reactor.Mail;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait until a worker takes them: in one queue, in queues of the workers' own, or in
 * both, as a topology has it. Any thread may call.
 *
 * <p>A worker that is about to sleep says so and then looks once more; who adds a request calls one
 * that has said so. Who takes a request while others wait calls the next. So no worker sleeps while
 * there is a request that it may take.
 */
public final class RequestQueues implements HandlerExecutor {
  private enum Kind {
    /** One queue. */
    SHARED,
    /** At most so many at each worker, the rest in one queue. */
    BOUNDED,
    /** A queue for each worker, and who has nothing takes from the longest. */
    STEALING
  }

  private final Kind kind;
  private final int bound;
  private final CapacitySignal room;
  private final List<WorkerSeat> seats = new ArrayList<>();
  private final Queue<HandlerTask> central = new ConcurrentLinkedQueue<>();

  /** Requests that wait or run, in all. */
  private final AtomicInteger load = new AtomicInteger();

  /** Workers that have not left. */
  private final AtomicInteger serving = new AtomicInteger();

  /** Workers that sleep, or are about to. Raised before one says so, so never too low. */
  private final AtomicInteger parked = new AtomicInteger();

  /**
   * No worker yet.
   *
   * @param policy {@code shared}, {@code bounded} or {@code stealing}
   * @param bound requests that may wait or run at one worker, where they are bounded
   * @param room whom to tell of requests that have ended
   */
  public RequestQueues(String policy, int bound, CapacitySignal room) {
    this.kind =
        switch (policy) {
          case "shared" -> Kind.SHARED;
          case "bounded" -> Kind.BOUNDED;
          case "stealing" -> Kind.STEALING;
          default -> throw new IllegalArgumentException("unknown policy " + policy);
        };
    this.bound = bound;
    this.room = room;
  }

  /**
   * One more worker will take from here; all are added before the first request comes.
   *
   * @param mailbox takes mail that wakes the worker, and gives false if it has stopped
   */
  WorkerSeat seat(Predicate<Mail> mailbox) {
    WorkerSeat seat = new WorkerSeat(this, mailbox);
    seats.add(seat);
    serving.incrementAndGet();
    return seat;
  }

  @Override
  public boolean execute(HandlerTask request) {
    Interleaving.point();
    load.incrementAndGet();
    switch (kind) {
      case SHARED -> placeCentrally(request);
      case BOUNDED -> placeBounded(request);
      case STEALING -> leastLoaded().add(request);
    }
    if (serving.get() == 0) {
      abandon();
    }
    return true;
  }

  private void placeCentrally(HandlerTask request) {
    Interleaving.point();
    central.add(request);
    callOne();
  }

  /** Those that wait centrally came before. */
  private void placeBounded(HandlerTask request) {
    WorkerSeat seat = leastLoaded();
    if (central.isEmpty() && seat.reserve(bound)) {
      seat.addReserved(request);
    } else {
      placeCentrally(request);
    }
  }

  private WorkerSeat leastLoaded() {
    WorkerSeat best = seats.getFirst();
    int least = best.loadOrMost();
    for (int i = 1; i < seats.size() && least > 0; i++) {
      WorkerSeat seat = seats.get(i);
      int its = seat.loadOrMost();
      if (its < least) {
        least = its;
        best = seat;
      }
    }
    return best;
  }

  /** Wakes a worker that sleeps or is about to, if there is one. */
  void callOne() {
    Interleaving.point();
    if (parked.get() == 0) {
      return;
    }
    for (int i = 0; i < seats.size(); i++) {
      if (seats.get(i).call()) {
        return;
      }
    }
  }

  void parks() {
    parked.incrementAndGet();
  }

  void parksNoMore() {
    parked.decrementAndGet();
  }

  /** The next from the one queue, or null. */
  @Nullable HandlerTask takeCentral() {
    Interleaving.point();
    return central.poll();
  }

  /** The oldest of the longest other queue, or null where nothing may be taken. */
  @Nullable HandlerTask steal(WorkerSeat thief) {
    if (kind != Kind.STEALING) {
      return null;
    }
    WorkerSeat longest = null;
    int most = 0;
    for (int i = 0; i < seats.size(); i++) {
      WorkerSeat seat = seats.get(i);
      if (seat != thief && seat.load() > most) {
        most = seat.load();
        longest = seat;
      }
    }
    HandlerTask taken = longest == null ? null : longest.giveUpOne();
    for (int i = 0; taken == null && i < seats.size(); i++) {
      taken = seats.get(i).giveUpOne();
    }
    return taken;
  }

  /** Whether a request waits that whoever has nothing may take. */
  boolean hasWaiting() {
    if (!central.isEmpty()) {
      return true;
    }
    if (kind != Kind.STEALING) {
      return false;
    }
    for (int i = 0; i < seats.size(); i++) {
      if (seats.get(i).hasWaiting()) {
        return true;
      }
    }
    return false;
  }

  /** Somebody took a request: who sleeps is woken for the next, if one waits. */
  void taken() {
    if (parked.get() > 0 && hasWaiting()) {
      callOne();
    }
  }

  /** Whether a worker that has room at its own queue gets the next that waits. */
  boolean refills() {
    return kind == Kind.BOUNDED && bound > 1;
  }

  int bound() {
    return bound;
  }

  /** A request has ended. */
  void ended() {
    Interleaving.point();
    load.decrementAndGet();
    Interleaving.point();
    room.freed();
  }

  /** A worker has left; what waited at it waits for the others. */
  void left(Queue<HandlerTask> own) {
    bequeath(own);
    if (serving.decrementAndGet() == 0) {
      abandon();
    } else if (hasWaiting()) {
      callOne();
    }
  }

  /** Moves what waits at a worker that has left to all. */
  void bequeath(Queue<HandlerTask> own) {
    HandlerTask request;
    while ((request = own.poll()) != null) {
      central.add(request);
    }
  }

  /** Nobody is left who takes requests. */
  private void abandon() {
    HandlerTask request;
    while ((request = central.poll()) != null) {
      request.undelivered();
      ended();
    }
  }

  @Override
  public int load() {
    return load.get();
  }

  /** Its workers end themselves. */
  @Override
  public void stopLater() {
    // workers are told one by one
  }

  @Override
  public void interrupt() {
    // likewise
  }

  @Override
  public void release() {
    // nothing is open
  }

  @Override
  public Map<String, Object> stats() {
    return Map.of("load", (long) load.get(), "waiting", waiting());
  }

  /**
   * Requests that no worker runs yet. Any thread.
   *
   * @return how many
   */
  public long waiting() {
    int waits = load.get();
    for (int i = 0; i < seats.size(); i++) {
      waits -= seats.get(i).runs() ? 1 : 0;
    }
    return Math.max(waits, 0);
  }
}
