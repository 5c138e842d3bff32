package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Native memory by address, without bounds checks.
 *
 * <p>This is the one class that can crash the process: an address that is not the caller's own
 * reads or writes whatever lies there. Callers check their bounds before they come here. One
 * unbounded base segment with {@code long} offsets compiles to plain loads and stores.
 *
 * <p>Any thread may call; values are little-endian, as the machine is.
 */
public final class Memory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final VarHandle INT = JAVA_INT.varHandle();
  private static final VarHandle SHORT = JAVA_SHORT.varHandle();

  private Memory() {}

  /**
   * Reads one byte.
   *
   * @param address where
   * @return the byte
   */
  public static byte getByte(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  /**
   * Writes one byte.
   *
   * @param address where
   * @param value the byte
   */
  public static void putByte(long address, byte value) {
    ALL.set(JAVA_BYTE, address, value);
  }

  /**
   * Reads 2 bytes at any alignment.
   *
   * @param address where
   * @return the value
   */
  public static short getShort(long address) {
    return ALL.get(JAVA_SHORT_UNALIGNED, address);
  }

  /**
   * Writes 2 bytes at any alignment.
   *
   * @param address where
   * @param value the value
   */
  public static void putShort(long address, short value) {
    ALL.set(JAVA_SHORT_UNALIGNED, address, value);
  }

  /**
   * Reads 4 bytes at any alignment.
   *
   * @param address where
   * @return the value
   */
  public static int getInt(long address) {
    return ALL.get(JAVA_INT_UNALIGNED, address);
  }

  /**
   * Writes 4 bytes at any alignment.
   *
   * @param address where
   * @param value the value
   */
  public static void putInt(long address, int value) {
    ALL.set(JAVA_INT_UNALIGNED, address, value);
  }

  /**
   * Reads 8 bytes at any alignment.
   *
   * @param address where
   * @return the value
   */
  public static long getLong(long address) {
    return ALL.get(JAVA_LONG_UNALIGNED, address);
  }

  /**
   * Writes 8 bytes at any alignment.
   *
   * @param address where
   * @param value the value
   */
  public static void putLong(long address, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, address, value);
  }

  /**
   * Reads 4 aligned bytes that somebody else writes: what was written before them is seen behind
   * this.
   *
   * @param address where
   * @return the value
   */
  public static int getIntAcquire(long address) {
    return (int) INT.getAcquire(ALL, address);
  }

  /**
   * Writes 4 aligned bytes that somebody else reads: what was written before this is seen behind
   * them.
   *
   * @param address where
   * @param value the value
   */
  public static void putIntRelease(long address, int value) {
    INT.setRelease(ALL, address, value);
  }

  /**
   * Writes 2 aligned bytes that somebody else reads, likewise.
   *
   * @param address where
   * @param value the value
   */
  public static void putShortRelease(long address, short value) {
    SHORT.setRelease(ALL, address, value);
  }

  /**
   * Copies between native places, which may overlap.
   *
   * @param from source address
   * @param to destination address
   * @param length bytes
   */
  public static void copy(long from, long to, long length) {
    MemorySegment.copy(ALL, from, ALL, to, length);
  }

  /**
   * Copies from the heap.
   *
   * @param from source
   * @param offset where in it
   * @param to destination address
   * @param length bytes
   */
  public static void copy(byte[] from, int offset, long to, int length) {
    MemorySegment.copy(from, offset, ALL, JAVA_BYTE, to, length);
  }

  /**
   * Copies to the heap.
   *
   * @param from source address
   * @param to destination
   * @param offset where in it
   * @param length bytes
   */
  public static void copy(long from, byte[] to, int offset, int length) {
    MemorySegment.copy(ALL, JAVA_BYTE, from, to, offset, length);
  }
}
