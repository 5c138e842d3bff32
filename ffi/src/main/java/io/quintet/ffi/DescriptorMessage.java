package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.cmsghdr;
import io.quintet.ffi.linux.iovec;
import io.quintet.ffi.linux.msghdr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A message of two numbers, perhaps more of them, and perhaps a descriptor, for sendmsg(2) and
 * recvmsg(2) on a unix socket that keeps messages apart. The receiver gets a descriptor of its own
 * (SCM_RIGHTS, unix(7)). Reused from message to message; one thread.
 */
public final class DescriptorMessage {
  /** A message that carries no descriptor. */
  public static final int NO_DESCRIPTOR = -1;

  /** Bytes of the two numbers. */
  public static final int BODY_BYTES = 2 * Long.BYTES;

  private static final long CONTROL_HEAD_BYTES = cmsghdr.layout().byteSize();

  /** CMSG_SPACE(sizeof(int)): padded to the alignment of a long. */
  private static final long CONTROL_BYTES = CONTROL_HEAD_BYTES + Long.BYTES;

  private final MemorySegment header;
  private final MemorySegment vector;
  private final MemorySegment body;
  private final MemorySegment control;

  /**
   * Room for one message.
   *
   * @param arena owns the room
   * @param moreMax numbers beside the two, at least 0
   */
  public DescriptorMessage(Arena arena, int moreMax) {
    this.header = msghdr.allocate(arena);
    this.body = arena.allocate(BODY_BYTES + (long) moreMax * Long.BYTES, Long.BYTES);
    this.control = arena.allocate(CONTROL_BYTES, Long.BYTES);
    this.vector = iovec.allocate(arena);
    iovec.iov_base(vector, body);
    iovec.iov_len(vector, BODY_BYTES);
    msghdr.msg_iov(header, vector);
    msghdr.msg_iovlen(header, 1);
  }

  /**
   * Lays a message out to be sent.
   *
   * @param kind what it is
   * @param value what it says
   * @param descriptor what it carries, or {@link #NO_DESCRIPTOR}
   * @return address of the {@code struct msghdr}
   */
  public long toSend(long kind, long value, int descriptor) {
    body.set(JAVA_LONG, 0, kind);
    body.set(JAVA_LONG, Long.BYTES, value);
    iovec.iov_len(vector, BODY_BYTES);
    boolean carries = descriptor != NO_DESCRIPTOR;
    msghdr.msg_control(header, carries ? control : MemorySegment.NULL);
    msghdr.msg_controllen(header, carries ? CONTROL_BYTES : 0);
    if (carries) {
      cmsghdr.cmsg_len(control, CONTROL_HEAD_BYTES + Integer.BYTES);
      cmsghdr.cmsg_level(control, Linux.SOL_SOCKET());
      cmsghdr.cmsg_type(control, Linux.SCM_RIGHTS());
      control.set(JAVA_INT, CONTROL_HEAD_BYTES, descriptor);
    }
    return header.address();
  }

  /**
   * Lays a message of more than two numbers out to be sent.
   *
   * @param kind what it is
   * @param value what it says
   * @param more what it says beside that, no more than there is room for
   * @return address of the {@code struct msghdr}
   */
  public long toSend(long kind, long value, long[] more) {
    long address = toSend(kind, value, NO_DESCRIPTOR);
    MemorySegment.copy(more, 0, body, JAVA_LONG, BODY_BYTES, more.length);
    iovec.iov_len(vector, BODY_BYTES + (long) more.length * Long.BYTES);
    return address;
  }

  /**
   * Makes room for a message to be received.
   *
   * @return address of the {@code struct msghdr}
   */
  public long toReceive() {
    body.fill((byte) 0);
    iovec.iov_len(vector, body.byteSize());
    control.fill((byte) 0);
    msghdr.msg_control(header, control);
    msghdr.msg_controllen(header, CONTROL_BYTES);
    return header.address();
  }

  /**
   * Where the two numbers stand, for reading them alone.
   *
   * @return address of {@link #BODY_BYTES} bytes
   */
  public long bodyAddress() {
    return body.address();
  }

  /**
   * What the message is.
   *
   * @return the first number
   */
  public long kind() {
    return body.get(JAVA_LONG, 0);
  }

  /**
   * What the message says.
   *
   * @return the second number
   */
  public long value() {
    return body.get(JAVA_LONG, Long.BYTES);
  }

  /**
   * What the message says beside that.
   *
   * @param bytes its length, the result of recvmsg(2)
   * @return the numbers behind the second one
   */
  public long[] more(long bytes) {
    long[] more = new long[Math.toIntExact(Math.max(bytes - BODY_BYTES, 0) / Long.BYTES)];
    MemorySegment.copy(body, JAVA_LONG, BODY_BYTES, more, 0, more.length);
    return more;
  }

  /**
   * What the message carried.
   *
   * @return a descriptor that is the receiver's now, or {@link #NO_DESCRIPTOR}, also where there
   *     was no room for one more in the process
   */
  public int descriptor() {
    return cmsghdr.cmsg_type(control) == Linux.SCM_RIGHTS()
            && cmsghdr.cmsg_len(control) == CONTROL_HEAD_BYTES + Integer.BYTES
        ? control.get(JAVA_INT, CONTROL_HEAD_BYTES)
        : NO_DESCRIPTOR;
  }
}
