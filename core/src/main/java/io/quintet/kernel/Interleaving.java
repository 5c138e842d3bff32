package io.quintet.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a test may let another thread go first, besides at system calls: in front of each step on
 * memory that threads share. Only where the system property {@code quintet.interleaving} is {@code
 * true}; else the compiler removes the question.
 */
public final class Interleaving {
  private static final @Nullable ThreadLocal<Others> OTHERS =
      Boolean.getBoolean("quintet.interleaving") ? new ThreadLocal<>() : null;

  private Interleaving() {}

  /**
   * Whether threads may be switched here at all.
   *
   * @return whether the property was set when this class was loaded
   */
  public static boolean isOn() {
    return OTHERS != null;
  }

  /** What a thread does where others may go first. */
  public interface Others {
    /** The thread is about to take a step on shared memory: others may go first. */
    void mayGo();

    /** The thread waits for another one without sleeping: others must go first. */
    void mustGo();
  }

  /** The calling thread is about to take a step on shared memory. */
  public static void point() {
    Others others = others();
    if (others != null) {
      others.mayGo();
    }
  }

  /** The calling thread looks again and again for what another one is about to do. */
  public static void spin() {
    Others others = others();
    if (others == null) {
      Thread.yield();
    } else {
      others.mustGo();
    }
  }

  private static @Nullable Others others() {
    return OTHERS == null ? null : OTHERS.get();
  }

  /**
   * Who the calling thread gives way to from now on.
   *
   * @param others lets others go first
   */
  public static void giveWayTo(Others others) {
    Objects.requireNonNull(OTHERS, "the property quintet.interleaving is not true").set(others);
  }
}
