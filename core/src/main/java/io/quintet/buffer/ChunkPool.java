package io.quintet.buffer;

import io.quintet.metrics.Counter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Chunks and queues that wait for use, so that a loop at work allocates none. What is lent comes
 * back; beyond a bound it is freed. One thread.
 */
public final class ChunkPool {
  private static final int FREE_MAX = 256;

  /** As many as one connection's queue holds at its usual high watermark. */
  private static final int REST_MAX = 64;

  private @Nullable Chunk chunks;
  private int chunkCount;

  /** Chunks that queues hold; others may look. */
  private final Counter lent = new Counter();

  /** Bytes that wait elsewhere, and count as those of queues do; others may look. */
  private final Counter elsewhere = new Counter();

  private @Nullable ByteQueue queues;

  /** How much memory its queues hold, and what counts beside them. */
  public long lentBytes() {
    return lent.get() * Chunk.BYTES + elsewhere.get();
  }

  /** So many bytes more wait elsewhere, such as those of a record that is not whole; or fewer. */
  public void countElsewhere(long bytes) {
    elsewhere.add(bytes);
  }

  Chunk lend() {
    lent.add(1);
    Chunk chunk = chunks;
    if (chunk == null) {
      return new Chunk();
    }
    chunks = chunk.next;
    chunkCount--;
    chunk.next = null;
    chunk.start = 0;
    chunk.end = 0;
    return chunk;
  }

  public void giveBack(Chunk chunk) {
    lent.add(-1);
    if (chunkCount == FREE_MAX) {
      chunk.free();
      return;
    }
    chunk.next = chunks;
    chunks = chunk;
    chunkCount++;
    if (lent.get() == 0) {
      keep(REST_MAX);
    }
  }

  public ByteQueue lendQueue() {
    ByteQueue queue = queues;
    if (queue == null) {
      return new ByteQueue(this);
    }
    queues = queue.nextFree;
    queue.nextFree = null;
    return queue;
  }

  /** Takes a queue back, whatever it holds. */
  public void giveBack(ByteQueue queue) {
    queue.clear();
    queue.nextFree = queues;
    queues = queue;
  }

  /** Frees what waits for use. */
  public void close() {
    keep(0);
  }

  private void keep(int most) {
    while (chunkCount > most) {
      Chunk chunk = Objects.requireNonNull(chunks, "as many as counted");
      chunks = chunk.next;
      chunkCount--;
      chunk.free();
    }
  }
}
