package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.fail;

import io.quintet.InProcess;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A machine whose clock can be held: it stands still then but for the time that a test lets pass,
 * so that nothing is late for a deadline because the test was.
 */
final class HeldClock extends ForwardingWorld {
  /** How soon a thread that waits looks at the clock again. */
  private static final int LOOK_MILLIS = 10;

  private static final int LOOKS_MAX = 6_000;

  private static final int TIMEOUT = 3; // argument of epoll_wait

  /** What it shows while it is held; 0 while it runs. */
  private final AtomicLong held = new AtomicLong();

  private final AtomicLong received = new AtomicLong();

  /** When each thread has begun to wait; it looks at the clock next. */
  private final Map<Thread, Long> seen = new ConcurrentHashMap<>();

  HeldClock() {
    super(World.linux());
  }

  /** For a server whose backends, if it has some, do not become processes. */
  World world() {
    return InProcess.in(this);
  }

  /** A server that starts needs it to run. */
  void hold() {
    held.set(System.nanoTime());
  }

  private long nanos() {
    long at = held.get();
    return at == 0 ? System.nanoTime() : at;
  }

  void pass(long millis) {
    held.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** Lets time pass, and each loop end its turn, so that none may be held up in a handler. */
  void passForAll(long millis) {
    pass(millis);
    long now = nanos();
    Await.until(() -> seen.values().stream().allMatch(at -> at >= now), "all loops wait again");
  }

  /** Lets time pass, no faster than it does, until something has come. */
  <T> T passUntil(CompletableFuture<T> future) throws ExecutionException, InterruptedException {
    for (int i = 0; i < LOOKS_MAX; i++) {
      try {
        return future.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        pass(LOOK_MILLIS);
      }
    }
    return fail("not within a minute");
  }

  /** Lets time pass once the server has received this. */
  void passBehind(long millis, Client client, byte[] bytes) throws IOException {
    long expected = received.get() + bytes.length;
    client.send(bytes);
    Await.until(() -> received.get() >= expected, "the server has received it");
    pass(millis);
  }

  @Override
  public Kernel kernel() {
    return intercepted(
        super.kernel(),
        (method, arguments, call) ->
            switch (method.getName()) {
              case "nanoTime" -> nanos();
              case "epollWait" -> {
                seen.put(Thread.currentThread(), nanos());
                int timeout = (int) arguments[TIMEOUT];
                arguments[TIMEOUT] = timeout < 0 ? LOOK_MILLIS : Math.min(timeout, LOOK_MILLIS);
                yield call.proceed();
              }
              case "recv" -> {
                long result = (long) call.proceed();
                received.addAndGet(Math.max(result, 0));
                yield result;
              }
              default -> call.proceed();
            });
  }

  @Override
  public <T> T await(CompletableFuture<T> future, long timeoutMillis)
      throws TimeoutException, ExecutionException, InterruptedException {
    long began = nanos();
    while (true) {
      try {
        return super.await(future, LOOK_MILLIS);
      } catch (TimeoutException e) {
        if (nanos() - began >= TimeUnit.MILLISECONDS.toNanos(timeoutMillis)) {
          throw e;
        }
      }
    }
  }
}
