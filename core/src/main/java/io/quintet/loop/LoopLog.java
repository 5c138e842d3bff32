package io.quintet.loop;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.quintet.ffi.Errno;
import io.quintet.kernel.Kernel;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/** What a loop says: each kind of line at most once a second, with how many were left out. */
final class LoopLog {
  private static final long QUIET_NANOS = 1_000_000_000L;

  static {
    // A line has its time; the zones are read while files can be opened.
    ZoneId.systemDefault().getRules();
    TimeZone.getDefault();
  }

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
      say(INFO, "refused " + why.what() + end, null);
    }
  }

  void failedCall(String call, int fd, long result) {
    String end = calls.pass();
    if (!end.isEmpty()) {
      say(WARNING, call + " on fd " + fd + ": " + Errno.describe(result) + end, null);
    }
  }

  void failedHandler(Throwable failure) {
    String end = handlers.pass();
    if (!end.isEmpty()) {
      say(WARNING, "a handler failed" + end, failure);
    }
  }

  void bug(Object where, Throwable bug) {
    say(ERROR, "ended " + where, bug);
  }

  /** A logger that fails, as one does that needs a file when none can be opened, ends no loop. */
  private void say(System.Logger.Level level, String what, @Nullable Throwable why) {
    try {
      kernel.logger().log(level, loop + ": " + what, why);
    } catch (RuntimeException | Error unsaid) {
      // there is nobody to tell
    }
  }
}
