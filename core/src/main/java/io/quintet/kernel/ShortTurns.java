package io.quintet.kernel;

import io.quintet.ffi.LinuxCall;
import io.quintet.ffi.LinuxCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Short turns on a processor for a thread that has little to do each time it wakes, and is waited
 * for: sched_setattr(2), whose sched_runtime is the length of a turn for SCHED_OTHER from Linux
 * 6.12 on. Of two threads with an equal share, the one with the shorter turns preempts the other
 * when it wakes, unless it has just had more than its share.
 *
 * <p>Nothing is taken from the other one. SCHED_IDLE or a high nice value for threads that compute
 * handshakes would let loops preempt them as well, but have a weight of 3 or 15 beside 1024: where
 * others keep the processors busy, a handshake would not end in its time, and whoever waits for
 * what its thread holds, such as a lock of the JVM or the beginning of a garbage collection, would
 * wait with it. SCHED_BATCH changes nothing for a thread that is preempted, sched(7).
 */
final class ShortTurns {
  /** The numbers of the calls: older C libraries have no such functions. */
  private static final boolean AARCH64 = System.getProperty("os.arch").equals("aarch64");

  private static final LinuxCall SET =
      LinuxCalls.define(
          "int sched_setattr(pid_t pid, void *attr, unsigned int flags)", AARCH64 ? 274 : 314);

  private static final LinuxCall GET =
      LinuxCalls.define(
          "int sched_getattr(pid_t pid, void *attr, unsigned int size, unsigned int flags)",
          AARCH64 ? 275 : 315);

  /** Bytes of struct sched_attr without what newer kernels have, and where its fields are. */
  private static final int BYTES = 48;

  private static final int POLICY = 4;
  private static final int FLAGS = 8;
  private static final int RUNTIME = 24;

  private static final int SCHED_OTHER = 0;

  /** Threads that it starts have turns as ever. */
  private static final long SCHED_FLAG_RESET_ON_FORK = 1;

  /** The shortest that Linux takes. */
  private static final long TURN_NANOS = 100_000;

  private ShortTurns() {}

  /** For the calling thread, from now on; whoever has another policy than SCHED_OTHER keeps it. */
  static void take() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(BYTES, Long.BYTES);
      long got = GET.call(0, attributes, BYTES, 0);
      if (got < 0 || attributes.get(ValueLayout.JAVA_INT, POLICY) != SCHED_OTHER) {
        return;
      }
      attributes.set(ValueLayout.JAVA_INT, 0, BYTES);
      attributes.set(ValueLayout.JAVA_LONG, FLAGS, SCHED_FLAG_RESET_ON_FORK);
      attributes.set(ValueLayout.JAVA_LONG, RUNTIME, TURN_NANOS);
      SET.call(0, attributes, 0); // EPERM, ENOSYS: its turns stay as they were
    }
  }
}
