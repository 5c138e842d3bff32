package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Readiness and wake-ups: epoll(7), poll(2), eventfd(2), timerfd_create(2), signalfd(2).
 *
 * <p>One instance belongs to one thread at a time. A call returns a result of at least 0, or the
 * negated error number; pointers are addresses of memory that the caller owns.
 */
public final class Events {
  /** Bytes of one {@code struct epoll_event}: 12 on x86-64, where it is packed, 16 on aarch64. */
  public static final long EVENT_BYTES = Abi.EPOLL_EVENT_BYTES;

  /** Where its {@code data} begins: 4 on x86-64, 8 on aarch64. */
  public static final long DATA_OFFSET = Abi.EPOLL_DATA_OFFSET;

  private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1);

  private static final MethodHandle EPOLL_CREATE1 =
      Capture.link(Linux.epoll_create1$address(), Linux.epoll_create1$descriptor());
  private static final MethodHandle EPOLL_CTL =
      Capture.link(Linux.epoll_ctl$address(), Linux.epoll_ctl$descriptor());
  private static final MethodHandle EPOLL_WAIT =
      Capture.link(Linux.epoll_wait$address(), Linux.epoll_wait$descriptor());

  /** musl has no epoll_pwait2. */
  private static final MethodHandle EPOLL_PWAIT2 =
      Capture.linkSystemCall(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  /** Bytes of the set of signals that the kernel knows, which is shorter than sigset_t. */
  private static final long SIGNALS_BYTES = 8;

  private static final MethodHandle POLL =
      Capture.link(Linux.poll$address(), Linux.poll$descriptor());
  private static final MethodHandle EVENTFD =
      Capture.link(Linux.eventfd$address(), Linux.eventfd$descriptor());
  private static final MethodHandle TIMERFD_CREATE =
      Capture.link(Linux.timerfd_create$address(), Linux.timerfd_create$descriptor());
  private static final MethodHandle TIMERFD_SETTIME =
      Capture.link(Linux.timerfd_settime$address(), Linux.timerfd_settime$descriptor());
  private static final MethodHandle SIGNALFD =
      Capture.link(Linux.signalfd$address(), Linux.signalfd$descriptor());
  private static final MethodHandle SIGNAL =
      Capture.linkPlain(Linux.write$address(), Linux.write$descriptor());

  private final Capture capture;

  Events(Capture capture) {
    this.capture = capture;
  }

  /**
   * Makes an epoll instance, epoll_create1(2).
   *
   * @param flags EPOLL_CLOEXEC or 0
   * @return the descriptor, or the negated error number
   */
  public int epollCreate1(int flags) {
    int result;
    try {
      result = capture.result((int) EPOLL_CREATE1.invokeExact(capture.segment, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "epoll_create1(%s)", FlagSet.EPOLL_CREATE.format(flags));
    }
    return result;
  }

  /**
   * Adds, changes or removes a registration, epoll_ctl(2).
   *
   * @param epfd epoll instance
   * @param operation EPOLL_CTL_ADD, MOD or DEL
   * @param fd descriptor concerned
   * @param event address of a struct epoll_event, 0 for DEL
   * @return 0, or the negated error number
   */
  public int epollCtl(int epfd, int operation, int fd, long event) {
    int result;
    try {
      result =
          capture.result((int) EPOLL_CTL.invokeExact(capture.segment, epfd, operation, fd, event));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "epoll_ctl(%d, %s, %d, %s)",
          epfd,
          FlagSet.EPOLL_CTL.format(operation),
          fd,
          Strace.epollEvent(event));
    }
    return result;
  }

  /**
   * Waits for readiness, epoll_wait(2).
   *
   * @param epfd epoll instance
   * @param events address of an array of struct epoll_event
   * @param eventsMax its length, at least 1
   * @param timeoutMillis milliseconds; 0 returns at once, -1 waits without end
   * @return events filled in, or the negated error number
   */
  public int epollWait(int epfd, long events, int eventsMax, int timeoutMillis) {
    int result;
    try {
      result =
          capture.result(
              (int)
                  EPOLL_WAIT.invokeExact(capture.segment, epfd, events, eventsMax, timeoutMillis));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "epoll_wait(%d, %s, %d, %d)",
          epfd,
          Strace.epollEvents(events, result),
          eventsMax,
          timeoutMillis);
    }
    return result;
  }

  /**
   * Waits for readiness with a time limit in nanoseconds, epoll_pwait2(2).
   *
   * @param epfd epoll instance
   * @param events address of an array of struct epoll_event
   * @param eventsMax its length, at least 1
   * @param timeout address of a struct timespec, 0 waits without end
   * @param signals address of a sigset_t, or 0
   * @return events filled in, or the negated error number
   */
  public int epollPwait2(int epfd, long events, int eventsMax, long timeout, long signals) {
    int result;
    try {
      result =
          (int)
              capture.result(
                  (long)
                      EPOLL_PWAIT2.invokeExact(
                          capture.segment,
                          (long) Linux.SYS_epoll_pwait2(),
                          epfd,
                          events,
                          eventsMax,
                          timeout,
                          signals,
                          SIGNALS_BYTES));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "epoll_pwait2(%d, %s, %d, 0x%x, 0x%x)",
          epfd,
          Strace.epollEvents(events, result),
          eventsMax,
          timeout,
          signals);
    }
    return result;
  }

  /**
   * Waits for readiness of a few descriptors, poll(2).
   *
   * @param fds address of an array of struct pollfd
   * @param count its length
   * @param timeoutMillis milliseconds; 0 returns at once, -1 waits without end
   * @return descriptors that are ready, or the negated error number
   */
  public int poll(long fds, long count, int timeoutMillis) {
    int result;
    try {
      result = capture.result((int) POLL.invokeExact(capture.segment, fds, count, timeoutMillis));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "poll([{fd=%s, events=%s}], %d, %d)",
          Strace.int32(fds),
          Strace.int16(fds + 4, FlagSet.POLL),
          count,
          timeoutMillis);
    }
    return result;
  }

  /**
   * Makes a counter that can be waited for, eventfd(2).
   *
   * @param count first value
   * @param flags EFD_NONBLOCK, EFD_CLOEXEC, EFD_SEMAPHORE
   * @return the descriptor, or the negated error number
   */
  public int eventfd(int count, int flags) {
    int result;
    try {
      result = capture.result((int) EVENTFD.invokeExact(capture.segment, count, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "eventfd2(%d, %s)", count, FlagSet.EVENTFD.format(flags));
    }
    return result;
  }

  /**
   * Makes a timer that can be waited for, timerfd_create(2).
   *
   * @param clock CLOCK_MONOTONIC or CLOCK_REALTIME
   * @param flags TFD_NONBLOCK, TFD_CLOEXEC
   * @return the descriptor, or the negated error number
   */
  public int timerfdCreate(int clock, int flags) {
    int result;
    try {
      result = capture.result((int) TIMERFD_CREATE.invokeExact(capture.segment, clock, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "timerfd_create(%d, %s)", clock, FlagSet.EVENTFD.format(flags));
    }
    return result;
  }

  /**
   * Arms or disarms a timer, timerfd_settime(2).
   *
   * @param fd timer
   * @param flags TFD_TIMER_ABSTIME or 0
   * @param value address of a struct itimerspec
   * @param old address of one to fill, or 0
   * @return 0, or the negated error number
   */
  public int timerfdSettime(int fd, int flags, long value, long old) {
    int result;
    try {
      result =
          capture.result((int) TIMERFD_SETTIME.invokeExact(capture.segment, fd, flags, value, old));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "timerfd_settime(%d, %d, 0x%x, 0x%x)", fd, flags, value, old);
    }
    return result;
  }

  /**
   * Makes signals readable, signalfd(2).
   *
   * @param fd -1 for a new descriptor
   * @param mask address of a sigset_t
   * @param flags SFD_NONBLOCK, SFD_CLOEXEC
   * @return the descriptor, or the negated error number
   */
  public int signalfd(int fd, long mask, int flags) {
    int result;
    try {
      result = capture.result((int) SIGNALFD.invokeExact(capture.segment, fd, mask, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "signalfd4(%d, 0x%x, 8, %s)", fd, mask, FlagSet.EVENTFD.format(flags));
    }
    return result;
  }

  /**
   * Adds 1 to an eventfd, write(2), from any thread: the one call here that needs no instance.
   *
   * @param fd eventfd
   * @return 8, or -1 where the counter is full or the descriptor is not an eventfd
   */
  public static long signal(int fd) {
    long result;
    try {
      result = (long) SIGNAL.invokeExact(fd, ONE.address(), 8L);
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "write(%d, [1], 8)", fd);
    }
    return result;
  }
}
