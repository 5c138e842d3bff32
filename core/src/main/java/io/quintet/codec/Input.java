package io.quintet.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Objects;

/**
 * Bytes received and not yet consumed. Indexes count from the first of them. One thread at a time.
 *
 * <p>The bytes are in an array, so that no codec can reach beyond them: one copy out of native
 * memory for each recv(2), which cost 1 % of an echo of 64 bytes and made decoding faster, since
 * the compiler does more with arrays than with memory segments (2026-11-23).
 */
public final class Input {
  /** Bytes behind the limit that a decoder may read and overwrite, for reading word by word. */
  public static final int SPARE_BYTES = Long.BYTES;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private final byte[] bytes;
  private int position;
  private int limit;
  private Peer peer = Peer.unconnected();

  /**
   * An empty input.
   *
   * @param capacity most bytes that it will hold
   */
  public Input(int capacity) {
    this.bytes = new byte[capacity + SPARE_BYTES];
  }

  /**
   * An input that holds some bytes, for trying a decoder.
   *
   * @param bytes bytes
   * @return the input
   */
  public static Input of(byte... bytes) {
    Input input = new Input(bytes.length);
    System.arraycopy(bytes, 0, input.bytes, 0, bytes.length);
    input.present(0, bytes.length);
    return input;
  }

  /**
   * Presents a part of the array.
   *
   * @param from index of the first byte in {@link #array()}
   * @param to index behind the last
   */
  public void present(int from, int to) {
    Objects.checkFromToIndex(from, to, capacity());
    position = from;
    limit = to;
  }

  /**
   * Says whose bytes follow.
   *
   * @param sender who sends them
   */
  public void from(Peer sender) {
    peer = sender;
  }

  /**
   * Who sent the bytes.
   *
   * @return the other end of the connection
   */
  public Peer peer() {
    return peer;
  }

  /**
   * How many bytes it can hold.
   *
   * @return bytes
   */
  public int capacity() {
    return bytes.length - SPARE_BYTES;
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
   * Where the first byte left stands in the array.
   *
   * @return index in {@link #array()}
   */
  public int position() {
    return position;
  }

  /**
   * Where the bytes end in the array.
   *
   * @return index in {@link #array()}
   */
  public int limit() {
    return limit;
  }

  /**
   * The array that holds the bytes, for decoders that want speed. It is used again for the next
   * bytes: nothing of it outlives the decoder's return but what is copied.
   *
   * @return the array, longer than the limit by at least {@link #SPARE_BYTES}
   */
  public byte[] array() {
    return bytes;
  }

  /**
   * Looks at a byte.
   *
   * @param index 0 to {@link #remaining()} - 1
   * @return the byte
   */
  public byte peek(int index) {
    return bytes[position + Objects.checkIndex(index, remaining())];
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
    for (int at = position + from; at < limit; at += Long.BYTES) {
      long word = (long) WORDS.get(bytes, at) ^ pattern;
      long found = (word - ONES) & ~word & HIGHS;
      if (found != 0) {
        int hit = at + (Long.numberOfTrailingZeros(found) >>> 3);
        return hit < limit ? hit - position : -1;
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
    System.arraycopy(bytes, position, to, offset, count);
    position += count;
  }

  /**
   * Consumes bytes into a new array.
   *
   * @param count how many
   * @return the array
   */
  public byte[] take(int count) {
    Objects.checkFromIndexSize(0, count, remaining());
    byte[] taken = Arrays.copyOfRange(bytes, position, position + count);
    position += count;
    return taken;
  }

  /**
   * Consumes bytes as a text.
   *
   * @param count how many
   * @param charset what they are in
   * @return the text
   */
  public String takeText(int count, Charset charset) {
    Objects.checkFromIndexSize(0, count, remaining());
    String text = new String(bytes, position, count, charset);
    position += count;
    return text;
  }
}
