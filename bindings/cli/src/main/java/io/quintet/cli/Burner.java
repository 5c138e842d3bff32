package io.quintet.cli;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Processes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Uses up processor time: as much of it, however many threads share the processors. Who watched the
 * time of day instead would be done while others ran. One thread.
 */
final class Burner {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final Processes processes = LinuxCalls.open().processes();
  private final MemorySegment time = Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES);

  void burn(long nanos) {
    long end = used() + nanos;
    for (long left = nanos; left > 0; left = end - used()) {
      // Asking for the processor's time is a system call, so it is asked when it may be over.
      long until = System.nanoTime() + left;
      while (System.nanoTime() - until < 0) {
        Thread.onSpinWait();
      }
    }
  }

  /** Processor time of this thread, in nanoseconds; of its carrier, where it is a virtual one. */
  private long used() {
    LinuxException.check(
        processes.clockGettime(Processes.CLOCK_THREAD_CPUTIME_ID, time.address()), "clock_gettime");
    return time.get(JAVA_LONG, 0) * SECOND_NANOS + time.get(JAVA_LONG, Long.BYTES);
  }
}
