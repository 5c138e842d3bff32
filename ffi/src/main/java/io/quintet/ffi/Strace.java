package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MutableCallSite;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Prints calls as strace(1) does: all of them when {@code -Dquintet.trace=strace} is set at start,
 * or those that a thread makes while it runs a block.
 *
 * <p>{@link #on} is a constant to the compiler, which throws code away when the constant changes: a
 * call pays nothing for tracing that is off.
 */
final class Strace {
  /** Whether all calls of the process are printed on standard error. */
  private static final boolean ALL = "strace".equals(System.getProperty("quintet.trace"));

  /** How much of a buffer is shown, in bytes: strace's own default. */
  private static final int SHOWN = 32;

  /** The longest name of a file, in bytes: limits.h. */
  private static final int PATH_MAX = 4096;

  private static final long PROCESS = ALL ? ProcessHandle.current().pid() : 0;

  private static final MutableCallSite SWITCH =
      new MutableCallSite(MethodHandles.constant(boolean.class, ALL));

  private static final MethodHandle ON = SWITCH.dynamicInvoker();

  private static final ThreadLocal<@Nullable Consumer<String>> WATCHER = new ThreadLocal<>();

  /** Blocks that are watched now, guarded by the class. */
  private static int watched;

  private Strace() {}

  static boolean on() {
    try {
      return (boolean) ON.invokeExact();
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
  }

  static void watch(Runnable block, Consumer<String> lines) {
    Consumer<String> outer = WATCHER.get();
    WATCHER.set(lines);
    turn(1);
    try {
      block.run();
    } finally {
      turn(-1);
      WATCHER.set(outer);
    }
  }

  private static synchronized void turn(int blocks) {
    watched += blocks;
    SWITCH.setTarget(MethodHandles.constant(boolean.class, ALL || watched > 0));
    MutableCallSite.syncAll(new MutableCallSite[] {SWITCH});
  }

  static void print(long result, String call, Object... arguments) {
    Consumer<String> watcher = WATCHER.get();
    if (ALL) {
      System.err.println(caller() + line(result, call, arguments));
    }
    if (watcher != null) {
      watcher.accept(line(result, call, arguments));
    }
  }

  /** Who calls, as strace(1) says it with -f and --decode-pids=comm: several threads print. */
  static String caller() {
    Thread thread = Thread.currentThread();
    String name = thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName();
    return "[pid " + PROCESS + "<" + name + ">] ";
  }

  static String line(long result, String call, Object... arguments) {
    return call.formatted(arguments) + " = " + result(result);
  }

  private static String result(long result) {
    return result >= 0 ? Long.toString(result) : "-1 " + Errno.describe(result);
  }

  /** The first bytes at an address as a C string literal. */
  static String bytes(long address, long length) {
    if (length < 0) {
      return "0x" + Long.toHexString(address);
    }
    byte[] head = OwnMemory.read(address, (int) Math.min(length, SHOWN));
    if (head.length == 0 && length > 0) {
      return "0x" + Long.toHexString(address);
    }
    StringBuilder text = new StringBuilder("\"");
    for (byte b : head) {
      escape(text, b & 0xff);
    }
    return text.append(length > SHOWN ? "\"..." : "\"").toString();
  }

  private static void escape(StringBuilder text, int b) {
    switch (b) {
      case '\n' -> text.append("\\n");
      case '\r' -> text.append("\\r");
      case '\t' -> text.append("\\t");
      case '"' -> text.append("\\\"");
      case '\\' -> text.append("\\\\");
      default -> {
        if (b < 0x20 || b > 0x7e) {
          text.append('\\').append(Integer.toOctalString(b));
        } else {
          text.append((char) b);
        }
      }
    }
  }

  /** The number at an address, or the address where nothing can be read. */
  static String int16(long address, FlagSet names) {
    return pointed(address, Short.BYTES, bytes -> names.format(bytes.getShort()));
  }

  /** The number at an address, or the address where nothing can be read. */
  static String int32(long address) {
    return pointed(address, Integer.BYTES, bytes -> Integer.toString(bytes.getInt()));
  }

  /** The number at an address, or the address where nothing can be read. */
  static String int64(long address) {
    return pointed(address, Long.BYTES, bytes -> Long.toString(bytes.getLong()));
  }

  /** What is at an address; NULL, or the address, where nothing is: the kernel's EFAULT. */
  private static String pointed(long address, int length, Function<ByteBuffer, String> text) {
    if (address == 0) {
      return "NULL";
    }
    byte[] bytes = OwnMemory.read(address, length);
    return bytes.length == length
        ? text.apply(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()))
        : "0x" + Long.toHexString(address);
  }

  /** One {@code struct epoll_event}. */
  static String epollEvent(long address) {
    return pointed(
        address,
        (int) Events.EVENT_BYTES,
        bytes ->
            "{"
                + FlagSet.EPOLL.format(bytes.getInt(0))
                + ", 0x"
                + Long.toHexString(bytes.getLong((int) Events.DATA_OFFSET))
                + "}");
  }

  /** The events that epoll_wait filled in. */
  static String epollEvents(long address, int count) {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : ", ").append(epollEvent(address + i * Events.EVENT_BYTES));
    }
    return text.append("]").toString();
  }

  static String address(long address, int length) {
    int bytes = Math.clamp(length, 0, SocketAddress.BYTES_MAX);
    return pointed(address, bytes, _ -> SocketAddress.read(address, bytes).toString());
  }

  /** The address that a call filled in, as {@code {127.0.0.1:8080}, [16]}. */
  static String filled(long result, long address, long length) {
    return address == 0 || result < 0
        ? "0x" + Long.toHexString(address)
        : address(address, Memory.getInt(length)) + ", [" + Memory.getInt(length) + "]";
  }

  static String path(long address) {
    if (address == 0) {
      return "NULL";
    }
    byte[] head = OwnMemory.read(address, PATH_MAX);
    int length = 0;
    while (length < head.length && head[length] != 0) {
      length++;
    }
    return head.length == 0
        ? "0x" + Long.toHexString(address)
        : "\"" + new String(head, 0, length, StandardCharsets.UTF_8) + "\"";
  }

  static String cString(long address) {
    int length = 0;
    while (Memory.getByte(address + length) != 0) {
      length++;
    }
    byte[] text = new byte[length];
    Memory.copy(address, text, 0, length);
    return new String(text, StandardCharsets.UTF_8);
  }

  static String socketType(int type) {
    int flags = Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    String name = FlagSet.SOCKET_TYPE.format(type & ~flags);
    return (type & flags) == 0 ? name : name + "|" + FlagSet.ACCEPT.format(type & flags);
  }
}
