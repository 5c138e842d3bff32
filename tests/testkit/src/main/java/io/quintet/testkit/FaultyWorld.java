package io.quintet.testkit;

import io.quintet.ffi.Errno;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Another world, in which a chosen system call fails: the n-th that is made, counted over all
 * threads, and from then on all of its kind if that is asked for. A close(2) that fails has closed
 * nevertheless, and what EPOLL_CTL_DEL fails for is not registered, epoll_ctl(2). Any thread.
 */
public final class FaultyWorld extends ForwardingWorld {
  /** The calls that can fail, by the method of {@link Kernel}, as their manual page names them. */
  private static final Map<String, String> CALLS =
      Map.ofEntries(
          Map.entry("socket", "socket"),
          Map.entry("bind", "bind"),
          Map.entry("listen", "listen"),
          Map.entry("setOption", "setsockopt"),
          Map.entry("setNonBlocking", "fcntl"),
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

  private static final int NONE = -1;
  private static final Map<String, Map<String, Disposition>> DECLARED = Specs.dispositions();

  /** After these the same call is made again, at once or when the descriptor is ready. */
  private static final Set<Disposition> PASSING =
      Set.of(Disposition.RETRY, Disposition.WOULD_BLOCK);

  private final int index;
  private final int error;
  private final boolean persistent;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<String, Integer> byName = new ConcurrentHashMap<>();
  private volatile String failing = "";
  private volatile @Nullable Errno errno;

  private FaultyWorld(World world, int index, int error, boolean persistent) {
    super(world);
    this.index = index;
    this.error = error;
    this.persistent = persistent;
  }

  /**
   * A world in which one call fails.
   *
   * @param world where all else happens
   * @param index which call, from 0
   * @param error which of the errors that this call declares in {@code specs/dispositions.json},
   *     from 0; it does not fail if there are not so many
   * @param persistent whether all later calls of its kind fail too; only with errors after which
   *     the same call is not simply made again, since a kernel does not report those for ever
   * @return the world
   */
  public static FaultyWorld failing(World world, int index, int error, boolean persistent) {
    return new FaultyWorld(world, index, error, persistent);
  }

  /**
   * A world in which calls are counted and none fails.
   *
   * @param world where all happens
   * @return the world
   */
  public static FaultyWorld counting(World world) {
    return new FaultyWorld(world, NONE, NONE, false);
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
   * Calls so far, by name.
   *
   * @return how many of each
   */
  public Map<String, Integer> callsByName() {
    return Map.copyOf(byName);
  }

  /**
   * The call that failed.
   *
   * @return its name, empty if none has yet
   */
  public String failed() {
    return failing;
  }

  /**
   * The error that it failed with.
   *
   * @return the error, null if no call has failed
   */
  public @Nullable Errno errno() {
    return errno;
  }

  /**
   * What the server should make of the error.
   *
   * @return the disposition of the call that failed, null if none has
   */
  public @Nullable Disposition disposition() {
    Errno failed = errno;
    return failed == null ? null : DECLARED.get(failing).get(failed.name());
  }

  @Override
  public Kernel kernel() {
    return intercepted(super.kernel(), this::make);
  }

  private Object make(Method method, Object @Nullable [] arguments, Proceeding made)
      throws Throwable {
    String call = CALLS.get(method.getName());
    boolean fails = call != null && fails(call);
    if (!fails) {
      return made.proceed();
    }
    if (endsNevertheless(call, arguments)) {
      made.proceed();
    }
    int result = -Objects.requireNonNull(errno).number();
    return method.getReturnType() == long.class ? (Object) (long) result : (Object) result;
  }

  private static boolean endsNevertheless(String call, Object[] arguments) {
    return call.equals("close")
        || call.equals("epoll_ctl") && arguments[1].equals(Linux.EPOLL_CTL_DEL());
  }

  private boolean fails(String call) {
    int at = calls.getAndIncrement();
    byName.merge(call, 1, Integer::sum);
    if (at != index) {
      return persistent && failing.equals(call);
    }
    List<Map.Entry<String, Disposition>> declared =
        DECLARED.getOrDefault(call, Map.of()).entrySet().stream()
            .filter(each -> !persistent || !PASSING.contains(each.getValue()))
            .toList();
    if (error >= declared.size()) {
      return false;
    }
    failing = call;
    errno = Errno.valueOf(declared.get(error).getKey());
    return true;
  }
}
