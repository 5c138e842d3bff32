package io.quintet.testkit;

import java.util.Arrays;

/** Bytes in their order. One thread. */
final class ByteFifo {
  private byte[] bytes = new byte[64];
  private int from;
  private int length;

  int length() {
    return length;
  }

  void add(byte[] source, int offset, int count) {
    if (from + length + count > bytes.length) {
      byte[] room = length + count > bytes.length ? new byte[2 * (length + count)] : bytes;
      System.arraycopy(bytes, from, room, 0, length);
      bytes = room;
      from = 0;
    }
    System.arraycopy(source, offset, bytes, from + length, count);
    length += count;
  }

  byte[] peek(int count) {
    return Arrays.copyOfRange(bytes, from, from + count);
  }

  void skip(int count) {
    from += count;
    length -= count;
  }

  byte[] take(int count) {
    byte[] taken = peek(count);
    skip(count);
    return taken;
  }
}
