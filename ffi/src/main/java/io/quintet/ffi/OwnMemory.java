package io.quintet.ffi;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.Arrays;

/**
 * Reads the process's own memory through proc_pid_mem(5), where an address that is not mapped is an
 * error and no signal: what a call was given may be wrong.
 */
final class OwnMemory {
  private static final byte[] NOTHING = {};

  private OwnMemory() {}

  /** The bytes at an address: fewer where fewer can be read, none where none can. */
  static synchronized byte[] read(long address, int length) {
    byte[] bytes = new byte[length];
    try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
      memory.seek(address);
      int count = memory.read(bytes);
      return count == length ? bytes : Arrays.copyOf(bytes, Math.max(count, 0));
    } catch (IOException e) {
      return NOTHING;
    }
  }
}
