package io.quintet.websocket;

import io.quintet.codec.Output;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait to be written. Any thread adds; the loop writes. Behind a close frame nothing is
 * taken and nothing is written.
 */
final class Outbox {
  /** Bytes after which others are asked. */
  private static final int WRITE_BYTES = 16 << 10;

  private final long bytesMax;
  private final long bytesMuch;
  private final Queue<Frame> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Whether a close frame is queued, or about to be. */
  private final AtomicBoolean closing = new AtomicBoolean();

  /** Whether who sends was told that it is too much. */
  private volatile boolean much;

  /** The answer to the last ping. The loop's alone. */
  private @Nullable Frame pong;

  /** Whether the close frame is written. The loop's alone. */
  private boolean closed;

  Outbox(int bytesMax) {
    this.bytesMax = bytesMax;
    this.bytesMuch = bytesMax / 16;
  }

  /** How a frame was taken. */
  enum Taken {
    /** There is room for more. */
    GLADLY,
    /** It is enough for now. */
    BARELY,
    /** There is no room. */
    NOT,
    /** Nothing follows a close frame. */
    IN_VAIN
  }

  Taken add(Frame frame) {
    if (closing.get()) {
      return Taken.IN_VAIN;
    }
    long has = bytes.addAndGet(frame.size());
    if (has > bytesMax) {
      bytes.addAndGet(-frame.size());
      return Taken.NOT;
    }
    boolean over = has > bytesMuch;
    if (over) {
      much = true; // before the frame can be written, so that who writes it finds it
    }
    queue.add(frame);
    return over ? Taken.BARELY : Taken.GLADLY;
  }

  /** Adds the close frame, unless there is one. */
  boolean close(Frame frame) {
    if (!closing.compareAndSet(false, true)) {
      return false;
    }
    bytes.addAndGet(frame.size());
    queue.add(frame);
    return true;
  }

  /** Adds the close frame in place of what waits, unless there is one. */
  boolean closeAtOnce(Frame frame) {
    if (!closing.compareAndSet(false, true)) {
      return false;
    }
    Frame dropped;
    while ((dropped = queue.poll()) != null) {
      bytes.addAndGet(-dropped.size());
    }
    bytes.addAndGet(frame.size());
    queue.add(frame);
    return true;
  }

  /** The answer to a ping, in place of one that is not written. */
  void pong(byte[] payload) {
    pong = new Frame(Frame.PONG, payload);
  }

  boolean isClosing() {
    return closing.get();
  }

  boolean hasFrames() {
    return pong != null || !queue.isEmpty();
  }

  long bytes() {
    return bytes.get();
  }

  /** Whether more waits than the peer should be answered beside. */
  boolean isMuch() {
    return bytes.get() > bytesMuch;
  }

  /** Whether who sends may be told of room. Once for each time that it was too much. */
  boolean isRelieved() {
    if (much && bytes.get() <= bytesMuch / 4) {
      much = false;
      return true;
    }
    return false;
  }

  /** Writes frames, and says whether the close frame was one of them. */
  boolean write(Output out) {
    if (pong != null && !closed) {
      pong.write(out);
    }
    pong = null;
    int written = 0;
    Frame next;
    while (written < WRITE_BYTES && (next = queue.poll()) != null) {
      bytes.addAndGet(-next.size());
      if (closed) {
        continue;
      }
      next.write(out);
      written += next.size();
      if (next.opcode() == Frame.CLOSE) {
        closed = true;
        return true;
      }
    }
    return false;
  }
}
