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
    STEALING,
    /** Short requests wait in a queue of their own, and some workers serve no others. */
    RESERVED
  }

  private final Kind kind;
  private final int bound;
  private final CapacitySignal room;

  /** Workers that serve only short requests: the first ones. */
  private final int reserved;

  private final Predicate<Object> shortOnes;
  private final List<WorkerSeat> seats = new ArrayList<>();
  private final Queue<HandlerTask> central = new ConcurrentLinkedQueue<>();

  /** Short requests, where workers are reserved for them. */
  private final Queue<HandlerTask> brief = new ConcurrentLinkedQueue<>();

  /** Requests that have come, where they wait in two queues; it may overflow. */
  private final AtomicInteger tickets = new AtomicInteger();

  /** Requests that wait or run, in all. */
  private final AtomicInteger load = new AtomicInteger();

  /** Workers that have not left. */
  private final AtomicInteger serving = new AtomicInteger();

  /** Those of them that serve all requests. */
  private final AtomicInteger servingAll = new AtomicInteger();

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
    this(
        switch (policy) {
          case "shared" -> Kind.SHARED;
          case "bounded" -> Kind.BOUNDED;
          case "stealing" -> Kind.STEALING;
          default -> throw new IllegalArgumentException("unknown policy " + policy);
        },
        bound,
        0,
        _ -> false,
        room);
  }

  private RequestQueues(
      Kind kind, int bound, int reserved, Predicate<Object> shortOnes, CapacitySignal room) {
    this.kind = kind;
    this.bound = bound;
    this.reserved = reserved;
    this.shortOnes = shortOnes;
    this.room = room;
  }

  /**
   * No worker yet. The first ones will serve only short requests as long as another one serves all.
   *
   * @param reserved how many do, fewer than there will be workers
   * @param shortOnes which requests are short; any thread asks
   * @param room whom to tell of requests that have ended
   */
  public static RequestQueues reserving(
      int reserved, Predicate<Object> shortOnes, CapacitySignal room) {
    return new RequestQueues(Kind.RESERVED, 0, reserved, shortOnes, room);
  }

  /**
   * One more worker will take from here; all are added before the first request comes.
   *
   * @param mailbox takes mail that wakes the worker, and gives false if it has stopped
   */
  WorkerSeat seat(Predicate<Mail> mailbox) {
    WorkerSeat seat = new WorkerSeat(this, mailbox, seats.size() < reserved);
    seats.add(seat);
    serving.incrementAndGet();
    if (!seat.isReserved()) {
      servingAll.incrementAndGet();
    }
    return seat;
  }

  @Override
  public boolean execute(HandlerTask request) {
    boolean isShort = kind == Kind.RESERVED && request.isShort(shortOnes);
    Interleaving.point();
    load.incrementAndGet();
    switch (kind) {
      case SHARED -> placeCentrally(request);
      case BOUNDED -> placeBounded(request);
      case STEALING -> leastLoaded().add(request);
      case RESERVED -> placeByLength(request, isShort);
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

  private void placeByLength(HandlerTask request, boolean isShort) {
    request.ticket = tickets.getAndIncrement();
    Interleaving.point();
    (isShort ? brief : central).add(request);
    callFor(isShort);
  }

  /** A reserved worker has run what came before a long request of the same connection. */
  void passOn(HandlerTask request) {
    load.incrementAndGet();
    placeByLength(request, false);
    if (serving.get() == 0) {
      abandon();
    }
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

  /** Wakes a worker that sleeps or is about to, if there is one that may take what waits. */
  void callOne() {
    if (kind != Kind.RESERVED) {
      callFor(true);
      return;
    }
    if (!central.isEmpty()) {
      callFor(false);
    }
    if (!brief.isEmpty()) {
      callFor(true);
    }
  }

  /** Those that are reserved come first. */
  private void callFor(boolean isShort) {
    Interleaving.point();
    if (parked.get() == 0) {
      return;
    }
    for (int i = 0; i < seats.size(); i++) {
      WorkerSeat seat = seats.get(i);
      if ((isShort || servesAll(seat)) && seat.call()) {
        return;
      }
    }
  }

  /** Whether a worker serves long requests too. Where no other is left, a reserved one does. */
  private boolean servesAll(WorkerSeat seat) {
    return !seat.isReserved() || servingAll.get() == 0;
  }

  /** Whether a worker may run a request that follows the one that it has run. */
  boolean mayRun(WorkerSeat seat, HandlerTask next) {
    return servesAll(seat) || next.isShort(shortOnes);
  }

  void parks() {
    parked.incrementAndGet();
  }

  void parksNoMore() {
    parked.decrementAndGet();
  }

  /** The next from the one queue, or from that of the short requests, or null. */
  @Nullable HandlerTask takeFor(WorkerSeat seat) {
    if (kind != Kind.RESERVED) {
      return takeCentral();
    }
    Interleaving.point();
    return servesAll(seat) ? takeOlder() : brief.poll();
  }

  /** The next from the one queue, or null. */
  @Nullable HandlerTask takeCentral() {
    Interleaving.point();
    return central.poll();
  }

  /** Whichever came first, so that none waits for ever. */
  private @Nullable HandlerTask takeOlder() {
    HandlerTask small = brief.peek();
    HandlerTask other = central.peek();
    boolean first = small != null && (other == null || small.ticket - other.ticket < 0);
    Interleaving.point();
    HandlerTask taken = (first ? brief : central).poll();
    return taken == null ? (first ? central : brief).poll() : taken;
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

  /** Whether a request waits that a worker may take which has nothing. */
  boolean hasWaitingFor(WorkerSeat seat) {
    return servesAll(seat) ? hasWaiting() : !brief.isEmpty();
  }

  /** Whether a request waits that some worker which has nothing may take. */
  private boolean hasWaiting() {
    if (!central.isEmpty() || !brief.isEmpty()) {
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
  void left(WorkerSeat seat, Queue<HandlerTask> own) {
    bequeath(own);
    if (!seat.isReserved()) {
      servingAll.decrementAndGet();
      Interleaving.point();
    }
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
    abandon(central);
    abandon(brief);
  }

  private void abandon(Queue<HandlerTask> waiting) {
    HandlerTask request;
    while ((request = waiting.poll()) != null) {
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

  /**
   * The short ones of them, where workers are reserved for such. Any thread.
   *
   * @return how many
   */
  public long waitingShort() {
    return brief.size();
  }
}
