package io.quintet.ffi;

/**
 * What differs between Linux on x86-64 and on aarch64, chosen once when this class loads. All else
 * is the same on both and stands in {@link io.quintet.ffi.linux.Linux}.
 */
public final class Abi {
  private static final boolean X86_64 = Platform.require() == Platform.X86_64;

  static final long EPOLL_EVENT_BYTES =
      X86_64
          ? io.quintet.ffi.x86_64.epoll_event.sizeof()
          : io.quintet.ffi.aarch64.epoll_event.sizeof();

  static final long EPOLL_DATA_OFFSET =
      X86_64
          ? io.quintet.ffi.x86_64.epoll_event.data$offset()
          : io.quintet.ffi.aarch64.epoll_event.data$offset();

  /** open(2): no page cache. */
  public static final int O_DIRECT =
      X86_64 ? io.quintet.ffi.x86_64.Abi.O_DIRECT() : io.quintet.ffi.aarch64.Abi.O_DIRECT();

  /** open(2): fail unless the name is a directory. */
  public static final int O_DIRECTORY =
      X86_64 ? io.quintet.ffi.x86_64.Abi.O_DIRECTORY() : io.quintet.ffi.aarch64.Abi.O_DIRECTORY();

  /** open(2): fail where the last part of the name is a symbolic link. */
  public static final int O_NOFOLLOW =
      X86_64 ? io.quintet.ffi.x86_64.Abi.O_NOFOLLOW() : io.quintet.ffi.aarch64.Abi.O_NOFOLLOW();

  /** open(2): a file without a name. */
  public static final int O_TMPFILE =
      X86_64 ? io.quintet.ffi.x86_64.Abi.O_TMPFILE() : io.quintet.ffi.aarch64.Abi.O_TMPFILE();

  /** syscall(2): number of futex(2). */
  public static final int SYS_FUTEX =
      X86_64 ? io.quintet.ffi.x86_64.Abi.SYS_futex() : io.quintet.ffi.aarch64.Abi.SYS_futex();

  /** syscall(2): number of getcpu(2). */
  public static final int SYS_GETCPU =
      X86_64 ? io.quintet.ffi.x86_64.Abi.SYS_getcpu() : io.quintet.ffi.aarch64.Abi.SYS_getcpu();

  /** syscall(2): number of gettid(2). */
  public static final int SYS_GETTID =
      X86_64 ? io.quintet.ffi.x86_64.Abi.SYS_gettid() : io.quintet.ffi.aarch64.Abi.SYS_gettid();

  private Abi() {}
}
