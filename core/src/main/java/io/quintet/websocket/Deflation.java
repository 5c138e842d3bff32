package io.quintet.websocket;

import java.util.Arrays;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Compresses the messages of the server, RFC 7692 §7.2.1, on the threads that send them. Where a
 * message may repeat parts of those before it, they are queued in the order in which they were
 * compressed. Any thread may call.
 */
final class Deflation {
  /** The end of a flushed block, which is not sent. */
  private static final int TAIL_BYTES = 4;

  /** Room enough that a flush is not split, zlib's manual of deflate(). */
  private static final int ROOM_BYTES = 64;

  /**
   * The quickest level: text of core/docs in messages of 8 KiB took 78 µs each, 140 µs at level 6,
   * to 0.43 of its size, 0.39 at level 6 (JDK 25, 2026-11-29).
   */
  private static final int LEVEL = Deflater.BEST_SPEED;

  private final boolean keepsContext;
  private final int bytesMin;
  private final Lock lock = new ReentrantLock();

  /** What messages are compressed with that may repeat others. */
  private @Nullable Deflater deflater;

  private boolean ended;

  Deflation(boolean keepsContext, int bytesMin) {
    this.keepsContext = keepsContext;
    this.bytesMin = Math.max(1, bytesMin); // of nothing there is nothing to compress
  }

  /** Queues a message, compressed if that is worth it. */
  Outbox.Taken send(WebSocketMessage message, Outbox outbox) {
    if (outbox.isClosing() || message.bytes().length < bytesMin) {
      return outbox.add(Frame.of(message));
    }
    if (!keepsContext) {
      byte[] deflated = message.deflated();
      return outbox.add(
          deflated.length < message.bytes().length
              ? Frame.deflated(message, deflated)
              : Frame.of(message));
    }
    lock.lock();
    try {
      if (ended) {
        return Outbox.Taken.IN_VAIN;
      }
      if (deflater == null) {
        deflater = new Deflater(LEVEL, true);
      }
      return outbox.add(Frame.deflated(message, deflate(deflater, message.bytes())));
    } finally {
      lock.unlock();
    }
  }

  /** A message compressed by itself. */
  static byte[] deflate(byte[] bytes) {
    Deflater alone = new Deflater(LEVEL, true);
    try {
      return deflate(alone, bytes);
    } finally {
      alone.end();
    }
  }

  private static byte[] deflate(Deflater with, byte[] bytes) {
    with.setInput(bytes);
    byte[] deflated = new byte[bytes.length / 2 + ROOM_BYTES];
    int length = 0;
    while (true) {
      int room = deflated.length - length;
      int count = with.deflate(deflated, length, room, Deflater.SYNC_FLUSH);
      length += count;
      if (count < room) {
        return Arrays.copyOf(deflated, length - TAIL_BYTES);
      }
      deflated = Arrays.copyOf(deflated, deflated.length + bytes.length / 2 + ROOM_BYTES);
    }
  }

  /** Frees the native memory. Nothing is compressed any more. */
  void end() {
    lock.lock();
    try {
      ended = true;
      if (deflater != null) {
        deflater.end();
        deflater = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether it has native memory. */
  boolean isHeld() {
    lock.lock();
    try {
      return deflater != null;
    } finally {
      lock.unlock();
    }
  }
}
