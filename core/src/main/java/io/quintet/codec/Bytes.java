package io.quintet.codec;

import java.util.Arrays;
import java.util.Objects;

/**
 * Some bytes: owned ones, or a borrowed view of a read buffer that is valid until the handler
 * returns. One thread at a time while borrowed; owned ones never change.
 */
public final class Bytes {
  private final boolean borrowed;
  private byte[] array;
  private int offset;
  private int length;

  private Bytes(boolean borrowed, byte[] array) {
    this.borrowed = borrowed;
    this.array = array;
    this.length = array.length;
  }

  /** A view to be lent with {@link #lend}. */
  static Bytes view() {
    return new Bytes(true, new byte[0]);
  }

  /**
   * Owned bytes.
   *
   * @param bytes array, copied
   * @return the bytes
   */
  public static Bytes of(byte... bytes) {
    return new Bytes(false, bytes.clone());
  }

  Bytes lend(byte[] from, int start, int count) {
    array = from;
    offset = start;
    length = count;
    return this;
  }

  /**
   * How many.
   *
   * @return at least 0
   */
  public int length() {
    return length;
  }

  /**
   * One of them.
   *
   * @param index 0 to {@link #length()} - 1
   * @return the byte
   */
  public byte get(int index) {
    return array[offset + Objects.checkIndex(index, length)];
  }

  /**
   * A copy that outlives the read buffer.
   *
   * @return an array
   */
  public byte[] toArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /**
   * These bytes, owned.
   *
   * @return a copy where they are borrowed
   */
  public Bytes detach() {
    return borrowed ? new Bytes(false, toArray()) : this;
  }

  void writeTo(Output out) {
    out.put(array, offset, length);
  }
}
