package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * The process, its ids, limits, processors, signals and clock: getpid(2), getrlimit(2),
 * sched_setaffinity(2), clock_gettime(2).
 *
 * <p>One instance belongs to one thread at a time. A call returns a result of at least 0, or the
 * negated error number; pointers are addresses of memory that the caller owns.
 */
public final class Processes {
  /** The processor time of the calling thread, for {@link #clockGettime}: 3, clock_gettime(2). */
  public static final int CLOCK_THREAD_CPUTIME_ID = 3;

  private static final MethodHandle GETPID =
      Capture.link(Linux.getpid$address(), Linux.getpid$descriptor());
  private static final MethodHandle GETPPID =
      Capture.link(Linux.getppid$address(), Linux.getppid$descriptor());
  private static final MethodHandle GETTID =
      Capture.link(Linux.gettid$address(), Linux.gettid$descriptor());
  private static final MethodHandle GETUID =
      Capture.link(Linux.getuid$address(), Linux.getuid$descriptor());
  private static final MethodHandle KILL =
      Capture.link(Linux.kill$address(), Linux.kill$descriptor());
  private static final MethodHandle WAITPID =
      Capture.link(Linux.waitpid$address(), Linux.waitpid$descriptor());
  private static final MethodHandle PRCTL =
      Capture.linkVariadic(
          Linux.prctl.address(), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), 1);
  private static final MethodHandle GETRLIMIT =
      Capture.link(Linux.getrlimit$address(), Linux.getrlimit$descriptor());
  private static final MethodHandle SETRLIMIT =
      Capture.link(Linux.setrlimit$address(), Linux.setrlimit$descriptor());
  private static final MethodHandle SCHED_GETCPU =
      Capture.link(Linux.sched_getcpu$address(), Linux.sched_getcpu$descriptor());
  private static final MethodHandle SCHED_SETAFFINITY =
      Capture.link(Linux.sched_setaffinity$address(), Linux.sched_setaffinity$descriptor());
  private static final MethodHandle SCHED_GETAFFINITY =
      Capture.link(Linux.sched_getaffinity$address(), Linux.sched_getaffinity$descriptor());
  private static final MethodHandle SYSCONF =
      Capture.link(Linux.sysconf$address(), Linux.sysconf$descriptor());
  private static final MethodHandle CLOCK_GETTIME =
      Capture.link(Linux.clock_gettime$address(), Linux.clock_gettime$descriptor());
  private static final MethodHandle SIGEMPTYSET =
      Capture.link(Linux.sigemptyset$address(), Linux.sigemptyset$descriptor());
  private static final MethodHandle SIGADDSET =
      Capture.link(Linux.sigaddset$address(), Linux.sigaddset$descriptor());
  private static final MethodHandle PTHREAD_SIGMASK =
      Capture.linkPlain(Linux.pthread_sigmask$address(), Linux.pthread_sigmask$descriptor());
  private static final MethodHandle STRERROR =
      Capture.linkPlain(Linux.strerror$address(), Linux.strerror$descriptor());

  private final Capture capture;

  Processes(Capture capture) {
    this.capture = capture;
  }

  /**
   * The process id, getpid(2).
   *
   * @return the id, or the negated error number
   */
  public int getpid() {
    int result;
    try {
      result = capture.result((int) GETPID.invokeExact(capture.segment));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "getpid()");
    }
    return result;
  }

  /**
   * The parent's process id, getppid(2).
   *
   * @return the id, or the negated error number
   */
  public int getppid() {
    int result;
    try {
      result = capture.result((int) GETPPID.invokeExact(capture.segment));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "getppid()");
    }
    return result;
  }

  /**
   * The thread id, gettid(2).
   *
   * @return the id, or the negated error number
   */
  public int gettid() {
    int result;
    try {
      result = capture.result((int) GETTID.invokeExact(capture.segment));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "gettid()");
    }
    return result;
  }

  /**
   * The user id, getuid(2).
   *
   * @return the id, or the negated error number
   */
  public int getuid() {
    int result;
    try {
      result = capture.result((int) GETUID.invokeExact(capture.segment));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "getuid()");
    }
    return result;
  }

  /**
   * Sends a signal, kill(2).
   *
   * @param pid process
   * @param signal signal, or 0 to ask whether the process is there
   * @return 0, or the negated error number
   */
  public int kill(int pid, int signal) {
    int result;
    try {
      result = capture.result((int) KILL.invokeExact(capture.segment, pid, signal));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "kill(%d, %d)", pid, signal);
    }
    return result;
  }

  /**
   * Waits for a child, waitpid(2).
   *
   * @param pid child, or -1 for any
   * @param status address of an int to fill, or 0
   * @param options WNOHANG or 0
   * @return the child, or 0, or the negated error number
   */
  public int waitpid(int pid, long status, int options) {
    int result;
    try {
      result = capture.result((int) WAITPID.invokeExact(capture.segment, pid, status, options));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "waitpid(%d, 0x%x, %d)", pid, status, options);
    }
    return result;
  }

  /**
   * Changes the calling thread's or process's conduct, prctl(2).
   *
   * @param option PR_SET_NAME, PR_SET_PDEATHSIG, PR_SET_TIMERSLACK
   * @param argument what the option takes
   * @return 0 or what the option gives, or the negated error number
   */
  public int prctl(int option, long argument) {
    int result;
    try {
      result = capture.result((int) PRCTL.invokeExact(capture.segment, option, argument));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "prctl(%d, 0x%x)", option, argument);
    }
    return result;
  }

  /**
   * Reads a limit, getrlimit(2).
   *
   * @param resource RLIMIT_NOFILE
   * @param limits address of a struct rlimit to fill
   * @return 0, or the negated error number
   */
  public int getrlimit(int resource, long limits) {
    int result;
    try {
      result = capture.result((int) GETRLIMIT.invokeExact(capture.segment, resource, limits));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "getrlimit(%d, {%s, %s})",
          resource,
          Strace.int64(limits),
          Strace.int64(limits + 8));
    }
    return result;
  }

  /**
   * Sets a limit, setrlimit(2).
   *
   * @param resource RLIMIT_NOFILE
   * @param limits address of a struct rlimit
   * @return 0, or the negated error number
   */
  public int setrlimit(int resource, long limits) {
    int result;
    try {
      result = capture.result((int) SETRLIMIT.invokeExact(capture.segment, resource, limits));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "setrlimit(%d, {%s, %s})",
          resource,
          Strace.int64(limits),
          Strace.int64(limits + 8));
    }
    return result;
  }

  /**
   * The processor that the thread runs on, sched_getcpu(3).
   *
   * @return its number, or the negated error number
   */
  public int schedGetcpu() {
    int result;
    try {
      result = capture.result((int) SCHED_GETCPU.invokeExact(capture.segment));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sched_getcpu()");
    }
    return result;
  }

  /**
   * Pins a thread to processors, sched_setaffinity(2).
   *
   * @param tid thread, 0 for the calling one
   * @param bytes size of the set, such as 128
   * @param set address of a cpu_set_t
   * @return 0, or the negated error number
   */
  public int schedSetaffinity(int tid, long bytes, long set) {
    int result;
    try {
      result =
          capture.result((int) SCHED_SETAFFINITY.invokeExact(capture.segment, tid, bytes, set));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sched_setaffinity(%d, %d, 0x%x)", tid, bytes, set);
    }
    return result;
  }

  /**
   * Reads which processors a thread may use, sched_getaffinity(2).
   *
   * @param tid thread, 0 for the calling one
   * @param bytes size of the set, such as 128
   * @param set address of a cpu_set_t to fill
   * @return 0, or the negated error number
   */
  public int schedGetaffinity(int tid, long bytes, long set) {
    int result;
    try {
      result =
          capture.result((int) SCHED_GETAFFINITY.invokeExact(capture.segment, tid, bytes, set));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sched_getaffinity(%d, %d, 0x%x)", tid, bytes, set);
    }
    return result;
  }

  /**
   * A figure of the system, sysconf(3).
   *
   * @param name _SC_PAGESIZE, _SC_NPROCESSORS_ONLN
   * @return the figure, or the negated error number
   */
  public long sysconf(int name) {
    long result;
    try {
      result = capture.result((long) SYSCONF.invokeExact(capture.segment, name));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sysconf(%d)", name);
    }
    return result;
  }

  /**
   * Reads a clock, clock_gettime(2).
   *
   * @param clock CLOCK_MONOTONIC, CLOCK_REALTIME or {@link #CLOCK_THREAD_CPUTIME_ID}
   * @param time address of a struct timespec to fill
   * @return 0, or the negated error number
   */
  public int clockGettime(int clock, long time) {
    int result;
    try {
      result = capture.result((int) CLOCK_GETTIME.invokeExact(capture.segment, clock, time));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result, "clock_gettime(%d, {%s, %s})", clock, Strace.int64(time), Strace.int64(time + 8));
    }
    return result;
  }

  /**
   * Empties a signal set, sigemptyset(3).
   *
   * @param set address of a sigset_t
   * @return 0, or the negated error number
   */
  public int sigemptyset(long set) {
    int result;
    try {
      result = capture.result((int) SIGEMPTYSET.invokeExact(capture.segment, set));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sigemptyset(0x%x)", set);
    }
    return result;
  }

  /**
   * Adds to a signal set, sigaddset(3).
   *
   * @param set address of a sigset_t
   * @param signal signal
   * @return 0, or the negated error number
   */
  public int sigaddset(long set, int signal) {
    int result;
    try {
      result = capture.result((int) SIGADDSET.invokeExact(capture.segment, set, signal));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sigaddset(0x%x, %d)", set, signal);
    }
    return result;
  }

  /**
   * Blocks or unblocks signals of the calling thread, pthread_sigmask(3).
   *
   * @param how SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK
   * @param set address of a sigset_t, or 0
   * @param old address of one to fill, or 0
   * @return 0, or the negated error number
   */
  public int pthreadSigmask(int how, long set, long old) {
    int result;
    try {
      // This call returns its error number itself, and leaves errno alone.
      result = -(int) PTHREAD_SIGMASK.invokeExact(how, set, old);
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "pthread_sigmask(%d, 0x%x, 0x%x)", how, set, old);
    }
    return result;
  }

  /** The text of strerror(3), which needs no instance: it cannot fail. */
  static String strerror(int number) {
    try {
      return Strace.cString((long) STRERROR.invokeExact(number));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
  }
}
