package io.quintet.codec;

import java.util.Arrays;

/**
 * Gathers a run of bytes that may be longer than the read buffer. Room is not made on the word of a
 * length alone: it grows with the bytes that arrive. One thread at a time.
 */
public final class Gatherer {
  private static final byte[] NOTHING = {};
  private static final int ROOM_FIRST = 64 << 10;

  private byte[] bytes = NOTHING;
  private int length;
  private int missing;

  /** A gatherer that waits for nothing. */
  public Gatherer() {}

  /**
   * Waits for bytes behind those that it has.
   *
   * @param more how many, at least 0; with those that it has at most 2^31 - 9
   */
  public void expect(int more) {
    missing = more;
  }

  /**
   * How many it has.
   *
   * @return at least 0
   */
  public int length() {
    return length;
  }

  /**
   * Takes of those that it waits for what has arrived.
   *
   * @param in bytes received
   * @return whether none is missing
   */
  public boolean take(Input in) {
    int count = Math.min(missing, in.remaining());
    int needed = length + count;
    if (needed > bytes.length) {
      // What is whole at once is not copied again; what comes in many pieces is copied few times.
      int first = Math.min(missing, ROOM_FIRST);
      bytes = Arrays.copyOf(bytes, length == 0 ? Math.max(count, first) : roomFor(needed));
    }
    in.take(bytes, length, count);
    length = needed;
    missing -= count;
    return missing == 0;
  }

  private int roomFor(int needed) {
    return (int) Math.min(Math.max(needed, 2L * bytes.length), Integer.MAX_VALUE - 8);
  }

  /**
   * Gives what it has, and has nothing from now on.
   *
   * @return an array of that length
   */
  public byte[] finish() {
    byte[] whole = bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
    bytes = NOTHING;
    length = 0;
    return whole;
  }
}
