package io.quintet.io;

import io.quintet.fault.SeededBug;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who an epoll event is for: sources by slot, each use of a slot under a generation of its own, so
 * that an event for one that is gone can never reach the one that follows. One thread.
 */
public final class Slab {
  private static final int FIRST = 64;

  private @Nullable EventSource[] sources = new EventSource[FIRST];
  private int[] generations = new int[FIRST];

  /** Slots that were used and are free, a stack. */
  private int[] free = new int[FIRST];

  private int freeCount;
  private int used;

  public int take(EventSource source) {
    int slot = freeCount > 0 ? free[--freeCount] : used++;
    if (slot == sources.length) {
      int room = 2 * slot;
      sources = Arrays.copyOf(sources, room);
      generations = Arrays.copyOf(generations, room);
      free = Arrays.copyOf(free, room);
    }
    sources[slot] = source;
    return slot;
  }

  public void free(int slot) {
    sources[slot] = null;
    generations[slot]++;
    free[freeCount++] = slot;
  }

  public int generation(int slot) {
    return generations[slot];
  }

  /** The source of a slot, or null if its generation has passed. */
  public @Nullable EventSource find(int slot, int generation) {
    return generations[slot] == generation || SeededBug.STALE_EVENT.isOn() ? sources[slot] : null;
  }

  /** Slots that were ever used, for going through all sources. */
  public int used() {
    return used;
  }

  public @Nullable EventSource at(int slot) {
    return sources[slot];
  }
}
