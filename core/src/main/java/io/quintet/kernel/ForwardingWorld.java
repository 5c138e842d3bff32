package io.quintet.kernel;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

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

  /** The call that was intercepted, as the kernel itself makes it. */
  @FunctionalInterface
  public interface Proceeding {
    /**
     * Makes it.
     *
     * @return its result
     * @throws Throwable what the kernel throws
     */
    Object proceed() throws Throwable;
  }

  /** What stands between a server and a kernel. */
  @FunctionalInterface
  public interface Interceptor {
    /**
     * A call of the kernel's.
     *
     * @param method which
     * @param arguments what with, null if it takes none
     * @param call the call, to be made or not
     * @return what the server gets for a result
     * @throws Throwable what the server gets instead
     */
    Object intercept(Method method, Object @Nullable [] arguments, Proceeding call)
        throws Throwable;
  }

  /**
   * A kernel behind something that has each of its calls first.
   *
   * @param kernel the kernel
   * @param interceptor has the calls
   * @return another kernel
   */
  protected static Kernel intercepted(Kernel kernel, Interceptor interceptor) {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (_, method, arguments) ->
                interceptor.intercept(method, arguments, () -> invoke(method, kernel, arguments)));
  }

  private static Object invoke(Method method, Kernel kernel, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(kernel, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
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
  public Computers computers(String name) {
    return world.computers(name);
  }

  @Override
  public Lock lock() {
    return world.lock();
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

  @Override
  public Runnable atExit(String name, Runnable what) {
    return world.atExit(name, what);
  }

  @Override
  public List<Integer> listeners() {
    return world.listeners();
  }

  @Override
  public String manager() {
    return world.manager();
  }

  @Override
  public long readyNanos(int thread) {
    return world.readyNanos(thread);
  }

  @Override
  public Map<String, Long> networkCounts() {
    return world.networkCounts();
  }
}
