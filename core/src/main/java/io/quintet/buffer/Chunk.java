package io.quintet.buffer;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** A piece of native memory that holds bytes from {@code start} to {@code end}. One thread. */
final class Chunk {
  /** Small enough that a slow connection costs little, large enough to fill a few segments. */
  static final int BYTES = 16 << 10;

  private final Arena arena = Arena.ofConfined();
  final long address = arena.allocate(BYTES).address();
  int start;
  int end;
  @Nullable Chunk next;

  void free() {
    arena.close();
  }
}
