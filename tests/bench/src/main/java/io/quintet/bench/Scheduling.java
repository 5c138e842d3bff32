package io.quintet.bench;

import io.quintet.ffi.LinuxCall;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How Linux shares a core between threads, sched_setattr(2): set for some of a process by name. */
final class Scheduling {
  /** SCHED_OTHER and SCHED_IDLE, sched(7). */
  private static final int OTHER = 0;

  private static final int IDLE = 5;

  private static final LinuxCall SET =
      LinuxCalls.define(
          "int sched_setattr(pid_t pid, void *attr, unsigned int flags)",
          System.getProperty("os.arch").equals("aarch64") ? 274 : 314);

  /** Bytes of struct sched_attr without what newer kernels have, and where its fields are. */
  private static final int ATTRIBUTE_BYTES = 48;

  private static final int POLICY = 4;
  private static final int NICE = 16;
  private static final int RUNTIME = 24;

  private Scheduling() {}

  /**
   * Lets threads run where no other thread of the core wants to: each of these preempts them.
   *
   * @param prefix how the names of the threads begin
   */
  static void idle(long process, String prefix) throws IOException {
    set(process, prefix, IDLE, 0, 0);
  }

  /**
   * Sets the share of the core that threads have where others want it, and how long their turns are
   * to be: a thread that wakes preempts those with longer turns, from Linux 6.12 on.
   *
   * @param nice 0 for an equal share, 19 for the least
   * @param turnNanos 0 for the kernel's own, else 100,000 to 100,000,000
   */
  static void share(long process, String prefix, int nice, long turnNanos) throws IOException {
    set(process, prefix, OTHER, nice, turnNanos);
  }

  private static void set(long process, String prefix, int policy, int nice, long runtime)
      throws IOException {
    List<Path> found;
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(process), "task"))) {
      found = tasks.filter(task -> isNamed(task, prefix)).toList();
    }
    if (found.isEmpty()) {
      throw new IOException("process " + process + " has no thread " + prefix);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ATTRIBUTE_BYTES, Long.BYTES);
      attributes.set(ValueLayout.JAVA_INT, 0, ATTRIBUTE_BYTES);
      attributes.set(ValueLayout.JAVA_INT, POLICY, policy);
      attributes.set(ValueLayout.JAVA_INT, NICE, nice);
      attributes.set(ValueLayout.JAVA_LONG, RUNTIME, runtime);
      for (Path task : found) {
        long result = SET.call(Integer.parseInt(task.getFileName().toString()), attributes, 0);
        if (result < 0 && result != -Linux.ESRCH()) { // one that has ended needs no turns
          throw new IOException("sched_setattr of " + task + ": errno " + -result);
        }
      }
    }
  }

  private static boolean isNamed(Path task, String prefix) {
    try {
      return Files.readString(task.resolve("comm")).startsWith(prefix);
    } catch (IOException e) {
      return false; // it has ended
    }
  }
}
