package io.quintet.dispatch;

import io.quintet.kernel.Interleaving;
import io.quintet.reactor.Mail;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A worker's place among those that take from the same {@link RequestQueues}: its own queue, and
 * whether it may be called. {@link #take}, {@link #park}, {@link #ended} and {@link #leave} are the
 * worker's alone, the rest any thread's.
 */
final class WorkerSeat {
  private static final int AWAKE = 0;

  /** It sleeps or is about to, and nobody has called it. */
  private static final int PARKED = 1;

  /** Somebody has called it; the call is on its way. */
  private static final int CALLED = 2;

  private static final int GONE = 3;

  private final RequestQueues queues;
  private final Predicate<Mail> mailbox;

  /** Whether it is for short requests, as long as another worker serves all. */
  private final boolean reserved;

  private final AtomicInteger state = new AtomicInteger(AWAKE);

  /** Requests that wait here or run. Raised before one is added. */
  private final AtomicInteger load = new AtomicInteger();

  /** Whether a request runs. */
  private volatile boolean runs;

  private final Queue<HandlerTask> own = new ConcurrentLinkedQueue<>();
  private final Mail call = new Call();

  WorkerSeat(RequestQueues queues, Predicate<Mail> mailbox, boolean reserved) {
    this.queues = queues;
    this.mailbox = mailbox;
    this.reserved = reserved;
  }

  /** One at a time, since only who finds the worker parked sends it. */
  private final class Call extends Mail {
    @Override
    public void deliver() {
      state.compareAndSet(CALLED, AWAKE);
    }
  }

  boolean runs() {
    return runs;
  }

  boolean isReserved() {
    return reserved;
  }

  int load() {
    return load.get();
  }

  /** For a choice: who has left has most. */
  int loadOrMost() {
    return state.get() == GONE ? Integer.MAX_VALUE : load.get();
  }

  /** Takes up room for one more request, if there is less than so much here. */
  boolean reserve(int bound) {
    while (true) {
      int seen = load.get();
      Interleaving.point();
      if (seen >= bound || state.get() == GONE) {
        return false;
      }
      if (load.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
  }

  void add(HandlerTask request) {
    load.incrementAndGet();
    addReserved(request);
    if (state.get() != CALLED) {
      queues.taken(); // where its worker is busy, one that sleeps may take it
    }
  }

  /** Leaves a request for which there is room. */
  void addReserved(HandlerTask request) {
    Interleaving.point();
    own.add(request);
    Interleaving.point();
    call();
    if (state.get() == GONE) {
      queues.bequeath(own);
      queues.callOne();
    }
  }

  boolean hasWaiting() {
    return !own.isEmpty();
  }

  /** Wakes the worker, if it sleeps or is about to and nobody has called it. */
  boolean call() {
    if (state.get() != PARKED) {
      return false;
    }
    Interleaving.point();
    if (!state.compareAndSet(PARKED, CALLED)) {
      return false;
    }
    queues.parksNoMore();
    return mailbox.test(call);
  }

  /** Gives the oldest request that waits here to another worker. */
  @Nullable HandlerTask giveUpOne() {
    Interleaving.point();
    HandlerTask given = own.poll();
    if (given != null) {
      load.decrementAndGet();
    }
    return given;
  }

  /** The next request for the worker to run, or null. */
  @Nullable HandlerTask take() {
    wake();
    Interleaving.point();
    HandlerTask request = own.poll();
    if (request == null) {
      request = queues.takeFor(this);
      if (request == null) {
        request = queues.steal(this);
      }
      if (request != null) {
        load.incrementAndGet();
      }
    }
    if (request != null) {
      runs = true;
      queues.taken();
    }
    return request;
  }

  /** The request itself if the worker may run it behind another one, else null: others get it. */
  @Nullable HandlerTask runOrPassOn(HandlerTask next) {
    if (!reserved || queues.mayRun(this, next)) {
      return next;
    }
    queues.passOn(next);
    return null;
  }

  private void wake() {
    if (state.get() == PARKED && state.compareAndSet(PARKED, AWAKE)) {
      queues.parksNoMore();
    }
  }

  /** Says that the worker will sleep, and looks once more. Gives whether a request waits. */
  boolean park() {
    queues.parks();
    Interleaving.point();
    if (!state.compareAndSet(AWAKE, PARKED)) {
      queues.parksNoMore(); // it was called: mail comes
      return false;
    }
    Interleaving.point();
    return hasWaiting() || queues.hasWaitingFor(this);
  }

  /** The worker has run a request; there may be another one for its place. */
  void ended() {
    Interleaving.point();
    load.decrementAndGet();
    queues.ended();
    runs = false;
    while (queues.refills() && reserve(queues.bound())) {
      HandlerTask next = queues.takeCentral();
      if (next == null) {
        load.decrementAndGet();
        return;
      }
      own.add(next);
    }
  }

  /** The worker has stopped. */
  void leave() {
    if (state.getAndSet(GONE) == PARKED) {
      queues.parksNoMore();
    }
    load.set(0);
    queues.left(this, own);
  }
}
