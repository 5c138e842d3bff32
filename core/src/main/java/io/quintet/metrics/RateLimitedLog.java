package io.quintet.metrics;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.quintet.ffi.Errno;
import io.quintet.kernel.Kernel;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * What a loop says: each kind of line at most once a second, with how many were left out. Failures
 * are of one kind where the same request failed for the same cause; beyond {@link #KINDS_MAX} kinds
 * within a second the others are counted together.
 */
public final class RateLimitedLog {
  private static final long QUIET_NANOS = 1_000_000_000L;
  private static final int KINDS_MAX = 32;

  /** Longest text of a request or a cause in a line. */
  private static final int TEXT_MAX = 300;

  static {
    // A line has its time; the zones are read while files can be opened.
    ZoneId.systemDefault().getRules();
    TimeZone.getDefault();
  }

  /** One kind of line that was said. */
  private static final class Kind {
    private long said;
    private long leftOut;
  }

  private final String loop;
  private final Kernel kernel;
  private final Map<String, Kind> kinds = new LinkedHashMap<>();

  /** Lines of kinds that are forgotten, or found no place. */
  private long othersLeftOut;

  public RateLimitedLog(String loop, Kernel kernel) {
    this.loop = loop;
    this.kernel = kernel;
  }

  /** The request is empty where there is none. */
  public void refused(Refusal why, String request) {
    String what = "refused " + why.what() + (request.isEmpty() ? "" : ": " + printable(request));
    say(INFO, what, what, null);
  }

  public void failedCall(String call, int fd, long result) {
    String error = Errno.describe(result);
    String where = fd < 0 ? "" : " on fd " + fd;
    say(WARNING, call + ": " + error, call + where + ": " + error, null);
  }

  public void failed(String what, Throwable failure) {
    String line = printable(what) + " failed: " + text(failure);
    say(WARNING, line, line, failure);
  }

  public void bug(Object where, Throwable bug) {
    log(ERROR, "ended " + printable(where.toString()), bug);
  }

  /** A failure in a line, also one that cannot even say what it is. */
  public static String text(Throwable failure) {
    try {
      return printable(failure.toString());
    } catch (RuntimeException | Error another) {
      return failure.getClass().getName();
    }
  }

  /** What a client or a user wrote, on one line and not too long. */
  private static String printable(String text) {
    String some = text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) + "..." : text;
    return some.chars().anyMatch(Character::isISOControl)
        ? some.replaceAll("\\p{Cntrl}+", " ")
        : some;
  }

  private void say(System.Logger.Level level, String kind, String line, @Nullable Throwable why) {
    String end = pass(kind);
    if (!end.isEmpty()) {
      log(level, line + end, why);
    }
  }

  /** The end of the line, or an empty text if nothing is to be said now. */
  private String pass(String name) {
    long now = kernel.nanoTime();
    Kind kind = kinds.get(name);
    if (kind == null) {
      if (kinds.size() == KINDS_MAX && !forgetQuiet(now)) {
        othersLeftOut++;
        return "";
      }
      kind = new Kind();
      kinds.put(name, kind);
    } else if (now - kind.said < QUIET_NANOS) {
      kind.leftOut++;
      return "";
    }
    String end = end(kind.leftOut, othersLeftOut);
    kind.said = now;
    kind.leftOut = 0;
    othersLeftOut = 0;
    return end;
  }

  private static String end(long ofThisKind, long others) {
    String some = ofThisKind == 0 ? "" : "; " + ofThisKind + " more of this kind";
    String all = others == 0 ? some : some + "; " + others + " of other kinds";
    return all.isEmpty() ? "." : all + " were not logged.";
  }

  /** Makes room for a kind by forgetting those of which nothing was said for long. */
  private boolean forgetQuiet(long now) {
    for (Kind kind : kinds.values()) {
      othersLeftOut += now - kind.said < QUIET_NANOS ? 0 : kind.leftOut;
    }
    return kinds.values().removeIf(kind -> now - kind.said >= QUIET_NANOS);
  }

  /** A logger that fails, as one does that needs a file when none can be opened, ends no loop. */
  private void log(System.Logger.Level level, String what, @Nullable Throwable why) {
    try {
      kernel.logger().log(level, loop + ": " + what, why);
    } catch (RuntimeException | Error unsaid) {
      // there is nobody to tell
    }
  }
}
