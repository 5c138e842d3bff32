package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import java.nio.charset.StandardCharsets;

/**
 * Prints calls as strace(1) does, when {@code -Dquintet.trace=strace} is set at start.
 *
 * <p>{@link #ON} is a constant to the compiler, so that a call pays nothing for tracing that is
 * off.
 */
final class Strace {
  static final boolean ON = "strace".equals(System.getProperty("quintet.trace"));

  /** How much of a buffer is shown, in bytes: strace's own default. */
  private static final int SHOWN = 32;

  private static final long PROCESS = ON ? ProcessHandle.current().pid() : 0;

  private Strace() {}

  static void print(long result, String call, Object... arguments) {
    System.err.println(caller() + line(result, call, arguments));
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
    byte[] head = new byte[(int) Math.min(length, SHOWN)];
    Memory.copy(address, head, 0, head.length);
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

  /** One {@code struct epoll_event}. */
  static String epollEvent(long address) {
    if (address == 0) {
      return "NULL";
    }
    return "{"
        + FlagSet.EPOLL.format(Memory.getInt(address))
        + ", 0x"
        + Long.toHexString(Memory.getLong(address + Events.DATA_OFFSET))
        + "}";
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
    return address == 0 ? "NULL" : SocketAddress.read(address, length).toString();
  }

  /** The address that a call filled in, as {@code {127.0.0.1:8080}, [16]}. */
  static String filled(long result, long address, long length) {
    return address == 0 || result < 0
        ? "0x" + Long.toHexString(address)
        : address(address, Memory.getInt(length)) + ", [" + Memory.getInt(length) + "]";
  }

  static String path(long address) {
    return "\"" + cString(address) + "\"";
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
