package io.quintet.cli;

import io.quintet.ffi.Errno;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The machine's kernel, each call of which is told to the calling thread's {@link LabThread}. */
final class LabKernel implements ForwardingWorld.Interceptor {
  /** Calls that are not told: they are no system calls, or made too often to be read. */
  private static final Set<String> UNTOLD =
      Set.of(
          "nanoTime",
          "cpuClock",
          "cpuNanos",
          "epochSeconds",
          "calls",
          "logger",
          "peer",
          "local",
          "descriptorsMax",
          "toString",
          "hashCode",
          "equals");

  private final Kernel kernel;

  /** Clients' ports by the descriptors of the process's connections. */
  private final Map<Integer, Integer> ports;

  /** Connections that the process may have; 0 is no limit. */
  private final IntSupplier limit;

  LabKernel(Kernel kernel, Map<Integer, Integer> ports, IntSupplier limit) {
    this.kernel = kernel;
    this.ports = ports;
    this.limit = limit;
  }

  @Override
  public Object intercept(
      Method method, Object @Nullable [] arguments, ForwardingWorld.Proceeding real)
      throws Throwable {
    String name = method.getName();
    LabThread thread = LabThread.own();
    if (thread == null || UNTOLD.contains(name)) {
      return real.proceed();
    }
    if (name.equals("close")) {
      closes(thread, (int) arguments[0]);
    }
    String call = call(name, arguments);
    thread.begins(call, name.equals("epollWait"));
    boolean full = name.equals("accept4") && isFull();
    Object result = full ? (Object) (-Errno.EMFILE.number()) : real.proceed();
    thread.ends(call + " = " + result(result), "runs");
    if (name.equals("accept4") && result instanceof Integer fd && fd >= 0) {
      accepted(thread, fd);
    } else if (name.equals("epollCtl") && result instanceof Integer done && done == 0) {
      registered(thread, (int) arguments[1], (int) arguments[2], (long) arguments[3]);
    }
    return result;
  }

  private boolean isFull() {
    int most = limit.getAsInt();
    return most > 0 && ports.size() >= most;
  }

  private int portOf(int fd) {
    return kernel.peer(fd).orElse(null) instanceof SocketAddress.Inet4 inet ? inet.port() : 0;
  }

  private void accepted(LabThread thread, int fd) {
    int port = portOf(fd);
    if (port != 0) {
      ports.put(fd, port);
      thread.connection("a", fd, port);
    }
  }

  /** Who registers a connection owns it; a backend learns of it here. */
  private void registered(LabThread thread, int operation, int fd, long event) {
    if (operation == Linux.EPOLL_CTL_ADD() && (Memory.getInt(event) & Linux.EPOLLIN()) != 0) {
      int port = ports.getOrDefault(fd, 0);
      port = port == 0 ? portOf(fd) : port;
      if (port != 0) {
        ports.put(fd, port);
        thread.connection("o", fd, port);
      }
    }
  }

  private void closes(LabThread thread, int fd) {
    Integer port = ports.remove(fd);
    if (port != null) {
      thread.connection("x", fd, port);
    }
  }

  private static String call(String name, Object @Nullable [] arguments) {
    return switch (name) {
      case "epollWait" -> "epoll_wait(timeout " + arguments[3] + ")";
      case "epollCtl" -> "epoll_ctl(" + operation((int) arguments[1]) + ", " + arguments[2] + ")";
      case "epollCreate1" -> "epoll_create1()";
      case "signal" -> "write(" + arguments[0] + ")";
      case "recv", "send", "read" -> name + "(" + arguments[0] + ", " + arguments[2] + " bytes)";
      default -> name + "(" + (arguments == null ? "" : arguments[0]) + ")";
    };
  }

  private static String operation(int operation) {
    if (operation == Linux.EPOLL_CTL_ADD()) {
      return "ADD";
    }
    return operation == Linux.EPOLL_CTL_MOD() ? "MOD" : "DEL";
  }

  private static String result(@Nullable Object result) {
    return result instanceof Number number && number.longValue() < 0
        ? Errno.describe(number.longValue())
        : String.valueOf(result);
  }
}
