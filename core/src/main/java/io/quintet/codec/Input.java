package io.quintet.codec;

import io.quintet.ffi.Memory;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.util.Objects;

/**
 * Bytes received and not yet consumed. Indexes count from the first of them. One thread at a time.
 */
public final class Input {
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private final MemorySegment memory;
  private final long base;
  private int position;
  private int limit;

  /**
   * An empty input over native memory, which must be readable for 8 bytes beyond what it will hold:
   * wide reads go up to the word that holds the last byte.
   *
   * @param memory native memory
   */
  public Input(MemorySegment memory) {
    this.memory = memory;
    this.base = memory.address();
  }

  /**
   * An input that holds some bytes, for trying a decoder.
   *
   * @param bytes bytes
   * @return the input
   */
  public static Input of(byte... bytes) {
    MemorySegment memory =
        java.lang.foreign.Arena.ofAuto().allocate(bytes.length + Long.BYTES, Long.BYTES);
    Input input = new Input(memory);
    Memory.copy(bytes, 0, memory.address(), bytes.length);
    input.present(0, bytes.length);
    return input;
  }

  /**
   * Presents a part of the memory.
   *
   * @param from offset of the first byte
   * @param to offset behind the last
   */
  public void present(int from, int to) {
    Objects.checkFromToIndex(from, to, capacity());
    position = from;
    limit = to;
  }

  /**
   * How many bytes the memory can hold.
   *
   * @return bytes
   */
  public int capacity() {
    return (int) memory.byteSize() - Long.BYTES;
  }

  /**
   * How many bytes are left.
   *
   * @return at least 0
   */
  public int remaining() {
    return limit - position;
  }

  /**
   * Where the first byte left stands in the memory.
   *
   * @return offset, for {@link #present}
   */
  public int position() {
    return position;
  }

  /**
   * Where the bytes end in the memory.
   *
   * @return offset, for {@link #present}
   */
  public int limit() {
    return limit;
  }

  /**
   * The native address of the first byte left, for decoders that check their own bounds.
   *
   * @return address, valid until the decoder returns
   */
  public long address() {
    return base + position;
  }

  /**
   * Looks at a byte.
   *
   * @param index 0 to {@link #remaining()} - 1
   * @return the byte
   */
  public byte peek(int index) {
    Objects.checkIndex(index, remaining());
    return Memory.getByte(base + position + index);
  }

  /**
   * Finds a byte, eight at a time.
   *
   * @param value byte to find
   * @param from index to begin at
   * @return its index, or -1
   */
  public int indexOf(byte value, int from) {
    Objects.checkFromToIndex(from, remaining(), remaining());
    long pattern = (value & 0xffL) * ONES;
    long end = base + limit;
    for (long at = base + position + from; at < end; at += Long.BYTES) {
      long word = Memory.getLong(at) ^ pattern;
      long found = (word - ONES) & ~word & HIGHS;
      if (found != 0) {
        long hit = at + (Long.numberOfTrailingZeros(found) >>> 3);
        return hit < end ? (int) (hit - base - position) : -1;
      }
    }
    return -1;
  }

  /**
   * Consumes bytes.
   *
   * @param count 0 to {@link #remaining()}
   */
  public void skip(int count) {
    Objects.checkFromIndexSize(0, count, remaining());
    position += count;
  }

  /**
   * Consumes bytes into an array.
   *
   * @param to array
   * @param offset where in it
   * @param count how many
   */
  public void take(byte[] to, int offset, int count) {
    Objects.checkFromIndexSize(0, count, remaining());
    Objects.checkFromIndexSize(offset, count, to.length);
    Memory.copy(base + position, to, offset, count);
    position += count;
  }

  /**
   * Consumes bytes as a text.
   *
   * @param count how many
   * @param charset what they are in
   * @return the text
   */
  public String takeText(int count, Charset charset) {
    byte[] bytes = new byte[Objects.checkIndex(count, remaining() + 1)];
    take(bytes, 0, count);
    return new String(bytes, charset);
  }
}
