package io.quintet.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads that compute beside loops. */
class ComputingThreadsTest {
  private static final int DEADLINE_SECONDS = 60;

  /** More than may stay in the queue, many times. */
  private static final int MANY = 20_000;

  private static final int TAKEN_BACK_MAX = 1024;

  @FunctionalInterface
  private interface Question<T> {
    T ask() throws Exception;
  }

  private static <T> T asked(Computers of, Question<T> question) throws Exception {
    CompletableFuture<T> answer = new CompletableFuture<>();
    of.compute(
        () -> {
          try {
            answer.complete(question.ask());
          } catch (Throwable e) {
            answer.completeExceptionally(e);
          }
        });
    return answer.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void theyAreNamedAndEndWhenTheyAreClosed() throws Exception {
    Thread made;
    try (ComputingThreads computers = ComputingThreads.named("ending")) {
      made = asked(computers, Thread::currentThread);
      assertEquals("ending-0", made.getName());
      assertTrue(made.isDaemon());
      assertFalse(made.isVirtual());
    }
    made.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
    assertFalse(made.isAlive());
  }

  @Test
  void whatIsTakenBackIsLeftOutAndDoesNotStayInTheQueue() throws Exception {
    try (ComputingThreads computers = ComputingThreads.named("taken-back")) {
      CountDownLatch go = new CountDownLatch(1);
      int busy = Math.max(4, Runtime.getRuntime().availableProcessors());
      CountDownLatch begun = new CountDownLatch(busy);
      for (int i = 0; i < busy; i++) {
        computers.compute(
            () -> {
              begun.countDown();
              awaitUninterrupted(go);
            });
      }
      assertTrue(begun.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
      AtomicInteger computed = new AtomicInteger();
      for (int i = 0; i < MANY; i++) {
        computers.compute(computed::incrementAndGet).run();
      }
      assertTrue(computers.waiting() <= TAKEN_BACK_MAX, computers.waiting() + " wait");
      go.countDown();
      asked(computers, Thread::currentThread);
      assertEquals(0, computed.get());
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts it", e);
    }
  }

  /** So a machine answers that has as many threads as it may have. */
  @Test
  void withoutAThreadOfTheirOwnAComputationIsDoneAllTheSame() throws Exception {
    try (ComputingThreads computers =
        new ComputingThreads(
            _ -> {
              throw new OutOfMemoryError("unable to create native thread");
            })) {
      assertTrue(asked(computers, () -> Thread.currentThread().isVirtual()));
    }
  }

  @Test
  void anExceptionEndsNoOtherComputation() throws Exception {
    try (ComputingThreads computers =
        new ComputingThreads(
            Thread.ofPlatform().uncaughtExceptionHandler((_, _) -> {}).factory())) {
      Runnable[] bad = new Runnable[16];
      Arrays.setAll(
          bad,
          _ ->
              () -> {
                throw new IllegalStateException("meant to fail");
              });
      Arrays.stream(bad).forEach(computers::compute);
      assertTrue(asked(computers, () -> true));
    }
  }
}
