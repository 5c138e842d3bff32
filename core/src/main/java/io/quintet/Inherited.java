package io.quintet;

import io.quintet.ffi.FileStatus;
import io.quintet.ffi.FlagSet;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.util.Optional;

/** What a descriptor is that another process has passed to this one. */
final class Inherited {
  /** What connections can be accepted from. */
  static final String LISTENER = "a stream socket that listens";

  private Inherited() {}

  /** In words, for whoever has passed it. */
  static String describe(Kernel kernel, int fd) {
    Optional<FileStatus> status = kernel.statusOf(fd);
    if (status.isEmpty()) {
      return "not open";
    }
    return kernel
        .option(fd, SocketOption.SO_TYPE)
        .map(type -> socket(kernel, fd, type))
        .orElseGet(status.get()::kind);
  }

  private static String socket(Kernel kernel, int fd, int type) {
    int family = kernel.option(fd, SocketOption.SO_DOMAIN).orElse(Linux.AF_UNSPEC());
    boolean listens = kernel.option(fd, SocketOption.SO_ACCEPTCONN).orElse(false);
    boolean internet = family == Linux.AF_INET() || family == Linux.AF_INET6();
    boolean stream = type == Linux.SOCK_STREAM();
    if (stream && (internet || family == Linux.AF_UNIX())) {
      return listens
          ? LISTENER
          : (internet ? "a TCP socket" : "a unix socket") + " that does not listen";
    }
    return internet && type == Linux.SOCK_DGRAM()
        ? "a UDP socket"
        : "a socket of "
            + FlagSet.FAMILY.format(family)
            + " and "
            + FlagSet.SOCKET_TYPE.format(type);
  }
}
