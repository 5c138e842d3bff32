package io.quintet.ring;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.Rings;
import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.__kernel_timespec;
import io.quintet.ffi.linux.io_cqring_offsets;
import io.quintet.ffi.linux.io_sqring_offsets;
import io.quintet.ffi.linux.io_uring_buf_reg;
import io.quintet.ffi.linux.io_uring_cqe;
import io.quintet.ffi.linux.io_uring_getevents_arg;
import io.quintet.ffi.linux.io_uring_params;
import io.quintet.ffi.linux.io_uring_sqe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One io_uring instance: submissions go in, completions come out. It may be made by one thread and
 * used by another, which is the first that {@link #enable}s it, and the only one from then on.
 */
final class Ring {
  /** Submissions between two entries; one more enters the ring before it is made. */
  private static final int SUBMISSIONS = 1024;

  private static final int COMPLETIONS = 8192;
  private static final long NANOS_A_SECOND = 1_000_000_000L;
  private static final long NANOS_A_MILLI = 1_000_000L;

  /** Kinds of rings from the newest kernel's to the oldest's that can serve here, 6.0. */
  private static final int[] KINDS = {
    Linux.IORING_SETUP_SINGLE_ISSUER()
        | Linux.IORING_SETUP_DEFER_TASKRUN()
        | Linux.IORING_SETUP_NO_SQARRAY(),
    Linux.IORING_SETUP_SINGLE_ISSUER() | Linux.IORING_SETUP_DEFER_TASKRUN(),
    Linux.IORING_SETUP_SINGLE_ISSUER() | Linux.IORING_SETUP_COOP_TASKRUN(),
  };

  private static final long SQE_BYTES = io_uring_sqe.sizeof();
  private static final long CQE_BYTES = io_uring_cqe.sizeof();
  private static final long FD = io_uring_sqe.fd$offset();
  private static final long FLAGS = io_uring_sqe.flags$offset();
  private static final long IOPRIO = io_uring_sqe.ioprio$offset();
  private static final long ADDRESS = io_uring_sqe.addr$offset();
  private static final long LENGTH = io_uring_sqe.len$offset();
  private static final long CALL_FLAGS = io_uring_sqe.msg_flags$offset();
  private static final long USER_DATA = io_uring_sqe.user_data$offset();
  private static final long GROUP = io_uring_sqe.buf_group$offset();
  private static final long RESULT = io_uring_cqe.res$offset();
  private static final long RESULT_FLAGS = io_uring_cqe.flags$offset();

  private final Rings calls;
  private final int fd;
  private final long queues;
  private final long queuesBytes;
  private final long entries;
  private final long entriesBytes;
  private final long submissionHead;
  private final long submissionTail;
  private final long submissionFlags;
  private final int submissionMask;
  private final long completionHead;
  private final long completionTail;
  private final int completionMask;
  private final long completions;

  /** A struct io_uring_getevents_arg and the time behind it. */
  private final MemorySegment wait =
      Arena.ofAuto().allocate(io_uring_getevents_arg.sizeof() + __kernel_timespec.sizeof(), 8);

  private boolean enabled;
  private int tail;
  private long entered;

  private Ring(Rings calls, int fd, MemorySegment parameters, long queues, long entries) {
    MemorySegment in = io_uring_params.sq_off(parameters);
    MemorySegment out = io_uring_params.cq_off(parameters);
    this.calls = calls;
    this.fd = fd;
    this.queues = queues;
    this.queuesBytes = queuesBytes(parameters);
    this.entries = entries;
    this.entriesBytes = SQE_BYTES * io_uring_params.sq_entries(parameters);
    this.submissionHead = queues + io_sqring_offsets.head(in);
    this.submissionTail = queues + io_sqring_offsets.tail(in);
    this.submissionFlags = queues + io_sqring_offsets.flags(in);
    this.submissionMask = Memory.getInt(queues + io_sqring_offsets.ring_mask(in));
    this.completionHead = queues + io_cqring_offsets.head(out);
    this.completionTail = queues + io_cqring_offsets.tail(out);
    this.completionMask = Memory.getInt(queues + io_cqring_offsets.ring_mask(out));
    this.completions = queues + io_cqring_offsets.cqes(out);
    if ((io_uring_params.flags(parameters) & Linux.IORING_SETUP_NO_SQARRAY()) == 0) {
      for (int i = 0; i <= submissionMask; i++) {
        Memory.putInt(queues + io_sqring_offsets.array(in) + (long) Integer.BYTES * i, i);
      }
    }
  }

  /**
   * Makes a ring that is not enabled yet.
   *
   * @throws LinuxException if the kernel refuses; nothing is left open then
   */
  static Ring open(Rings calls, DirectCalls direct) {
    int result = -Linux.EINVAL();
    for (int i = 0; i < KINDS.length && result == -Linux.EINVAL(); i++) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment parameters = io_uring_params.allocate(arena);
        int always =
            Linux.IORING_SETUP_R_DISABLED()
                | Linux.IORING_SETUP_SUBMIT_ALL()
                | Linux.IORING_SETUP_CQSIZE();
        io_uring_params.flags(parameters, KINDS[i] | always);
        io_uring_params.cq_entries(parameters, COMPLETIONS);
        result = calls.setup(SUBMISSIONS, parameters.address());
        if (result >= 0) {
          return map(calls, direct, result, parameters);
        }
      }
    }
    LinuxException.check(result, "io_uring_setup");
    throw new AssertionError("a ring without its queues");
  }

  private static Ring map(Rings calls, DirectCalls direct, int fd, MemorySegment parameters) {
    int shared = Linux.MAP_SHARED() | Linux.MAP_POPULATE();
    long bytes = queuesBytes(parameters);
    long entriesBytes = SQE_BYTES * io_uring_params.sq_entries(parameters);
    long queues = calls.map(bytes, shared, fd, Linux.IORING_OFF_SQ_RING());
    long entries = calls.map(entriesBytes, shared, fd, Linux.IORING_OFF_SQES());
    if (queues < 0 || entries < 0) {
      if (queues >= 0) {
        calls.unmap(queues, bytes);
      }
      if (entries >= 0) {
        calls.unmap(entries, entriesBytes);
      }
      direct.close(fd);
      LinuxException.check(Math.min(queues, entries), "mmap of a ring");
    }
    return new Ring(calls, fd, parameters, queues, entries);
  }

  private static long queuesBytes(MemorySegment parameters) {
    return Math.max(
        io_sqring_offsets.array(io_uring_params.sq_off(parameters))
            + (long) Integer.BYTES * io_uring_params.sq_entries(parameters),
        io_cqring_offsets.cqes(io_uring_params.cq_off(parameters))
            + CQE_BYTES * io_uring_params.cq_entries(parameters));
  }

  int fd() {
    return fd;
  }

  /** System calls that were made. */
  long entered() {
    return entered;
  }

  /** Makes the calling thread the one that uses it. */
  int enable() {
    if (enabled) {
      return 0;
    }
    enabled = true;
    entered++;
    return calls.register(fd, Linux.IORING_REGISTER_ENABLE_RINGS(), 0, 0);
  }

  boolean isEnabled() {
    return enabled;
  }

  /** Gives it a ring of buffers to receive into. */
  int provide(long buffers, int count, int group) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment registration = io_uring_buf_reg.allocate(arena);
      io_uring_buf_reg.ring_addr(registration, buffers);
      io_uring_buf_reg.ring_entries(registration, count);
      io_uring_buf_reg.bgid(registration, (short) group);
      return calls.register(fd, Linux.IORING_REGISTER_PBUF_RING(), registration.address(), 1);
    }
  }

  // Submissions.

  /** Begins a submission: gives its address, with all but these zero. */
  long submission(int operation, int descriptor, long userData) {
    if (tail - Memory.getIntAcquire(submissionHead) > submissionMask) {
      submit();
    }
    long entry = entries + (tail & submissionMask) * SQE_BYTES;
    for (int i = 0; i < SQE_BYTES; i += Long.BYTES) {
      Memory.putLong(entry + i, 0);
    }
    Memory.putByte(entry, (byte) operation);
    Memory.putInt(entry + FD, descriptor);
    Memory.putLong(entry + USER_DATA, userData);
    tail++;
    return entry;
  }

  static void flags(long entry, int flags) {
    Memory.putByte(entry + FLAGS, (byte) flags);
  }

  static void priority(long entry, int flags) {
    Memory.putShort(entry + IOPRIO, (short) flags);
  }

  static void bytes(long entry, long address, int length) {
    Memory.putLong(entry + ADDRESS, address);
    Memory.putInt(entry + LENGTH, length);
  }

  static void callFlags(long entry, int flags) {
    Memory.putInt(entry + CALL_FLAGS, flags);
  }

  static void group(long entry, int group) {
    Memory.putShort(entry + GROUP, (short) group);
  }

  /** How many submissions were ever begun, as a mark for {@link #isTaken}. */
  int mark() {
    return tail;
  }

  /** Whether the kernel has taken all submissions that were begun before a mark. */
  boolean isTaken(int mark) {
    return mark - Memory.getIntAcquire(submissionHead) <= 0;
  }

  /** Hands over what was submitted, and waits for nothing. */
  int submit() {
    return enter(0, 0, 0, 0);
  }

  /**
   * Hands over what was submitted, and has the kernel complete what it can.
   *
   * @param wanted completions to wait for
   * @param timeoutMillis how long at most; without end if negative
   * @return at least 0, or the negated error number
   */
  int await(int wanted, int timeoutMillis) {
    int flags = Linux.IORING_ENTER_GETEVENTS();
    if (wanted == 0 || timeoutMillis < 0) {
      return enter(wanted, flags, 0, 0);
    }
    long nanos = timeoutMillis * NANOS_A_MILLI;
    long argument = wait.address();
    long time = argument + io_uring_getevents_arg.sizeof();
    Memory.putLong(time, nanos / NANOS_A_SECOND);
    Memory.putLong(time + Long.BYTES, nanos % NANOS_A_SECOND);
    Memory.putLong(argument + io_uring_getevents_arg.ts$offset(), time);
    int result =
        enter(
            wanted,
            flags | Linux.IORING_ENTER_EXT_ARG(),
            argument,
            io_uring_getevents_arg.sizeof());
    return result == -Linux.ETIME() ? 0 : result;
  }

  private int enter(int wanted, int flags, long argument, long length) {
    enable();
    Memory.putIntRelease(submissionTail, tail);
    int count = tail - Memory.getIntAcquire(submissionHead);
    entered++;
    return calls.enter(fd, count, wanted, flags, argument, length);
  }

  // Completions.

  /** Completions that can be looked at, beginning with {@link #first}. */
  int available() {
    return Memory.getIntAcquire(completionTail) - first();
  }

  int first() {
    return Memory.getInt(completionHead);
  }

  long userData(int index) {
    return Memory.getLong(completion(index));
  }

  int result(int index) {
    return Memory.getInt(completion(index) + RESULT);
  }

  int resultFlags(int index) {
    return Memory.getInt(completion(index) + RESULT_FLAGS);
  }

  private long completion(int index) {
    return completions + (index & completionMask) * CQE_BYTES;
  }

  /** Gives the room of completions back, up to an index. */
  void seen(int next) {
    Memory.putIntRelease(completionHead, next);
  }

  /** Whether the kernel holds completions back for which there was no room. */
  boolean hasOverflown() {
    return (Memory.getIntAcquire(submissionFlags) & Linux.IORING_SQ_CQ_OVERFLOW()) != 0;
  }

  /** Takes its memory away; its descriptor is closed before. */
  void unmap() {
    calls.unmap(entries, entriesBytes);
    calls.unmap(queues, queuesBytes);
  }
}
