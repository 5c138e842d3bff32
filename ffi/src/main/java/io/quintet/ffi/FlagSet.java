package io.quintet.ffi;

import static java.util.Map.entry;

import io.quintet.ffi.linux.Linux;
import java.util.List;
import java.util.Map;

/**
 * Numbers that print by name, as strace(1) prints them: {@code EPOLLIN|EPOLLRDHUP}.
 *
 * <p>A set of bits prints each name that it holds and what is left in hexadecimal; a choice prints
 * the one name of its number. Immutable; any thread may use it.
 */
public final class FlagSet {
  /** The events of epoll_ctl(2) and epoll_wait(2). */
  public static final FlagSet EPOLL =
      bits(
          entry("EPOLLIN", Linux.EPOLLIN()),
          entry("EPOLLPRI", Linux.EPOLLPRI()),
          entry("EPOLLOUT", Linux.EPOLLOUT()),
          entry("EPOLLERR", Linux.EPOLLERR()),
          entry("EPOLLHUP", Linux.EPOLLHUP()),
          entry("EPOLLRDHUP", Linux.EPOLLRDHUP()),
          entry("EPOLLEXCLUSIVE", Linux.EPOLLEXCLUSIVE()),
          entry("EPOLLWAKEUP", Linux.EPOLLWAKEUP()),
          entry("EPOLLONESHOT", Linux.EPOLLONESHOT()),
          entry("EPOLLET", Linux.EPOLLET()));

  /** The events of poll(2). */
  public static final FlagSet POLL =
      bits(
          entry("POLLIN", Linux.POLLIN()),
          entry("POLLOUT", Linux.POLLOUT()),
          entry("POLLERR", Linux.POLLERR()),
          entry("POLLHUP", Linux.POLLHUP()),
          entry("POLLNVAL", Linux.POLLNVAL()),
          entry("POLLRDHUP", Linux.POLLRDHUP()));

  /** What epoll_ctl(2) is to do. */
  public static final FlagSet EPOLL_CTL =
      choice(
          entry("EPOLL_CTL_ADD", Linux.EPOLL_CTL_ADD()),
          entry("EPOLL_CTL_DEL", Linux.EPOLL_CTL_DEL()),
          entry("EPOLL_CTL_MOD", Linux.EPOLL_CTL_MOD()));

  /** The flags of epoll_create1(2). */
  public static final FlagSet EPOLL_CREATE = bits(entry("EPOLL_CLOEXEC", Linux.EPOLL_CLOEXEC()));

  /** The flags of eventfd(2). */
  public static final FlagSet EVENTFD =
      bits(
          entry("EFD_SEMAPHORE", Linux.EFD_SEMAPHORE()),
          entry("EFD_NONBLOCK", Linux.EFD_NONBLOCK()),
          entry("EFD_CLOEXEC", Linux.EFD_CLOEXEC()));

  /** The flags of accept4(2). */
  public static final FlagSet ACCEPT =
      bits(
          entry("SOCK_NONBLOCK", Linux.SOCK_NONBLOCK()),
          entry("SOCK_CLOEXEC", Linux.SOCK_CLOEXEC()));

  /** Socket types without their flags, as socket(2) takes them. */
  public static final FlagSet SOCKET_TYPE =
      choice(
          entry("SOCK_STREAM", Linux.SOCK_STREAM()),
          entry("SOCK_DGRAM", Linux.SOCK_DGRAM()),
          entry("SOCK_SEQPACKET", Linux.SOCK_SEQPACKET()));

  /** Address families. */
  public static final FlagSet FAMILY =
      choice(
          entry("AF_UNSPEC", Linux.AF_UNSPEC()),
          entry("AF_UNIX", Linux.AF_UNIX()),
          entry("AF_INET", Linux.AF_INET()),
          entry("AF_INET6", Linux.AF_INET6()));

  /** The flags of send(2) and recv(2). */
  public static final FlagSet MESSAGE =
      bits(
          entry("MSG_PEEK", Linux.MSG_PEEK()),
          entry("MSG_CTRUNC", Linux.MSG_CTRUNC()),
          entry("MSG_TRUNC", Linux.MSG_TRUNC()),
          entry("MSG_DONTWAIT", Linux.MSG_DONTWAIT()),
          entry("MSG_WAITALL", Linux.MSG_WAITALL()),
          entry("MSG_ERRQUEUE", Linux.MSG_ERRQUEUE()),
          entry("MSG_NOSIGNAL", Linux.MSG_NOSIGNAL()),
          entry("MSG_MORE", Linux.MSG_MORE()),
          entry("MSG_ZEROCOPY", Linux.MSG_ZEROCOPY()),
          entry("MSG_CMSG_CLOEXEC", Linux.MSG_CMSG_CLOEXEC()));

  /** Which half of a connection shutdown(2) ends. */
  public static final FlagSet SHUTDOWN =
      choice(
          entry("SHUT_RD", Linux.SHUT_RD()),
          entry("SHUT_WR", Linux.SHUT_WR()),
          entry("SHUT_RDWR", Linux.SHUT_RDWR()));

  /** The commands of fcntl(2). */
  public static final FlagSet FCNTL =
      choice(
          entry("F_GETFD", Linux.F_GETFD()),
          entry("F_SETFD", Linux.F_SETFD()),
          entry("F_GETFL", Linux.F_GETFL()),
          entry("F_SETFL", Linux.F_SETFL()),
          entry("F_DUPFD_CLOEXEC", Linux.F_DUPFD_CLOEXEC()),
          entry("F_GETPIPE_SZ", Linux.F_GETPIPE_SZ()),
          entry("F_SETPIPE_SZ", Linux.F_SETPIPE_SZ()));

  /** The flags of open(2) and pipe2(2); O_RDONLY is no bit, so an empty set prints 0. */
  public static final FlagSet OPEN =
      bits(
          entry("O_WRONLY", Linux.O_WRONLY()),
          entry("O_RDWR", Linux.O_RDWR()),
          entry("O_CREAT", Linux.O_CREAT()),
          entry("O_TRUNC", Linux.O_TRUNC()),
          entry("O_APPEND", Linux.O_APPEND()),
          entry("O_NONBLOCK", Linux.O_NONBLOCK()),
          entry("O_CLOEXEC", Linux.O_CLOEXEC()));

  /** The flags of splice(2). */
  public static final FlagSet SPLICE =
      bits(
          entry("SPLICE_F_MOVE", Linux.SPLICE_F_MOVE()),
          entry("SPLICE_F_NONBLOCK", Linux.SPLICE_F_NONBLOCK()),
          entry("SPLICE_F_MORE", Linux.SPLICE_F_MORE()),
          entry("SPLICE_F_GIFT", Linux.SPLICE_F_GIFT()));

  private final List<Map.Entry<String, Integer>> names;
  private final boolean choice;

  private FlagSet(List<Map.Entry<String, Integer>> names, boolean choice) {
    this.names = names;
    this.choice = choice;
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static FlagSet bits(Map.Entry<String, Integer>... names) {
    return new FlagSet(List.of(names), false);
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static FlagSet choice(Map.Entry<String, Integer>... names) {
    return new FlagSet(List.of(names), true);
  }

  /**
   * A number by its names.
   *
   * @param value the number
   * @return for example {@code EPOLLIN|EPOLLRDHUP|0x40}; 0 where no bit is set
   */
  public String format(int value) {
    return choice ? name(value) : join(value);
  }

  private String name(int value) {
    for (Map.Entry<String, Integer> name : names) {
      if (name.getValue() == value) {
        return name.getKey();
      }
    }
    return "0x" + Integer.toHexString(value);
  }

  private String join(int value) {
    StringBuilder text = new StringBuilder();
    int left = value;
    for (Map.Entry<String, Integer> name : names) {
      int bits = name.getValue();
      if ((left & bits) == bits) {
        text.append(text.isEmpty() ? "" : "|").append(name.getKey());
        left &= ~bits;
      }
    }
    if (left != 0) {
      text.append(text.isEmpty() ? "" : "|").append("0x").append(Integer.toHexString(left));
    }
    return text.isEmpty() ? "0" : text.toString();
  }
}
