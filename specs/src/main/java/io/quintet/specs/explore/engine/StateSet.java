package io.quintet.specs.explore.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** States, each once, numbered in the order in which they came. */
final class StateSet {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK_BITS = 12;

  private final int length;
  private final int width;
  private byte[][] blocks = new byte[16][];
  private int[] hashes = new int[1 << BLOCK_BITS];
  private int[] table = new int[1 << BLOCK_BITS + 1];
  private int count;

  /** A set of states with so many variables each. */
  StateSet(int length) {
    this.length = length;
    this.width = length + 7 & ~7;
  }

  /** How long an array for a state is: whole longs. */
  int width() {
    return width;
  }

  int count() {
    return count;
  }

  /** Copies a state out. */
  void get(int number, byte[] into) {
    System.arraycopy(blocks[number >> BLOCK_BITS], offset(number), into, 0, width);
  }

  byte[] get(int number) {
    byte[] state = new byte[width];
    get(number, state);
    return state;
  }

  private int offset(int number) {
    return (number & (1 << BLOCK_BITS) - 1) * width;
  }

  /** The number of a state, which is added unless it is there. */
  int add(byte[] state) {
    int hash = hash(state);
    int slot = hash & table.length - 1;
    while (table[slot] != 0) {
      int number = table[slot] - 1;
      if (hashes[number] == hash && isEqual(number, state)) {
        return number;
      }
      slot = slot + 1 & table.length - 1;
    }
    if (count == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * count);
    }
    int block = count >> BLOCK_BITS;
    if (block == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * block);
    }
    if (blocks[block] == null) {
      blocks[block] = new byte[width << BLOCK_BITS];
    }
    System.arraycopy(state, 0, blocks[block], offset(count), width);
    hashes[count] = hash;
    table[slot] = ++count;
    if (2 * count > table.length) {
      grow();
    }
    return count - 1;
  }

  private boolean isEqual(int number, byte[] state) {
    int from = offset(number);
    return Arrays.equals(blocks[number >> BLOCK_BITS], from, from + length, state, 0, length);
  }

  private void grow() {
    table = new int[2 * table.length];
    for (int number = 0; number < count; number++) {
      int slot = hashes[number] & table.length - 1;
      while (table[slot] != 0) {
        slot = slot + 1 & table.length - 1;
      }
      table[slot] = number + 1;
    }
  }

  private int hash(byte[] state) {
    long hash = 0;
    for (int i = 0; i < width; i += Long.BYTES) {
      hash = (hash ^ (long) LONGS.get(state, i)) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 29;
    }
    return (int) (hash ^ hash >>> 32);
  }
}
