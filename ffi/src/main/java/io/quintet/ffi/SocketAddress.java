package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.sockaddr;
import io.quintet.ffi.linux.sockaddr_in;
import io.quintet.ffi.linux.sockaddr_in6;
import io.quintet.ffi.linux.sockaddr_storage;
import io.quintet.ffi.linux.sockaddr_un;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Where a socket is bound or connected: ip(7), ipv6(7), unix(7).
 *
 * <p>Values; any thread may use them. {@link #write} and {@link #read} lay them out as the kernel
 * has them, in memory that the caller owns.
 */
public sealed interface SocketAddress {
  /** Bytes that hold any address: the size of {@code struct sockaddr_storage}. */
  int BYTES_MAX = (int) sockaddr_storage.layout().byteSize();

  /** Bytes of a unix address before its name. */
  int UNIX_PATH_OFFSET = (int) sockaddr_un.sun_path$offset();

  /** Longest name of a unix socket, in bytes. */
  int UNIX_PATH_MAX = (int) (sockaddr_un.layout().byteSize() - UNIX_PATH_OFFSET - 1);

  /**
   * The address without the port, an IPv6 one as RFC 5952 writes it, with its zone where it has one
   * (RFC 4007).
   *
   * @return for example {@code 127.0.0.1}, {@code ::1} or {@code fe80::1%2}; empty for what is no
   *     IP address
   */
  default String host() {
    return "";
  }

  /**
   * This address, or the IPv4 address that it is mapped from: the same peer has either, by the
   * family of the socket that it meets.
   *
   * @return an address that equals another one's if it is the same peer's
   */
  default SocketAddress unmapped() {
    return this;
  }

  /**
   * An IPv4 address and port.
   *
   * @param bits the address, most significant byte first: 0x7f000001 is 127.0.0.1
   * @param port 0 to 65535
   */
  record Inet4(int bits, int port) implements SocketAddress {
    /** Refuses a port out of range. */
    public Inet4 {
      checkPort(port);
    }

    @Override
    public String toString() {
      return host() + ":" + port;
    }

    @Override
    public String host() {
      return (bits >>> 24)
          + "."
          + (bits >>> 16 & 255)
          + "."
          + (bits >>> 8 & 255)
          + "."
          + (bits & 255);
    }
  }

  /**
   * An IPv6 address and port.
   *
   * @param high first 8 bytes, most significant first
   * @param low last 8 bytes
   * @param port 0 to 65535
   * @param scope index of the interface for a link-local address, else 0
   */
  record Inet6(long high, long low, int port, int scope) implements SocketAddress {
    /** Refuses a port out of range. */
    public Inet6 {
      checkPort(port);
    }

    @Override
    public String toString() {
      return "[" + host() + "]:" + port;
    }

    @Override
    public String host() {
      return digits() + (scope == 0 ? "" : "%" + Integer.toUnsignedString(scope));
    }

    /**
     * Whether it is an IPv4 address, as a socket of IPv6 has those of IPv4 clients, RFC 4291
     * §2.5.5.2.
     *
     * @return whether it is of ::ffff:0:0/96
     */
    public boolean isIpv4Mapped() {
      return high == 0 && low >>> 32 == 0xffff;
    }

    @Override
    public SocketAddress unmapped() {
      return isIpv4Mapped() ? new Inet4((int) low, port) : this;
    }

    /**
     * Whether it holds on one link alone, and so means nothing without its zone, RFC 4291 §2.5.6.
     *
     * @return whether it is of fe80::/10
     */
    public boolean isLinkLocal() {
      return high >>> 54 == 0xfe80 >>> 6;
    }

    private String digits() {
      if (isIpv4Mapped()) {
        return "::ffff:" + unmapped().host(); // RFC 5952 §5
      }
      int runStart = -1;
      int runLength = 1; // RFC 5952 §4.2.2: a single zero field is not shortened
      for (int i = 0; i < 8; i++) {
        int length = zeroes(i);
        if (length > runLength) {
          runStart = i;
          runLength = length;
        }
      }
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 8; ) {
        if (i == runStart) {
          text.append("::");
          i += runLength;
        } else {
          text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
          text.append(Integer.toHexString(field(i)));
          i++;
        }
      }
      return text.toString();
    }

    private int zeroes(int from) {
      int i = from;
      while (i < 8 && field(i) == 0) {
        i++;
      }
      return i - from;
    }

    private int field(int i) {
      return (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3))) & 0xffff;
    }
  }

  /**
   * A unix socket in the file system.
   *
   * @param path path, 1 to 107 bytes in UTF-8
   */
  record UnixPath(String path) implements SocketAddress {
    /** Refuses a path that does not fit. */
    public UnixPath {
      checkName(path, 1);
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * A unix socket in the abstract namespace, which no file stands for.
   *
   * @param name name, 0 to 107 bytes in UTF-8
   */
  record UnixAbstract(String name) implements SocketAddress {
    /** Refuses a name that does not fit. */
    public UnixAbstract {
      checkName(name, 0);
    }

    @Override
    public String toString() {
      return "unix:@" + name;
    }
  }

  /**
   * No address, such as an unbound unix socket's.
   *
   * @param family address family
   */
  record Unnamed(int family) implements SocketAddress {
    @Override
    public String toString() {
      return "unnamed " + FlagSet.FAMILY.format(family);
    }
  }

  /**
   * An IP address and port.
   *
   * @param host address as digits, an IPv6 one perhaps with its zone behind a percent sign (the
   *     name of an interface or its index, RFC 4007), or a name that the resolver knows, which
   *     stands for its first IPv4 address or else its first
   * @param port 0 to 65535
   * @return the address
   * @throws IllegalArgumentException if the name does not resolve, there is no such interface or
   *     the port is out of range
   */
  static SocketAddress inet(String host, int port) {
    String given =
        host.startsWith("[") && host.endsWith("]") ? host.replaceAll("[\\[\\]]", "") : host;
    int percent = given.indexOf('%');
    byte[] bytes = resolved(percent < 0 ? given : given.substring(0, percent));
    String digits = HexFormat.of().formatHex(bytes);
    if (bytes.length == 4 && percent < 0) {
      return new Inet4(Integer.parseUnsignedInt(digits, 16), port);
    }
    if (bytes.length == 4) {
      throw new IllegalArgumentException("only an IPv6 address has a zone, not " + host);
    }
    return new Inet6(
        Long.parseUnsignedLong(digits.substring(0, 16), 16),
        Long.parseUnsignedLong(digits.substring(16), 16),
        port,
        percent < 0 ? 0 : zone(given.substring(percent + 1)));
  }

  private static byte[] resolved(String host) {
    try {
      InetAddress[] all = InetAddress.getAllByName(host);
      for (InetAddress address : all) {
        if (address instanceof Inet4Address) {
          return address.getAddress();
        }
      }
      return all[0].getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no address is known for the host " + host, e);
    }
  }

  private static int zone(String zone) {
    try {
      if (zone.matches("[0-9]{1,10}")) {
        return Integer.parseUnsignedInt(zone);
      }
      NetworkInterface found = NetworkInterface.getByName(zone);
      if (found != null) {
        return found.getIndex();
      }
      throw new IllegalArgumentException("there is no interface " + zone);
    } catch (SocketException | NumberFormatException e) {
      throw new IllegalArgumentException("there is no interface " + zone, e);
    }
  }

  /**
   * The address family.
   *
   * @return AF_INET, AF_INET6, AF_UNIX or another
   */
  default int family() {
    return switch (this) {
      case Inet4 _ -> Linux.AF_INET();
      case Inet6 _ -> Linux.AF_INET6();
      case UnixPath _, UnixAbstract _ -> Linux.AF_UNIX();
      case Unnamed unnamed -> unnamed.family();
    };
  }

  /**
   * The same address as the JDK's networking has it.
   *
   * @return an {@link InetSocketAddress}, or a {@link UnixDomainSocketAddress} without a path for
   *     what has none
   */
  default java.net.SocketAddress toJdk() {
    return switch (this) {
      case Inet4 inet -> jdk(ByteBuffer.allocate(4).putInt(inet.bits()), inet.port(), 0);
      case Inet6 inet ->
          jdk(
              ByteBuffer.allocate(16).putLong(inet.high()).putLong(inet.low()),
              inet.port(),
              inet.scope());
      case UnixPath unix -> UnixDomainSocketAddress.of(unix.path());
      case UnixAbstract _, Unnamed _ -> UnixDomainSocketAddress.of("");
    };
  }

  private static InetSocketAddress jdk(ByteBuffer bits, int port, int scope) {
    try {
      InetAddress address =
          scope == 0
              ? InetAddress.getByAddress(bits.array())
              : Inet6Address.getByAddress(null, bits.array(), scope);
      return new InetSocketAddress(address, port);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 or 16 bytes is one", e);
    }
  }

  /**
   * Lays the address out as the kernel has it.
   *
   * @param address memory of at least {@link #BYTES_MAX} bytes
   * @return bytes written, to be passed as the address's length
   */
  default int write(long address) {
    Memory.putShort(address + sockaddr.sa_family$offset(), (short) family());
    return switch (this) {
      case Inet4 inet -> {
        putPort(address + sockaddr_in.sin_port$offset(), inet.port());
        Memory.putInt(address + sockaddr_in.sin_addr$offset(), Integer.reverseBytes(inet.bits()));
        Memory.putLong(address + sockaddr_in.sin_zero$offset(), 0);
        yield (int) sockaddr_in.layout().byteSize();
      }
      case Inet6 inet -> {
        putPort(address + sockaddr_in6.sin6_port$offset(), inet.port());
        Memory.putInt(address + sockaddr_in6.sin6_flowinfo$offset(), 0);
        long bits = address + sockaddr_in6.sin6_addr$offset();
        Memory.putLong(bits, Long.reverseBytes(inet.high()));
        Memory.putLong(bits + 8, Long.reverseBytes(inet.low()));
        Memory.putInt(address + sockaddr_in6.sin6_scope_id$offset(), inet.scope());
        yield (int) sockaddr_in6.layout().byteSize();
      }
      case UnixPath unix -> {
        byte[] path = unix.path().getBytes(StandardCharsets.UTF_8);
        Memory.copy(path, 0, address + UNIX_PATH_OFFSET, path.length);
        Memory.putByte(address + UNIX_PATH_OFFSET + path.length, (byte) 0);
        yield UNIX_PATH_OFFSET + path.length + 1;
      }
      case UnixAbstract unix -> {
        byte[] name = unix.name().getBytes(StandardCharsets.UTF_8);
        Memory.putByte(address + UNIX_PATH_OFFSET, (byte) 0);
        Memory.copy(name, 0, address + UNIX_PATH_OFFSET + 1, name.length);
        yield UNIX_PATH_OFFSET + 1 + name.length;
      }
      case Unnamed _ -> UNIX_PATH_OFFSET;
    };
  }

  /**
   * Reads an address as the kernel lays it out.
   *
   * @param address memory
   * @param length bytes that the kernel says it has
   * @return the address
   */
  static SocketAddress read(long address, int length) {
    if (length < Short.BYTES) {
      return new Unnamed(Linux.AF_UNSPEC());
    }
    int family = Memory.getShort(address + sockaddr.sa_family$offset());
    if (family == Linux.AF_INET()) {
      return new Inet4(
          Integer.reverseBytes(Memory.getInt(address + sockaddr_in.sin_addr$offset())),
          getPort(address + sockaddr_in.sin_port$offset()));
    }
    if (family == Linux.AF_INET6()) {
      long bits = address + sockaddr_in6.sin6_addr$offset();
      return new Inet6(
          Long.reverseBytes(Memory.getLong(bits)),
          Long.reverseBytes(Memory.getLong(bits + 8)),
          getPort(address + sockaddr_in6.sin6_port$offset()),
          Memory.getInt(address + sockaddr_in6.sin6_scope_id$offset()));
    }
    return family == Linux.AF_UNIX() && length > UNIX_PATH_OFFSET
        ? readUnix(address + UNIX_PATH_OFFSET, length - UNIX_PATH_OFFSET)
        : new Unnamed(family);
  }

  private static SocketAddress readUnix(long name, int length) {
    boolean inFileSystem = Memory.getByte(name) != 0;
    int from = inFileSystem ? 0 : 1;
    int to = length;
    while (inFileSystem && to > 0 && Memory.getByte(name + to - 1) == 0) {
      to--; // the kernel counts the terminating NUL, and at times padding
    }
    byte[] text = new byte[to - from];
    Memory.copy(name + from, text, 0, text.length);
    String string = new String(text, StandardCharsets.UTF_8);
    return inFileSystem ? new UnixPath(string) : new UnixAbstract(string);
  }

  private static void putPort(long address, int port) {
    Memory.putShort(address, Short.reverseBytes((short) port));
  }

  private static int getPort(long address) {
    return Short.reverseBytes(Memory.getShort(address)) & 0xffff;
  }

  private static void checkPort(int port) {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not within 0 to 65535");
    }
  }

  private static void checkName(String name, int least) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < least || bytes > UNIX_PATH_MAX || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "unix socket name of "
              + bytes
              + " bytes: valid are "
              + least
              + " to "
              + UNIX_PATH_MAX
              + " without NUL");
    }
  }
}
