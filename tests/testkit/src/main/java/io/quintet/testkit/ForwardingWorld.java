package io.quintet.testkit;

import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** As another world in all that is not overridden. Any thread. */
public abstract class ForwardingWorld implements World {
  private final World world;

  /**
   * A world over another one.
   *
   * @param world the other one
   */
  protected ForwardingWorld(World world) {
    this.world = world;
  }

  @Override
  public Kernel kernel() {
    return world.kernel();
  }

  @Override
  public Thread start(String name, Runnable life) {
    return world.start(name, life);
  }

  @Override
  public Thread startVirtual(String name, Runnable life) {
    return world.startVirtual(name, life);
  }

  @Override
  public <T> T await(CompletableFuture<T> future, long timeoutMillis)
      throws TimeoutException, ExecutionException, InterruptedException {
    return world.await(future, timeoutMillis);
  }

  @Override
  public Process spawn(Map<String, String> environment, Archive archive, Backend backend)
      throws IOException {
    return world.spawn(environment, archive, backend);
  }
}
