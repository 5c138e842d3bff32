package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Calls on any descriptor: read(2), write(2), close(2), fcntl(2) and their kin.
 *
 * <p>One instance belongs to one thread at a time. A call returns a result of at least 0, or the
 * negated error number; pointers are addresses of memory that the caller owns.
 */
public final class Files {
  private static final MethodHandle READ =
      Capture.link(Linux.read$address(), Linux.read$descriptor());
  private static final MethodHandle WRITE =
      Capture.link(Linux.write$address(), Linux.write$descriptor());
  private static final MethodHandle READV =
      Capture.link(Linux.readv$address(), Linux.readv$descriptor());
  private static final MethodHandle WRITEV =
      Capture.link(Linux.writev$address(), Linux.writev$descriptor());
  private static final MethodHandle SENDFILE =
      Capture.link(Linux.sendfile$address(), Linux.sendfile$descriptor());
  private static final MethodHandle SPLICE =
      Capture.link(Linux.splice$address(), Linux.splice$descriptor());
  private static final MethodHandle CLOSE =
      Capture.link(Linux.close$address(), Linux.close$descriptor());
  private static final MethodHandle DUP = Capture.link(Linux.dup$address(), Linux.dup$descriptor());
  private static final MethodHandle PIPE2 =
      Capture.link(Linux.pipe2$address(), Linux.pipe2$descriptor());
  private static final MethodHandle FCNTL =
      Capture.linkVariadic(
          Linux.fcntl.address(), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), 2);
  private static final MethodHandle IOCTL =
      Capture.linkVariadic(
          Linux.ioctl.address(),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
          2);
  private static final MethodHandle OPEN =
      Capture.linkVariadic(
          Linux.open.address(), FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT), 2);
  private static final MethodHandle UNLINK =
      Capture.link(Linux.unlink$address(), Linux.unlink$descriptor());
  private static final MethodHandle CHMOD =
      Capture.link(Linux.chmod$address(), Linux.chmod$descriptor());

  /** Its struct is the same on every architecture, unlike that of stat(2). */
  private static final MethodHandle STATX =
      Capture.link(
          Linker.nativeLinker().defaultLookup().find("statx").orElseThrow(),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));

  /** Relative to the working directory, openat(2). */
  private static final int AT_FDCWD = -100;

  /** Of a symbolic link itself, statx(2). */
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;

  /** Of the descriptor itself, statx(2). */
  private static final int AT_EMPTY_PATH = 0x1000;

  private final Capture capture;

  Files(Capture capture) {
    this.capture = capture;
  }

  /**
   * Reads bytes, read(2).
   *
   * @param fd descriptor
   * @param buffer address to fill
   * @param length room there, in bytes
   * @return bytes read; 0 at the end, or the negated error number
   */
  public long read(int fd, long buffer, long length) {
    long result;
    try {
      result = capture.result((long) READ.invokeExact(capture.segment, fd, buffer, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "read(%d, %s, %d)", fd, Strace.bytes(buffer, result), length);
    }
    return result;
  }

  /**
   * Writes bytes, write(2).
   *
   * @param fd descriptor
   * @param buffer address of the bytes
   * @param length how many
   * @return bytes taken, which may be fewer, or the negated error number
   */
  public long write(int fd, long buffer, long length) {
    long result;
    try {
      result = capture.result((long) WRITE.invokeExact(capture.segment, fd, buffer, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "write(%d, %s, %d)", fd, Strace.bytes(buffer, length), length);
    }
    return result;
  }

  /**
   * Reads bytes into several places, readv(2).
   *
   * @param fd descriptor
   * @param vectors address of an array of struct iovec
   * @param count its length, at most 1024
   * @return bytes read; 0 at the end, or the negated error number
   */
  public long readv(int fd, long vectors, int count) {
    long result;
    try {
      result = capture.result((long) READV.invokeExact(capture.segment, fd, vectors, count));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "readv(%d, 0x%x, %d)", fd, vectors, count);
    }
    return result;
  }

  /**
   * Writes bytes from several places, writev(2).
   *
   * @param fd descriptor
   * @param vectors address of an array of struct iovec
   * @param count its length, at most 1024
   * @return bytes taken, which may be fewer, or the negated error number
   */
  public long writev(int fd, long vectors, int count) {
    long result;
    try {
      result = capture.result((long) WRITEV.invokeExact(capture.segment, fd, vectors, count));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "writev(%d, 0x%x, %d)", fd, vectors, count);
    }
    return result;
  }

  /**
   * Copies from a file to a socket inside the kernel, sendfile(2).
   *
   * @param out descriptor written
   * @param in descriptor read
   * @param offset address of a long, or 0 for the file's own position
   * @param count bytes at most
   * @return bytes copied, or the negated error number
   */
  public long sendfile(int out, int in, long offset, long count) {
    long result;
    try {
      result = capture.result((long) SENDFILE.invokeExact(capture.segment, out, in, offset, count));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sendfile(%d, %d, 0x%x, %d)", out, in, offset, count);
    }
    return result;
  }

  /**
   * Moves bytes between a pipe and another descriptor, splice(2).
   *
   * @param in descriptor read
   * @param inOffset address of a long, or 0
   * @param out descriptor written
   * @param outOffset address of a long, or 0
   * @param length bytes at most
   * @param flags SPLICE_F_MOVE and the like
   * @return bytes moved, or the negated error number
   */
  public long splice(int in, long inOffset, int out, long outOffset, long length, int flags) {
    long result;
    try {
      result =
          capture.result(
              (long)
                  SPLICE.invokeExact(capture.segment, in, inOffset, out, outOffset, length, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "splice(%d, 0x%x, %d, 0x%x, %d, %s)",
          in,
          inOffset,
          out,
          outOffset,
          length,
          FlagSet.SPLICE.format(flags));
    }
    return result;
  }

  /**
   * Closes a descriptor, close(2). It is closed even where EINTR is returned, so never close it
   * again.
   *
   * @param fd descriptor
   * @return 0, or the negated error number
   */
  public int close(int fd) {
    int result;
    try {
      result = capture.result((int) CLOSE.invokeExact(capture.segment, fd));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "close(%d)", fd);
    }
    return result;
  }

  /**
   * Duplicates a descriptor, dup(2).
   *
   * @param fd descriptor
   * @return the duplicate, or the negated error number
   */
  public int dup(int fd) {
    int result;
    try {
      result = capture.result((int) DUP.invokeExact(capture.segment, fd));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "dup(%d)", fd);
    }
    return result;
  }

  /**
   * Makes a pipe, pipe2(2).
   *
   * @param fds address of two ints that receive the reading and the writing end
   * @param flags O_NONBLOCK, O_CLOEXEC
   * @return 0, or the negated error number
   */
  public int pipe2(long fds, int flags) {
    int result;
    try {
      result = capture.result((int) PIPE2.invokeExact(capture.segment, fds, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "pipe2([%s, %s], %s)",
          Strace.int32(fds),
          Strace.int32(fds + 4),
          FlagSet.OPEN.format(flags));
    }
    return result;
  }

  /**
   * Reads or changes a descriptor's flags, fcntl(2).
   *
   * @param fd descriptor
   * @param command F_GETFL, F_SETFL, F_GETFD, F_SETFD and the like
   * @param argument what the command takes, or 0
   * @return what the command gives, or the negated error number
   */
  public int fcntl(int fd, int command, int argument) {
    int result;
    try {
      result = capture.result((int) FCNTL.invokeExact(capture.segment, fd, command, argument));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "fcntl(%d, %s, 0x%x)", fd, FlagSet.FCNTL.format(command), argument);
    }
    return result;
  }

  /**
   * Asks a device, ioctl(2).
   *
   * @param fd descriptor
   * @param request FIONREAD, SIOCOUTQ and the like
   * @param argument address of what the request takes
   * @return 0, or the negated error number
   */
  public int ioctl(int fd, long request, long argument) {
    int result;
    try {
      result = capture.result((int) IOCTL.invokeExact(capture.segment, fd, request, argument));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "ioctl(%d, 0x%x, 0x%x)", fd, request, argument);
    }
    return result;
  }

  /**
   * Opens a file, open(2).
   *
   * @param path address of a C string
   * @param flags O_RDONLY, O_CLOEXEC and the like
   * @param mode permissions of a new file
   * @return the descriptor, or the negated error number
   */
  public int open(long path, int flags, int mode) {
    int result;
    try {
      result = capture.result((int) OPEN.invokeExact(capture.segment, path, flags, mode));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result, "open(%s, %s, 0%o)", Strace.path(path), FlagSet.OPEN.format(flags), mode);
    }
    return result;
  }

  /**
   * Removes a name, unlink(2).
   *
   * @param path address of a C string
   * @return 0, or the negated error number
   */
  public int unlink(long path) {
    int result;
    try {
      result = capture.result((int) UNLINK.invokeExact(capture.segment, path));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "unlink(%s)", Strace.path(path));
    }
    return result;
  }

  /**
   * Changes permissions, chmod(2).
   *
   * @param path address of a C string
   * @param mode permissions
   * @return 0, or the negated error number
   */
  public int chmod(long path, int mode) {
    int result;
    try {
      result = capture.result((int) CHMOD.invokeExact(capture.segment, path, mode));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "chmod(%s, 0%o)", Strace.path(path), mode);
    }
    return result;
  }

  /**
   * Looks at a file, statx(2).
   *
   * @param directory descriptor of a directory, or AT_FDCWD, -100
   * @param path address of a C string
   * @param flags AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH and the like, or 0
   * @param mask what is asked for, STATX_TYPE and the like
   * @param status address of {@link FileStatus#BYTES} bytes to fill
   * @return 0, or the negated error number
   */
  public int statx(int directory, long path, int flags, int mask, long status) {
    int result;
    try {
      result =
          capture.result(
              (int) STATX.invokeExact(capture.segment, directory, path, flags, mask, status));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "statx(%d, %s, 0x%x, 0x%x)", directory, Strace.path(path), flags, mask);
    }
    return result;
  }

  /**
   * What a name stands for, lstat(2): of a symbolic link the link itself.
   *
   * @param path path
   * @return what it is; empty if there is no such name, or it may not be looked at
   */
  public Optional<FileStatus> status(String path) {
    return status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
  }

  /**
   * What a descriptor stands for, fstat(2).
   *
   * @param fd descriptor
   * @return what it is; empty if it is not open
   */
  public Optional<FileStatus> statusOf(int fd) {
    return status(fd, "", AT_EMPTY_PATH);
  }

  private Optional<FileStatus> status(int directory, String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(FileStatus.BYTES, Long.BYTES);
      long name = arena.allocateFrom(path).address();
      return statx(directory, name, flags, FileStatus.MASK, status.address()) < 0
          ? Optional.empty()
          : Optional.of(FileStatus.read(status.address()));
    }
  }
}
