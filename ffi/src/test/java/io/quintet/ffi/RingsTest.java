package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.io_cqring_offsets;
import io.quintet.ffi.linux.io_sqring_offsets;
import io.quintet.ffi.linux.io_uring_buf;
import io.quintet.ffi.linux.io_uring_buf_reg;
import io.quintet.ffi.linux.io_uring_buf_ring;
import io.quintet.ffi.linux.io_uring_cqe;
import io.quintet.ffi.linux.io_uring_params;
import io.quintet.ffi.linux.io_uring_sqe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The ring's calls, by hand. Skipped, by name, where the machine forbids rings. */
class RingsTest {
  private static final int ENTRIES = 8;

  /** No process here can have so many descriptors. */
  private static final int NEVER_OPEN = 900_000;

  private static final int BUFFERS = 2;
  private static final int BUFFER_BYTES = 16;

  private final Rings rings = Rings.open();
  private final LinuxCalls linux = LinuxCalls.open();
  private final Arena arena = Arena.ofConfined();
  private int ring = -1;
  private long queues;
  private long queuesBytes;
  private long entries;
  private MemorySegment parameters;
  private int tail;

  @BeforeEach
  void setUp() {
    parameters = io_uring_params.allocate(arena);
    ring = rings.setup(ENTRIES, parameters.address());
    assumeTrue(ring >= 0, () -> "io_uring_setup: " + Errno.describe(ring));
    queuesBytes =
        io_cqring_offsets.cqes(io_uring_params.cq_off(parameters))
            + io_uring_cqe.sizeof() * io_uring_params.cq_entries(parameters);
    queues = rings.map(queuesBytes, Linux.MAP_SHARED(), ring, Linux.IORING_OFF_SQ_RING());
    entries =
        rings.map(
            io_uring_sqe.sizeof() * ENTRIES, Linux.MAP_SHARED(), ring, Linux.IORING_OFF_SQES());
    assertTrue(queues > 0, () -> "mmap: " + Errno.describe(queues));
    assertTrue(entries > 0, () -> "mmap: " + Errno.describe(entries));
  }

  @AfterEach
  void tearDown() {
    if (ring >= 0) {
      assertEquals(0, rings.unmap(queues, queuesBytes));
      assertEquals(0, rings.unmap(entries, io_uring_sqe.sizeof() * ENTRIES));
      assertEquals(0, linux.files().close(ring));
    }
    arena.close();
  }

  private MemorySegment submission(int operation, int fd, long userData) {
    MemorySegment offsets = io_uring_params.sq_off(parameters);
    int index = tail++ % ENTRIES;
    Memory.putInt(queues + io_sqring_offsets.array(offsets) + 4L * index, index);
    MemorySegment entry =
        MemorySegment.ofAddress(entries + index * io_uring_sqe.sizeof())
            .reinterpret(io_uring_sqe.sizeof())
            .fill((byte) 0);
    io_uring_sqe.opcode(entry, (byte) operation);
    io_uring_sqe.fd(entry, fd);
    io_uring_sqe.user_data(entry, userData);
    return entry;
  }

  private int enter(int wanted) {
    long end = queues + io_sqring_offsets.tail(io_uring_params.sq_off(parameters));
    int count = tail - Memory.getIntAcquire(end);
    Memory.putIntRelease(end, tail);
    return rings.enter(ring, count, wanted, Linux.IORING_ENTER_GETEVENTS(), 0, 0);
  }

  private int completions() {
    MemorySegment offsets = io_uring_params.cq_off(parameters);
    return Memory.getIntAcquire(queues + io_cqring_offsets.tail(offsets))
        - Memory.getInt(queues + io_cqring_offsets.head(offsets));
  }

  /** The oldest completion, which must be there. */
  private MemorySegment completion(long userData) {
    MemorySegment offsets = io_uring_params.cq_off(parameters);
    long head = queues + io_cqring_offsets.head(offsets);
    assertNotEquals(0, completions(), "no completion");
    int index = Memory.getInt(head) % io_uring_params.cq_entries(parameters);
    MemorySegment there =
        MemorySegment.ofAddress(
                queues + io_cqring_offsets.cqes(offsets) + index * io_uring_cqe.sizeof())
            .reinterpret(io_uring_cqe.sizeof());
    MemorySegment copy = io_uring_cqe.allocate(arena).copyFrom(there);
    Memory.putIntRelease(head, Memory.getInt(head) + 1);
    assertEquals(userData, io_uring_cqe.user_data(copy));
    return copy;
  }

  @Test
  void aFailedCallReturnsItsNegatedErrno() {
    assertEquals(-Errno.EINVAL.number(), rings.setup(0, parameters.address()));
    assertEquals(-Errno.EBADF.number(), rings.enter(NEVER_OPEN, 0, 0, 0, 0, 0));
    assertEquals(-Errno.EBADF.number(), rings.register(NEVER_OPEN, 0, 0, 0));
    assertEquals(-Errno.EINVAL.number(), rings.map(0, Linux.MAP_SHARED(), ring, 0));
    assertEquals(-Errno.EINVAL.number(), rings.unmap(1, 1));
  }

  @Test
  void whatDoesNothingCompletes() {
    submission(Linux.IORING_OP_NOP(), -1, 42);
    assertEquals(1, enter(1));
    assertEquals(0, io_uring_cqe.res(completion(42)));
  }

  @Test
  void oneAcceptGivesSeveralConnections() {
    int type = Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC();
    int listener = linux.sockets().socket(Linux.AF_INET(), type, 0);
    assertEquals(0, linux.sockets().bind(listener, SocketAddress.inet("127.0.0.1", 0)));
    assertEquals(0, linux.sockets().listen(listener, 4));
    MemorySegment accept = submission(Linux.IORING_OP_ACCEPT(), listener, 1);
    io_uring_sqe.ioprio(accept, (short) Linux.IORING_ACCEPT_MULTISHOT());
    io_uring_sqe.accept_flags(accept, Linux.SOCK_CLOEXEC());
    assertEquals(1, enter(0));
    for (int i = 0; i < 3; i++) {
      int client = linux.sockets().socket(Linux.AF_INET(), type, 0);
      assertEquals(0, linux.sockets().connect(client, linux.sockets().name(listener)));
      enter(1);
      MemorySegment accepted = completion(1);
      assertTrue(io_uring_cqe.res(accepted) >= 0, "a descriptor");
      assertNotEquals(0, io_uring_cqe.flags(accepted) & Linux.IORING_CQE_F_MORE());
      assertEquals(0, linux.files().close(io_uring_cqe.res(accepted)));
      assertEquals(0, linux.files().close(client));
    }
    assertEquals(0, linux.files().close(listener));
  }

  /** Registers a ring of two buffers and gives the address of the first. */
  private long provide() {
    MemorySegment provided = arena.allocate(io_uring_buf.sizeof() * BUFFERS, 4096);
    MemorySegment buffers = arena.allocate((long) BUFFERS * BUFFER_BYTES);
    MemorySegment registration = io_uring_buf_reg.allocate(arena);
    io_uring_buf_reg.ring_addr(registration, provided.address());
    io_uring_buf_reg.ring_entries(registration, BUFFERS);
    int operation = Linux.IORING_REGISTER_PBUF_RING();
    assertEquals(0, rings.register(ring, operation, registration.address(), 1));
    for (int i = 0; i < BUFFERS; i++) {
      MemorySegment buffer = io_uring_buf.asSlice(provided, i);
      io_uring_buf.addr(buffer, buffers.address() + (long) i * BUFFER_BYTES);
      io_uring_buf.len(buffer, BUFFER_BYTES);
      io_uring_buf.bid(buffer, (short) i);
    }
    long end = provided.address() + io_uring_buf_ring.tail$offset();
    Memory.putShortRelease(end, (short) BUFFERS);
    return buffers.address();
  }

  @Test
  void oneReceiveGivesAllThatArrivesUntilNoBufferIsLeft() {
    MemorySegment fds = arena.allocate(8, 4);
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    assertEquals(0, linux.sockets().socketpair(Linux.AF_UNIX(), type, 0, fds.address()));
    int near = fds.get(JAVA_INT, 0);
    int far = fds.get(JAVA_INT, 4);
    long buffers = provide();
    MemorySegment receive = submission(Linux.IORING_OP_RECV(), near, 1);
    io_uring_sqe.ioprio(receive, (short) Linux.IORING_RECV_MULTISHOT());
    io_uring_sqe.flags(receive, (byte) Linux.IOSQE_BUFFER_SELECT());
    assertEquals(1, enter(0));
    long text = arena.allocateFrom("hello").address();
    for (int i = 0; i < BUFFERS; i++) {
      assertEquals(5, linux.sockets().send(far, text, 5, 0));
      enter(1);
      MemorySegment arrived = completion(1);
      int flags = io_uring_cqe.flags(arrived);
      assertEquals(5, io_uring_cqe.res(arrived));
      assertEquals(i, flags >>> Linux.IORING_CQE_BUFFER_SHIFT());
      assertEquals('h', Memory.getByte(buffers + (long) i * BUFFER_BYTES));
      assertNotEquals(0, flags & Linux.IORING_CQE_F_MORE());
    }
    assertEquals(5, linux.sockets().send(far, text, 5, 0));
    enter(1);
    MemorySegment last = completion(1);
    assertEquals(-Errno.ENOBUFS.number(), io_uring_cqe.res(last));
    assertEquals(0, io_uring_cqe.flags(last) & Linux.IORING_CQE_F_MORE());
    assertEquals(0, linux.files().close(near));
    assertEquals(0, linux.files().close(far));
  }

  /** What {@code io.quintet.ring} rests on: no buffer is the kernel's behind the entry. */
  @Test
  void aSendThatMustNotWaitHasGoneOrSaysWhatIsLeft() {
    MemorySegment fds = arena.allocate(8, 4);
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    assertEquals(0, linux.sockets().socketpair(Linux.AF_UNIX(), type, 0, fds.address()));
    int near = fds.get(JAVA_INT, 0);
    int far = fds.get(JAVA_INT, 4);
    long bytes = arena.allocate(1 << 20).address();
    send(near, bytes, 5, 1);
    assertEquals(0, completions(), "it has gone, and says nothing");
    assertEquals(5, linux.sockets().recv(far, bytes, 16, 0));
    send(near, bytes, 1 << 20, 2);
    int part = io_uring_cqe.res(completion(2));
    assertTrue(part > 0 && part < 1 << 20, "sent " + part);
    send(near, bytes, 5, 3);
    assertEquals(-Errno.EAGAIN.number(), io_uring_cqe.res(completion(3)));
    assertEquals(0, linux.files().close(far));
    send(near, bytes, 5, 4);
    assertEquals(-Errno.EPIPE.number(), io_uring_cqe.res(completion(4)));
    assertEquals(0, linux.files().close(near));
  }

  private void send(int fd, long bytes, int length, long userData) {
    MemorySegment send = submission(Linux.IORING_OP_SEND(), fd, userData);
    io_uring_sqe.flags(send, (byte) Linux.IOSQE_CQE_SKIP_SUCCESS());
    io_uring_sqe.addr(send, bytes);
    io_uring_sqe.len(send, length);
    int flags = Linux.MSG_NOSIGNAL() | Linux.MSG_DONTWAIT() | Linux.MSG_WAITALL();
    io_uring_sqe.msg_flags(send, flags);
    assertEquals(1, enter(0));
  }
}
