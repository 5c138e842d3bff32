package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import java.lang.invoke.MethodHandle;

/**
 * The calls of io_uring(7), which glibc has no names for, and mmap(2) for its queues.
 *
 * <p>One instance belongs to one thread at a time. A call returns a result of at least 0, or the
 * negated error number; pointers are addresses of memory that the caller owns. They are linked when
 * this class loads, so that a program that wants no ring pays nothing.
 */
public final class Rings {
  private static final MethodHandle SETUP =
      Capture.link(Linux.sys_io_uring_setup$address(), Linux.sys_io_uring_setup$descriptor());
  private static final MethodHandle ENTER =
      Capture.link(Linux.sys_io_uring_enter$address(), Linux.sys_io_uring_enter$descriptor());
  private static final MethodHandle REGISTER =
      Capture.link(Linux.sys_io_uring_register$address(), Linux.sys_io_uring_register$descriptor());
  private static final MethodHandle MMAP =
      Capture.link(Linux.mmap$address(), Linux.mmap$descriptor());
  private static final MethodHandle MUNMAP =
      Capture.link(Linux.munmap$address(), Linux.munmap$descriptor());

  private final Capture capture = new Capture();

  private Rings() {}

  /**
   * Calls for the calling thread.
   *
   * @return the calls
   * @throws UnsupportedOperationException on anything but Linux on x86-64 or aarch64
   */
  public static Rings open() {
    Platform.require();
    return new Rings();
  }

  /**
   * Makes a ring, io_uring_setup(2).
   *
   * @param entries submissions that it holds
   * @param parameters address of a struct io_uring_params, which is filled in
   * @return the ring's descriptor, which exec(2) closes, or the negated error number
   */
  public int setup(int entries, long parameters) {
    int result;
    try {
      result =
          (int)
              capture.result(
                  (long)
                      SETUP.invokeExact(
                          capture.segment, (long) Linux.SYS_io_uring_setup(), entries, parameters));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "io_uring_setup(%d, 0x%x)", entries, parameters);
    }
    return result;
  }

  /**
   * Submits, and waits for completions, io_uring_enter(2).
   *
   * @param ring ring
   * @param submit submissions that are handed over
   * @param wanted completions to wait for
   * @param flags IORING_ENTER_GETEVENTS and the like
   * @param argument address of a struct io_uring_getevents_arg under IORING_ENTER_EXT_ARG, or 0
   * @param length its bytes
   * @return submissions taken, or the negated error number
   */
  public int enter(int ring, int submit, int wanted, int flags, long argument, long length) {
    int result;
    try {
      result =
          (int)
              capture.result(
                  (long)
                      ENTER.invokeExact(
                          capture.segment,
                          (long) Linux.SYS_io_uring_enter(),
                          ring,
                          submit,
                          wanted,
                          flags,
                          argument,
                          length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "io_uring_enter(%d, %d, %d, 0x%x, 0x%x, %d)",
          ring,
          submit,
          wanted,
          flags,
          argument,
          length);
    }
    return result;
  }

  /**
   * Gives a ring something to keep, io_uring_register(2).
   *
   * @param ring ring
   * @param operation IORING_REGISTER_PBUF_RING and the like
   * @param argument address of what the operation takes, or 0
   * @param count how many
   * @return at least 0, or the negated error number
   */
  public int register(int ring, int operation, long argument, int count) {
    int result;
    try {
      result =
          (int)
              capture.result(
                  (long)
                      REGISTER.invokeExact(
                          capture.segment,
                          (long) Linux.SYS_io_uring_register(),
                          ring,
                          operation,
                          argument,
                          count));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "io_uring_register(%d, %d, 0x%x, %d)", ring, operation, argument, count);
    }
    return result;
  }

  /**
   * Maps memory to read and write, mmap(2).
   *
   * @param length bytes
   * @param flags MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS and the like
   * @param fd descriptor, -1 with MAP_ANONYMOUS
   * @param offset where in it
   * @return its address, or the negated error number
   */
  public long map(long length, int flags, int fd, long offset) {
    int access = Linux.PROT_READ() | Linux.PROT_WRITE();
    long result;
    try {
      result =
          capture.result(
              (long) MMAP.invokeExact(capture.segment, 0L, length, access, flags, fd, offset));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "mmap(NULL, %d, %d, 0x%x, %d, 0x%x)", length, access, flags, fd, offset);
    }
    return result;
  }

  /**
   * Takes a mapping away, munmap(2).
   *
   * @param address where it begins
   * @param length bytes
   * @return 0, or the negated error number
   */
  public int unmap(long address, long length) {
    int result;
    try {
      result = capture.result((int) MUNMAP.invokeExact(capture.segment, address, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "munmap(0x%x, %d)", address, length);
    }
    return result;
  }
}
