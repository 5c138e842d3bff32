package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.linger;
import io.quintet.ffi.linux.sock_fprog;
import io.quintet.ffi.linux.tcp_info;
import io.quintet.ffi.linux.ucred;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/**
 * A socket option with the type of its value: socket(7), tcp(7), ipv6(7).
 *
 * @param <T> type of its value
 * @param name name, as the manual has it
 * @param level level
 * @param number number
 * @param kind how its value is laid out
 */
public record SocketOption<T>(String name, int level, int number, Kind<T> kind) {
  /** Bind to an address that connections in TIME_WAIT still use. */
  public static final SocketOption<Boolean> SO_REUSEADDR =
      socket("SO_REUSEADDR", Linux.SO_REUSEADDR(), Kind.BOOLEAN);

  /** Several listeners on one port; the kernel spreads connections over them. */
  public static final SocketOption<Boolean> SO_REUSEPORT =
      socket("SO_REUSEPORT", Linux.SO_REUSEPORT(), Kind.BOOLEAN);

  /** Probe idle connections. */
  public static final SocketOption<Boolean> SO_KEEPALIVE =
      socket("SO_KEEPALIVE", Linux.SO_KEEPALIVE(), Kind.BOOLEAN);

  /** Receive buffer in bytes; the kernel doubles what is set. */
  public static final SocketOption<Integer> SO_RCVBUF =
      socket("SO_RCVBUF", Linux.SO_RCVBUF(), Kind.INTEGER);

  /** Send buffer in bytes; the kernel doubles what is set. */
  public static final SocketOption<Integer> SO_SNDBUF =
      socket("SO_SNDBUF", Linux.SO_SNDBUF(), Kind.INTEGER);

  /** The pending error number, cleared by reading it. */
  public static final SocketOption<Integer> SO_ERROR =
      socket("SO_ERROR", Linux.SO_ERROR(), Kind.INTEGER);

  /** The address family; it can only be read. */
  public static final SocketOption<Integer> SO_DOMAIN =
      socket("SO_DOMAIN", Linux.SO_DOMAIN(), Kind.INTEGER);

  /** The type, such as SOCK_STREAM; it can only be read. */
  public static final SocketOption<Integer> SO_TYPE =
      socket("SO_TYPE", Linux.SO_TYPE(), Kind.INTEGER);

  /** Whether it listens; it can only be read. */
  public static final SocketOption<Boolean> SO_ACCEPTCONN =
      socket("SO_ACCEPTCONN", Linux.SO_ACCEPTCONN(), Kind.BOOLEAN);

  /** What close(2) does with unsent bytes. */
  public static final SocketOption<Linger> SO_LINGER =
      socket("SO_LINGER", Linux.SO_LINGER(), Kind.LINGER);

  /** Who is at the other end of a unix socket. */
  public static final SocketOption<Credentials> SO_PEERCRED =
      socket("SO_PEERCRED", Linux.SO_PEERCRED(), Kind.CREDENTIALS);

  /** A classic BPF program that picks one of the listeners that share a port. */
  public static final SocketOption<SocketFilter> SO_ATTACH_REUSEPORT_CBPF =
      socket("SO_ATTACH_REUSEPORT_CBPF", Linux.SO_ATTACH_REUSEPORT_CBPF(), Kind.FILTER);

  /** Takes that program away; the value means nothing. */
  public static final SocketOption<Boolean> SO_DETACH_REUSEPORT_BPF =
      socket("SO_DETACH_REUSEPORT_BPF", Linux.SO_DETACH_REUSEPORT_BPF(), Kind.BOOLEAN);

  /** Send small segments at once. */
  public static final SocketOption<Boolean> TCP_NODELAY =
      tcp("TCP_NODELAY", Linux.TCP_NODELAY(), Kind.BOOLEAN);

  /** Hold back partial segments. */
  public static final SocketOption<Boolean> TCP_CORK =
      tcp("TCP_CORK", Linux.TCP_CORK(), Kind.BOOLEAN);

  /** Seconds to wait for a first byte before a connection is accepted without one. */
  public static final SocketOption<Integer> TCP_DEFER_ACCEPT =
      tcp("TCP_DEFER_ACCEPT", Linux.TCP_DEFER_ACCEPT(), Kind.INTEGER);

  /** Length of the queue of connections opened with data. */
  public static final SocketOption<Integer> TCP_FASTOPEN =
      tcp("TCP_FASTOPEN", Linux.TCP_FASTOPEN(), Kind.INTEGER);

  /** A listener's accept queue, as TCP_INFO tells of it; it can only be read. */
  public static final SocketOption<AcceptQueue> TCP_INFO_OF_LISTENER =
      new SocketOption<>("TCP_INFO", Linux.IPPROTO_TCP(), Linux.TCP_INFO(), Kind.ACCEPT_QUEUE);

  /** Milliseconds that sent bytes may stay unacknowledged. */
  public static final SocketOption<Integer> TCP_USER_TIMEOUT =
      tcp("TCP_USER_TIMEOUT", Linux.TCP_USER_TIMEOUT(), Kind.INTEGER);

  /** An IPv6 socket that takes no IPv4 connections. */
  public static final SocketOption<Boolean> IPV6_V6ONLY =
      new SocketOption<>("IPV6_V6ONLY", Linux.IPPROTO_IPV6(), Linux.IPV6_V6ONLY(), Kind.BOOLEAN);

  private static final List<SocketOption<?>> ALL =
      List.of(
          SO_REUSEADDR,
          SO_REUSEPORT,
          SO_KEEPALIVE,
          SO_RCVBUF,
          SO_SNDBUF,
          SO_ERROR,
          SO_DOMAIN,
          SO_TYPE,
          SO_ACCEPTCONN,
          SO_LINGER,
          SO_PEERCRED,
          SO_ATTACH_REUSEPORT_CBPF,
          SO_DETACH_REUSEPORT_BPF,
          TCP_NODELAY,
          TCP_CORK,
          TCP_DEFER_ACCEPT,
          TCP_FASTOPEN,
          TCP_USER_TIMEOUT,
          IPV6_V6ONLY);

  /**
   * What close(2) does with unsent bytes.
   *
   * @param on whether close waits for them
   * @param seconds how long; 0 with {@code on} resets the connection
   */
  public record Linger(boolean on, int seconds) {}

  /**
   * Who is at the other end of a unix socket.
   *
   * @param pid process
   * @param uid user
   * @param gid group
   */
  public record Credentials(int pid, int uid, int gid) {}

  /**
   * Connections that wait for accept(2).
   *
   * @param listens whether the socket is in the state LISTEN; else the numbers mean something else
   * @param length how many wait
   * @param max the backlog: one more than so many may wait
   */
  public record AcceptQueue(boolean listens, int length, int max) {}

  /**
   * How a value is laid out in memory.
   *
   * @param <T> type of the value
   */
  public sealed interface Kind<T> {
    /** An int that is 0 or 1. */
    Kind<Boolean> BOOLEAN = new BooleanKind();

    /** An int. */
    Kind<Integer> INTEGER = new IntegerKind();

    /** A {@code struct linger}. */
    Kind<Linger> LINGER = new LingerKind();

    /** A {@code struct sock_fprog}, which can only be set. */
    Kind<SocketFilter> FILTER = new FilterKind();

    /** A {@code struct ucred}, which can only be read. */
    Kind<Credentials> CREDENTIALS = new CredentialsKind();

    /** A {@code struct tcp_info}, which can only be read. */
    Kind<AcceptQueue> ACCEPT_QUEUE = new AcceptQueueKind();

    /**
     * Bytes that a value takes.
     *
     * @return at least 4
     */
    long bytes();

    /**
     * Lays a value out.
     *
     * @param allocator where
     * @param value value
     * @return the memory
     */
    MemorySegment write(SegmentAllocator allocator, T value);

    /**
     * Reads a value.
     *
     * @param memory memory of {@link #bytes()} bytes
     * @return the value
     */
    T read(MemorySegment memory);
  }

  private record BooleanKind() implements Kind<Boolean> {
    @Override
    public long bytes() {
      return JAVA_INT.byteSize();
    }

    @Override
    public MemorySegment write(SegmentAllocator allocator, Boolean value) {
      return allocator.allocateFrom(JAVA_INT, value ? 1 : 0);
    }

    @Override
    public Boolean read(MemorySegment memory) {
      return memory.get(JAVA_INT, 0) != 0;
    }
  }

  private record IntegerKind() implements Kind<Integer> {
    @Override
    public long bytes() {
      return JAVA_INT.byteSize();
    }

    @Override
    public MemorySegment write(SegmentAllocator allocator, Integer value) {
      return allocator.allocateFrom(JAVA_INT, value);
    }

    @Override
    public Integer read(MemorySegment memory) {
      return memory.get(JAVA_INT, 0);
    }
  }

  private record LingerKind() implements Kind<Linger> {
    @Override
    public long bytes() {
      return linger.layout().byteSize();
    }

    @Override
    public MemorySegment write(SegmentAllocator allocator, Linger value) {
      MemorySegment memory = linger.allocate(allocator);
      linger.l_onoff(memory, value.on() ? 1 : 0);
      linger.l_linger(memory, value.seconds());
      return memory;
    }

    @Override
    public Linger read(MemorySegment memory) {
      return new Linger(linger.l_onoff(memory) != 0, linger.l_linger(memory));
    }
  }

  private record CredentialsKind() implements Kind<Credentials> {
    @Override
    public long bytes() {
      return ucred.layout().byteSize();
    }

    @Override
    public MemorySegment write(SegmentAllocator allocator, Credentials value) {
      throw new UnsupportedOperationException("SO_PEERCRED can only be read");
    }

    @Override
    public Credentials read(MemorySegment memory) {
      return new Credentials(ucred.pid(memory), ucred.uid(memory), ucred.gid(memory));
    }
  }

  private record AcceptQueueKind() implements Kind<AcceptQueue> {
    /** TCP_LISTEN of include/net/tcp_states.h. */
    private static final int LISTEN = 10;

    @Override
    public long bytes() {
      return tcp_info.tcpi_sacked$offset()
          + Integer.BYTES; // what follows differs by the libc's headers
    }

    @Override
    public MemorySegment write(SegmentAllocator allocator, AcceptQueue value) {
      throw new UnsupportedOperationException("TCP_INFO can only be read");
    }

    @Override
    public AcceptQueue read(MemorySegment memory) {
      return new AcceptQueue(
          tcp_info.tcpi_state(memory) == LISTEN,
          tcp_info.tcpi_unacked(memory),
          tcp_info.tcpi_sacked(memory));
    }
  }

  private record FilterKind() implements Kind<SocketFilter> {
    @Override
    public long bytes() {
      return sock_fprog.layout().byteSize();
    }

    @Override
    public MemorySegment write(SegmentAllocator allocator, SocketFilter value) {
      return value.write(allocator);
    }

    @Override
    public SocketFilter read(MemorySegment memory) {
      throw new UnsupportedOperationException("SO_ATTACH_REUSEPORT_CBPF can only be set");
    }
  }

  private static <T> SocketOption<T> socket(String name, int number, Kind<T> kind) {
    return new SocketOption<>(name, Linux.SOL_SOCKET(), number, kind);
  }

  private static <T> SocketOption<T> tcp(String name, int number, Kind<T> kind) {
    return new SocketOption<>(name, Linux.IPPROTO_TCP(), number, kind);
  }

  /** Level and option by name where they are known: {@code SOL_SOCKET, SO_REUSEADDR}. */
  static String format(int level, int number) {
    for (SocketOption<?> option : ALL) {
      if (option.level == level && option.number == number) {
        return levelName(level) + ", " + option.name;
      }
    }
    return levelName(level) + ", " + number;
  }

  private static String levelName(int level) {
    if (level == Linux.SOL_SOCKET()) {
      return "SOL_SOCKET";
    }
    if (level == Linux.IPPROTO_TCP()) {
      return "SOL_TCP";
    }
    return level == Linux.IPPROTO_IPV6() ? "SOL_IPV6" : Integer.toString(level);
  }
}
