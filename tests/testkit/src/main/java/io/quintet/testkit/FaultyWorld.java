package io.quintet.testkit;

import io.quintet.ffi.Errno;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Another world, in which a chosen system call fails: the n-th that is made, counted over all
 * threads, and from then on all of its kind if that is asked for. A close(2) that fails has closed
 * nevertheless. Any thread.
 */
public final class FaultyWorld implements World {
  /** The calls that can fail, by the method of {@link Kernel}, as their manual page names them. */
  private static final Map<String, String> CALLS =
      Map.ofEntries(
          Map.entry("socket", "socket"),
          Map.entry("bind", "bind"),
          Map.entry("listen", "listen"),
          Map.entry("setOption", "setsockopt"),
          Map.entry("setNoDelay", "setsockopt"),
          Map.entry("accept4", "accept4"),
          Map.entry("recv", "recv"),
          Map.entry("send", "send"),
          Map.entry("shutdown", "shutdown"),
          Map.entry("close", "close"),
          Map.entry("connect", "connect"),
          Map.entry("peerProcess", "getsockopt"),
          Map.entry("sendmsg", "sendmsg"),
          Map.entry("recvmsg", "recvmsg"),
          Map.entry("dup", "fcntl"),
          Map.entry("epollCreate1", "epoll_create1"),
          Map.entry("epollCtl", "epoll_ctl"),
          Map.entry("epollWait", "epoll_wait"),
          Map.entry("eventfd", "eventfd"),
          Map.entry("read", "read"));

  private final World world;
  private final int index;
  private final @Nullable Errno errno;
  private final boolean persistent;
  private final AtomicInteger calls = new AtomicInteger();
  private volatile String failing = "";

  private FaultyWorld(World world, int index, @Nullable Errno errno, boolean persistent) {
    this.world = world;
    this.index = index;
    this.errno = errno;
    this.persistent = persistent;
  }

  /**
   * A world in which one call fails.
   *
   * @param world where all else happens
   * @param index which call, from 0
   * @param errno with what it fails
   * @param persistent whether all later calls of its kind fail too
   * @return the world
   */
  public static FaultyWorld failing(World world, int index, Errno errno, boolean persistent) {
    return new FaultyWorld(world, index, errno, persistent);
  }

  /**
   * A world in which calls are counted and none fails.
   *
   * @param world where all happens
   * @return the world
   */
  public static FaultyWorld counting(World world) {
    return new FaultyWorld(world, -1, null, false);
  }

  /**
   * Calls so far.
   *
   * @return how many of those that can fail
   */
  public int calls() {
    return calls.get();
  }

  /**
   * The call that failed.
   *
   * @return its name, empty if none has yet
   */
  public String failed() {
    return failing;
  }

  @Override
  public Kernel kernel() {
    Kernel kernel = world.kernel();
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (_, method, arguments) -> make(kernel, method, arguments));
  }

  private Object make(Kernel kernel, Method method, Object @Nullable [] arguments)
      throws Throwable {
    String call = CALLS.get(method.getName());
    boolean fails = call != null && fails(call);
    try {
      if (!fails || method.getName().equals("close")) {
        Object result = method.invoke(kernel, arguments);
        if (!fails) {
          return result;
        }
      }
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    int result = -errno.number();
    return method.getReturnType() == long.class ? (Object) (long) result : (Object) result;
  }

  private boolean fails(String call) {
    int at = calls.getAndIncrement();
    if (at == index) {
      failing = call;
      return true;
    }
    return persistent && failing.equals(call);
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
      throws java.io.IOException {
    return world.spawn(environment, archive, backend);
  }
}
