package io.quintet.buffer;

import io.quintet.ffi.Memory;
import org.jspecify.annotations.Nullable;

/** Bytes in pooled chunks, first in, first out. One thread. */
public final class ByteQueue {
  private final ChunkPool pool;
  private @Nullable Chunk first;
  private @Nullable Chunk last;
  private long length;

  /** Link of the pool. */
  @Nullable ByteQueue nextFree;

  ByteQueue(ChunkPool pool) {
    this.pool = pool;
  }

  /** How many bytes wait. */
  public long length() {
    return length;
  }

  public void append(byte[] bytes, int offset, int count) {
    int done = 0;
    while (done < count) {
      Chunk chunk = last;
      if (chunk == null || chunk.end == Chunk.BYTES) {
        chunk = grow();
      }
      int part = Math.min(count - done, Chunk.BYTES - chunk.end);
      Memory.copy(bytes, offset + done, chunk.address + chunk.end, part);
      chunk.end += part;
      done += part;
    }
    length += count;
  }

  private Chunk grow() {
    Chunk chunk = pool.lend();
    if (last == null) {
      first = chunk;
    } else {
      last.next = chunk;
    }
    last = chunk;
    return chunk;
  }

  /** Where the bytes of the first chunk stand. The queue must not be empty. */
  public long headAddress() {
    Chunk chunk = head();
    return chunk.address + chunk.start;
  }

  /** How many bytes the first chunk holds. The queue must not be empty. */
  public int headLength() {
    Chunk chunk = head();
    return chunk.end - chunk.start;
  }

  /** Drops bytes of the first chunk. */
  public void consume(int count) {
    Chunk chunk = head();
    chunk.start += count;
    length -= count;
    if (chunk.start == chunk.end) {
      first = chunk.next;
      last = first == null ? null : last;
      pool.giveBack(chunk);
    }
  }

  /** Copies all bytes out and empties the queue. */
  public void drainTo(byte[] bytes) {
    int to = 0;
    while (length > 0) {
      int count = headLength();
      Memory.copy(headAddress(), bytes, to, count);
      to += count;
      consume(count);
    }
  }

  void clear() {
    while (length > 0) {
      consume(headLength());
    }
  }

  private Chunk head() {
    Chunk chunk = first;
    if (chunk == null) {
      throw new IllegalStateException("the queue is empty");
    }
    return chunk;
  }
}
