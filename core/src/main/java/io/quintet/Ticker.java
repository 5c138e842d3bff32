package io.quintet;

import io.quintet.kernel.World;
import io.quintet.server.Lifecycle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** A thread that does something again and again until its server has stopped. */
final class Ticker {
  private final World world;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private Ticker(World world) {
    this.world = world;
  }

  /**
   * Starts the thread.
   *
   * @param millis how long it waits each time
   * @param tick what it does then
   * @param end what it does in the end
   */
  static void start(
      World world,
      String name,
      Lifecycle lifecycle,
      LongSupplier millis,
      Runnable tick,
      Runnable end) {
    Ticker ticker = new Ticker(world);
    lifecycle.whenStopped(() -> ticker.ended.complete(null));
    world.start(name, () -> ticker.run(millis, tick, end));
  }

  private void run(LongSupplier millis, Runnable tick, Runnable end) {
    while (!awaited(millis.getAsLong())) {
      tick.run();
    }
    end.run();
  }

  private boolean awaited(long millis) {
    try {
      world.await(ended, millis);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("nobody interrupts or fails it", e);
    }
  }
}
