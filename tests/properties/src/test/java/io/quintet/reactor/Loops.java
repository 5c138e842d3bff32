package io.quintet.reactor;

import io.quintet.kernel.ScriptedKernel;
import java.util.List;

/** Loops on a scripted kernel, and mail for them. */
final class Loops {
  private Loops() {}

  /** What a loop has whose deadlines each have a length of their own, in milliseconds. */
  static LoopContext context(ScriptedKernel machine) {
    Timeouts timeouts =
        new Timeouts(
            1_280, 2_560, 12_800, 3_840, 5_120, 6_400, 7_680, 8_960, 10_240, 128, 0, 0, 0, 0);
    return new LoopContext("loop", machine.kernel(), timeouts, List.of(), () -> {});
  }

  /** Mail that does something where it is delivered. */
  static Mail mail(Runnable delivered) {
    return new Mail() {
      @Override
      public void deliver() {
        delivered.run();
      }
    };
  }

  /** Mail that does something where it is not. */
  static Mail uncarried(Runnable undelivered) {
    return new Mail() {
      @Override
      public void deliver() {
        throw new IllegalStateException("it is delivered");
      }

      @Override
      public void undelivered() {
        undelivered.run();
      }
    };
  }
}
