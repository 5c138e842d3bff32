package io.quintet.kernel;

import io.quintet.ffi.Errno;
import io.quintet.ffi.FileStatus;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The name of a unix socket in the file system, as far as it is this server's to remove: what
 * another process has made, or has put in its place, is left alone. Any thread; a kernel belongs to
 * the one that calls.
 */
public final class SocketName {
  /** A name, and what it stood for when it became this server's. */
  private record Own(String path, FileStatus status) {}

  private final AtomicReference<@Nullable Own> own = new AtomicReference<>();

  /** None yet. */
  public SocketName() {}

  /**
   * Makes way for a socket: one that stands at the path, and that nobody answers, is removed.
   *
   * @param kernel kernel of the thread
   * @param address where a socket is to be bound
   * @throws LinuxException if the kernel refuses a socket to ask with
   */
  public static void removeStale(Kernel kernel, SocketAddress.UnixPath address) {
    Optional<FileStatus> found = kernel.status(address.path());
    if (found.filter(FileStatus::isSocket).isEmpty()) {
      return; // connect(2) is refused by a regular file too
    }
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    int probe = LinuxException.check(kernel.socket(Linux.AF_UNIX(), type, 0), "socket");
    int result = kernel.connect(probe, address);
    kernel.close(probe);
    if (result == -Errno.ECONNREFUSED.number()) {
      remove(kernel, new Own(address.path(), found.get()));
    }
  }

  /**
   * A socket of this server has just been bound to a path.
   *
   * @param kernel kernel of the thread
   * @param path path
   */
  public void bound(Kernel kernel, String path) {
    kernel.status(path).ifPresent(status -> own.set(new Own(path, status)));
  }

  /**
   * The server before this one leaves its name to this one.
   *
   * @param kernel kernel of the thread
   * @param path path
   * @param inode what {@link #leave} told
   */
  public void inherited(Kernel kernel, String path, long inode) {
    kernel
        .status(path)
        .filter(status -> status.isSocket() && status.inode() == inode)
        .ifPresent(status -> own.set(new Own(path, status)));
  }

  /**
   * Leaves the name to the server after this one, unless that cannot be told of it.
   *
   * @param told tells it the inode of the socket, 0 where it is not this server's, and says whether
   *     it could
   * @return whether it was told
   */
  public boolean leave(LongPredicate told) {
    Own before = own.getAndSet(null);
    boolean left = told.test(before == null ? 0 : before.status().inode());
    if (!left) {
      own.set(before);
    }
    return left;
  }

  /**
   * Removes the name, if it is this server's still. When this returns it is gone, whoever removed
   * it.
   *
   * @param kernel kernel of the thread
   * @return 0, also where nothing had to be removed, or the negated error number
   */
  public synchronized int remove(Kernel kernel) {
    Own before = own.getAndSet(null);
    return before == null ? 0 : remove(kernel, before);
  }

  private static int remove(Kernel kernel, Own own) {
    boolean there = kernel.status(own.path()).filter(own.status()::isSame).isPresent();
    return there ? kernel.unlink(own.path()) : 0;
  }
}
