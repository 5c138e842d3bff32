package io.quintet.loop;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.quintet.ffi.Errno;
import io.quintet.kernel.Kernel;
import java.util.Arrays;

/** What a loop says: each kind of line at most once a second, with how many were left out. */
final class LoopLog {
  private static final long QUIET_NANOS = 1_000_000_000L;

  /** One kind of line. */
  private final class Kind {
    private long last;
    private boolean said;
    private long leftOut;

    /** The end of the line, or an empty text if nothing is to be said now. */
    String pass() {
      long now = kernel.nanoTime();
      if (said && now - last < QUIET_NANOS) {
        leftOut++;
        return "";
      }
      String more = leftOut == 0 ? "." : "; " + leftOut + " more of this kind were not logged.";
      said = true;
      last = now;
      leftOut = 0;
      return more;
    }
  }

  private final String loop;
  private final Kernel kernel;
  private final Kind calls = new Kind();
  private final Kind handlers = new Kind();
  private final Kind[] refusals = new Kind[Refusal.values().length];

  LoopLog(String loop, Kernel kernel) {
    this.loop = loop;
    this.kernel = kernel;
    Arrays.setAll(refusals, _ -> new Kind());
  }

  void refused(Refusal why) {
    String end = refusals[why.ordinal()].pass();
    if (!end.isEmpty()) {
      kernel.logger().log(INFO, loop + ": refused " + why.what() + end);
    }
  }

  void failedCall(String call, int fd, long result) {
    String end = calls.pass();
    if (!end.isEmpty()) {
      kernel
          .logger()
          .log(WARNING, loop + ": " + call + " on fd " + fd + ": " + Errno.describe(result) + end);
    }
  }

  void failedHandler(Throwable failure) {
    String end = handlers.pass();
    if (!end.isEmpty()) {
      kernel.logger().log(WARNING, loop + ": a handler failed" + end, failure);
    }
  }

  void bug(Object where, Throwable bug) {
    kernel.logger().log(ERROR, loop + ": ended " + where, bug);
  }
}
