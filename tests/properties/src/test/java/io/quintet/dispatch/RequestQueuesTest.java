package io.quintet.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.reactor.Mail;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Threads that add and take requests at once: none is lost, none runs twice, all wake in time. */
class RequestQueuesTest {
  private static final int ROUNDS = Integer.getInteger("quintet.rounds", 20_000);
  private static final int PRODUCERS = 2;

  /** A call that ends a worker. */
  private static final Mail END =
      new Mail() {
        @Override
        public void deliver() {
          // the worker sees it
        }
      };

  private static final String RESERVED = "reserved";

  private final AtomicInteger twice = new AtomicInteger();

  /** Long requests that a reserved worker ran. */
  private final AtomicInteger misplaced = new AtomicInteger();

  private final class Request extends HandlerTask {
    private final AtomicInteger ran = new AtomicInteger();
    private final CountDownLatch done;

    private final boolean brief;

    Request(CountDownLatch done, boolean brief) {
      this.done = done;
      this.brief = brief;
    }

    @Override
    public boolean isShort(Predicate<Object> shortOnes) {
      return brief;
    }

    @Override
    public void handle() {
      if (ran.getAndIncrement() > 0) {
        twice.incrementAndGet();
      }
      if (!brief && Thread.currentThread().getName().equals(RESERVED)) {
        misplaced.incrementAndGet();
      }
      done.countDown();
    }

    @Override
    public @Nullable HandlerTask done() {
      return null;
    }

    @Override
    public void deliver() {
      throw new IllegalStateException("it is handled only");
    }
  }

  /** What a worker does, with a queue for its mailbox. */
  private static final class Taker implements Runnable {
    private final BlockingQueue<Mail> mail = new LinkedBlockingQueue<>();
    private final WorkerSeat seat;

    Taker(RequestQueues queues) {
      seat = queues.seat(mail::add);
    }

    @Override
    public void run() {
      while (true) {
        HandlerTask request = seat.take();
        if (request != null) {
          request.handle();
          seat.ended();
        } else if (!seat.park() && sleeps()) {
          seat.leave();
          return;
        }
      }
    }

    /** Whether that was its end. */
    private boolean sleeps() {
      try {
        Mail call = mail.take();
        call.deliver();
        return call == END;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** With so many requests at each worker, or so many workers reserved. */
  private static RequestQueues queues(String policy, int count) {
    return policy.equals("reserved")
        ? RequestQueues.reserving(count, _ -> true, new CapacitySignal())
        : new RequestQueues(policy, count, new CapacitySignal());
  }

  @ParameterizedTest
  @CsvSource({
    "shared, 0, 1",
    "shared, 0, 3",
    "bounded, 1, 2",
    "bounded, 2, 3",
    "stealing, 0, 1",
    "stealing, 0, 3",
    "reserved, 1, 2",
    "reserved, 1, 3"
  })
  void eachRequestRunsOnceAndSoon(String policy, int bound, int workers) throws Exception {
    RequestQueues queues = queues(policy, bound);
    List<Taker> takers = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      takers.add(new Taker(queues));
    }
    List<Thread> threads = takers.stream().map(Thread::new).toList();
    if (policy.equals("reserved")) {
      threads.getFirst().setName(RESERVED);
    }
    threads.forEach(Thread::start);
    AtomicInteger late = new AtomicInteger();
    List<Thread> producers = new ArrayList<>();
    for (int i = 0; i < PRODUCERS; i++) {
      producers.add(Thread.ofPlatform().start(() -> produce(queues, late)));
    }
    for (Thread producer : producers) {
      producer.join();
    }
    takers.forEach(taker -> taker.mail.add(END));
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, late.get(), "requests that nobody took");
    assertEquals(0, twice.get(), "requests that ran twice");
    assertEquals(0, misplaced.get(), "long requests at a reserved worker");
    assertEquals(0, queues.load());
    assertEquals(0, queues.waiting());
  }

  /** One, two or three at a time, so that workers sleep again and again. */
  private void produce(RequestQueues queues, AtomicInteger late) {
    for (int round = 0; round < ROUNDS && late.get() == 0; round++) {
      int count = 1 + round % 3;
      CountDownLatch done = new CountDownLatch(count);
      for (int i = 0; i < count; i++) {
        assertTrue(queues.execute(new Request(done, (round + i) % 2 == 0)));
      }
      try {
        if (!done.await(20, TimeUnit.SECONDS)) {
          late.incrementAndGet();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"shared, 0", "bounded, 2", "stealing, 0", "reserved, 1"})
  void whatIsLeftWhenAllHaveLeftFails(String policy, int bound) {
    RequestQueues queues = queues(policy, bound);
    AtomicInteger undelivered = new AtomicInteger();
    WorkerSeat one = queues.seat(_ -> false);
    WorkerSeat other = queues.seat(_ -> false);
    for (int i = 0; i < 7; i++) {
      queues.execute(new UnrunTask(undelivered));
    }
    one.leave();
    assertEquals(0, undelivered.get());
    assertEquals(7, queues.load());
    other.leave();
    assertEquals(7, undelivered.get());
    assertTrue(queues.execute(new UnrunTask(undelivered)));
    assertEquals(8, undelivered.get());
    assertEquals(0, queues.load());
  }
}
