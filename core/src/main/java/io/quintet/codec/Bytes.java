package io.quintet.codec;

import io.quintet.ffi.Memory;
import java.util.Objects;

/**
 * Some bytes: owned ones, or a borrowed view of a read buffer that is valid until the handler
 * returns. One thread at a time while borrowed; owned ones never change.
 */
public final class Bytes {
  private static final byte[] BORROWED = {};

  private final byte[] owned;
  private long address;
  private int length;

  private Bytes(byte[] owned) {
    this.owned = owned;
    this.length = owned.length;
  }

  /** A view to be lent with {@link #lend}. */
  static Bytes view() {
    return new Bytes(BORROWED);
  }

  /**
   * Owned bytes.
   *
   * @param bytes array, copied
   * @return the bytes
   */
  public static Bytes of(byte... bytes) {
    return new Bytes(bytes.clone());
  }

  Bytes lend(long from, int count) {
    address = from;
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
    Objects.checkIndex(index, length);
    return isBorrowed() ? Memory.getByte(address + index) : owned[index];
  }

  /**
   * A copy that outlives the read buffer.
   *
   * @return an array
   */
  public byte[] toArray() {
    byte[] copy = new byte[length];
    if (isBorrowed()) {
      Memory.copy(address, copy, 0, length);
    } else {
      System.arraycopy(owned, 0, copy, 0, length);
    }
    return copy;
  }

  /**
   * These bytes, owned.
   *
   * @return a copy where they are borrowed
   */
  public Bytes detach() {
    return isBorrowed() ? new Bytes(toArray()) : this;
  }

  void writeTo(Output out) {
    if (isBorrowed()) {
      out.put(address, length);
    } else {
      out.put(owned);
    }
  }

  private boolean isBorrowed() {
    return owned == BORROWED;
  }
}
