package io.quintet.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a pool keeps of the memory that a burst needed. */
class ChunkPoolTest {
  private static final int BURST = 200;
  private static final int REST = 64;

  private final ChunkPool pool = new ChunkPool();
  private final Set<Chunk> known = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<Chunk> lent = new ArrayDeque<>();

  /** Gives how many of them were lent before. */
  private int lend(int count) {
    int again = 0;
    for (int i = 0; i < count; i++) {
      Chunk chunk = pool.lend();
      again += known.add(chunk) ? 0 : 1;
      lent.add(chunk);
    }
    return again;
  }

  private void giveBack(int count) {
    for (int i = 0; i < count; i++) {
      pool.giveBack(lent.remove());
    }
  }

  @Test
  void allIsLentAgainWhileSomethingIsLent() {
    lend(BURST);
    giveBack(BURST - 1);
    assertEquals(BURST - 1, lend(BURST - 1));
    giveBack(BURST);
    pool.close();
  }

  @Test
  void aBurstThatIsOverLeavesABoundBehind() {
    lend(BURST);
    giveBack(BURST);
    assertEquals(REST, lend(BURST));
    assertTrue(pool.lentBytes() >= BURST * (long) Chunk.BYTES);
    giveBack(BURST);
    pool.close();
  }
}
