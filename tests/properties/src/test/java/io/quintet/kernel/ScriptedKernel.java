package io.quintet.kernel;

import io.quintet.ffi.Events;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A kernel that does what a test says and notes what it is asked, so that a class of the runtime is
 * gone through step by step, without sockets and without waiting. One thread.
 *
 * <p>What is not said otherwise succeeds: descriptors count up, nothing has arrived, nobody comes,
 * all bytes are taken, and the clock stands still.
 */
public final class ScriptedKernel {
  /** The first descriptor that is made. */
  public static final int FIRST = 10;

  private static final long WOULD_BLOCK = -Linux.EAGAIN();

  private final Kernel kernel;
  private final Map<String, Deque<Long>> script = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final Map<Integer, Registered> registered = new LinkedHashMap<>();
  private final Map<Integer, Deque<byte[]>> arriving = new HashMap<>();
  private final StringBuilder sent = new StringBuilder();
  private final Deque<Ready> ready = new ArrayDeque<>();
  private int next = FIRST;
  private long nanos;
  private Optional<SocketAddress> peer = Optional.empty();
  private Runnable asleep = () -> {};

  private record Registered(int events, long data) {}

  private record Ready(int events, long data) {}

  /** Of a machine that has just been switched on. */
  public ScriptedKernel() {
    kernel =
        (Kernel)
            Proxy.newProxyInstance(
                Kernel.class.getClassLoader(),
                new Class<?>[] {Kernel.class},
                (_, method, arguments) -> made(method, arguments));
  }

  /** What the runtime asks. */
  public Kernel kernel() {
    return kernel;
  }

  // What a test says.

  /** The next calls of a name have these results, one after the other. */
  public void answer(String call, long... results) {
    Deque<Long> queue = script.computeIfAbsent(call, _ -> new ArrayDeque<>());
    Arrays.stream(results).forEach(queue::add);
  }

  /** The next call of a name fails so. */
  public void fail(String call, int error) {
    answer(call, -error);
  }

  /** So much time passes. */
  public void pass(long afterNanos) {
    nanos += afterNanos;
  }

  /** The peer of each connection. */
  public void peer(String host) {
    peer = Optional.of(SocketAddress.inet(host, 1));
  }

  /** A descriptor is ready at the next wait, whatever it waits for. */
  public void ready(int fd, int events) {
    ready.add(new Ready(events, registered.get(fd).data));
  }

  /** What happens at each wait, before it returns. */
  public void whileItWaits(Runnable what) {
    asleep = what;
  }

  /** Bytes have come for a descriptor; an empty text is the end. */
  public void arrives(int fd, String text) {
    arriving(fd).add(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private Deque<byte[]> arriving(Object fd) {
    return arriving.computeIfAbsent((Integer) fd, _ -> new ArrayDeque<>());
  }

  // What it was asked.

  /** The calls since this was asked last, but those to the clock; with the descriptor first. */
  public List<String> calls() {
    List<String> all = List.copyOf(calls);
    calls.clear();
    return all;
  }

  /** Those of a name. */
  public List<String> calls(String name) {
    return calls().stream().filter(call -> call.startsWith(name)).toList();
  }

  /** What was logged since this was asked last. */
  public List<String> said() {
    List<String> all = List.copyOf(said);
    said.clear();
    return all;
  }

  /** The bytes that were taken since this was asked last. */
  public String sent() {
    String all = sent.toString();
    sent.setLength(0);
    return all;
  }

  /** What a descriptor waits for; -1 where it is not registered. */
  public int events(int fd) {
    Registered its = registered.get(fd);
    return its == null ? -1 : its.events;
  }

  /** The descriptor that is made next. */
  public int next() {
    return next;
  }

  private Object made(Method method, Object[] arguments) {
    Object result =
        switch (method.getName()) {
          case "nanoTime" -> nanos;
          case "epochSeconds" -> nanos / 1_000_000_000L;
          case "calls" -> (long) calls.size();
          case "logger" -> new Said();
          case "peer", "local" -> peer;
          case "worksAhead" -> false;
          case "cpuClock" -> 1;
          case "cpuNanos" -> nanos;
          case "toString" -> "scripted";
          case "hashCode" -> System.identityHashCode(this);
          case "equals" -> arguments[0] == kernel;
          default -> scripted(method.getName(), arguments);
        };
    return method.getReturnType() == int.class && result instanceof Long number
        ? (Object) number.intValue()
        : result;
  }

  private Object scripted(String name, Object[] arguments) {
    note(name, arguments);
    Deque<Long> queue = script.get(name);
    if (queue != null && !queue.isEmpty()) {
      long result = queue.remove();
      return result < 0 ? (Object) result : carriedOut(name, arguments, result);
    }
    return carriedOut(name, arguments, standing(name, arguments));
  }

  /** What it gives unless another result is said. */
  private long standing(String name, Object[] arguments) {
    return switch (name) {
      case "epollCreate1", "eventfd", "dup", "socket" -> next++;
      case "accept4" -> WOULD_BLOCK;
      case "recv" -> {
        Deque<byte[]> queue = arriving(arguments[0]);
        yield queue.isEmpty() ? WOULD_BLOCK : Math.min(queue.peek().length, (long) arguments[2]);
      }
      case "send" -> (long) arguments[2];
      case "read", "signal" -> Long.BYTES;
      case "epollWait" -> {
        asleep.run();
        yield ready.size();
      }
      default -> 0;
    };
  }

  private long carriedOut(String name, Object[] arguments, long result) {
    switch (name) {
      case "epollCtl" -> control(arguments);
      case "epollWait" -> wake((long) arguments[1], (int) result);
      case "close" -> registered.remove(arguments[0]);
      case "read" -> Memory.putLong((long) arguments[1], 1);
      case "recv" -> {
        if (!arriving(arguments[0]).isEmpty()) {
          put((long) arguments[1], arriving(arguments[0]), (int) result);
        }
      }
      case "send" -> take((long) arguments[1], (int) result);
      default -> {
        // there is nothing behind it
      }
    }
    return result;
  }

  private void control(Object[] arguments) {
    int fd = (int) arguments[2];
    if ((int) arguments[1] == Linux.EPOLL_CTL_DEL()) {
      registered.remove(fd);
    } else {
      long event = (long) arguments[3];
      registered.put(
          fd, new Registered(Memory.getInt(event), Memory.getLong(event + Events.DATA_OFFSET)));
    }
  }

  private void wake(long address, int count) {
    for (int i = 0; i < count; i++) {
      Ready one = ready.remove();
      Memory.putInt(address + i * Events.EVENT_BYTES, one.events);
      Memory.putLong(address + i * Events.EVENT_BYTES + Events.DATA_OFFSET, one.data);
    }
  }

  private static void put(long address, Deque<byte[]> queue, int count) {
    if (queue.peek().length == 0) {
      return; // the end stays the end
    }
    byte[] bytes = queue.remove();
    for (int i = 0; i < count; i++) {
      Memory.putByte(address + i, bytes[i]);
    }
    if (count < bytes.length) {
      queue.addFirst(Arrays.copyOfRange(bytes, count, bytes.length));
    }
  }

  private void take(long address, int count) {
    for (int i = 0; i < count; i++) {
      sent.append((char) (Memory.getByte(address + i) & 0xff));
    }
  }

  private void note(String name, Object[] arguments) {
    String what =
        switch (name) {
          case "epollCtl" -> {
            String[] operations = {"", "ADD", "DEL", "MOD"};
            yield name + " " + operations[(int) arguments[1]] + " " + arguments[2];
          }
          case "epollWait" -> name + " " + arguments[3];
          case "eventfd", "epollCreate1", "socket" -> name;
          case "shutdown", "pin", "setOption", "listen" -> name + " " + arguments[0];
          default -> arguments == null ? name : name + " " + arguments[0];
        };
    calls.add(what);
  }

  private final class Said implements System.Logger {
    @Override
    public String getName() {
      return "scripted";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(Level level, java.util.ResourceBundle bundle, String text, Throwable thrown) {
      said.add(level + " " + text);
    }

    @Override
    public void log(
        Level level, java.util.ResourceBundle bundle, String format, Object... parameters) {
      said.add(level + " " + format);
    }
  }
}
