package io.quintet.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.junit.jupiter.api.Test;

/** Each kind of line is said at most once a second, and none hides another. */
class RateLimitedLogTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Exception FAILURE = new IllegalStateException("boom");

  private final List<String> lines = new ArrayList<>();
  private long now;
  private final RateLimitedLog log = new RateLimitedLog("loop", kernel());

  private Kernel kernel() {
    System.Logger logger = new Lines();
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "nanoTime" -> now;
                  case "logger" -> logger;
                  default -> throw new AssertionError(method);
                });
  }

  private final class Lines implements System.Logger {
    @Override
    public String getName() {
      return "lines";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String line, Throwable thrown) {
      lines.add(line);
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String format, Object... values) {
      throw new AssertionError("a line is no format");
    }
  }

  @Test
  void whatIsSaidAgainWithinASecondIsCounted() {
    log.failed("GET /a", FAILURE);
    log.failed("GET /a", FAILURE);
    now += SECOND - 1;
    log.failed("GET /a", FAILURE);
    assertEquals(List.of("loop: GET /a failed: java.lang.IllegalStateException: boom."), lines);
    now++;
    log.failed("GET /a", FAILURE);
    assertEquals(2, lines.size());
    assertTrue(lines.getLast().endsWith("boom; 2 more of this kind were not logged."), lines + "");
    now += SECOND;
    log.failed("GET /a", FAILURE);
    assertTrue(lines.getLast().endsWith("boom."), lines + "");
  }

  @Test
  void anotherRequestCauseCallErrorOrRefusalIsAnotherKind() {
    log.failed("GET /a", FAILURE);
    log.failed("GET /b", FAILURE);
    log.failed("GET /a", new IllegalStateException("other"));
    log.failed("GET /a", new RuntimeException("boom"));
    log.failedCall("SEND", 7, -Linux.EPERM());
    log.failedCall("SEND", 8, -Linux.EPERM()); // the same
    log.failedCall("SEND", 7, -Linux.ENOMEM());
    log.failedCall("RECV", 7, -Linux.ENOMEM());
    log.refused(Refusal.LATE, "");
    log.refused(Refusal.EXCESS, "");
    log.refused(Refusal.OVERDUE, "GET /a");
    log.refused(Refusal.OVERDUE, "GET /b");
    log.refused(Refusal.OVERDUE, "GET /b"); // the same
    assertEquals(11, lines.size(), String.join("\n", lines));
  }

  @Test
  void kindsWithoutEndAreBoundedAndCounted() {
    for (int i = 0; i < 1000; i++) {
      log.failed("GET /" + i, FAILURE);
    }
    assertEquals(32, lines.size());
    log.failed("GET /0", FAILURE);
    now += SECOND;
    log.failed("GET /more", FAILURE);
    assertEquals(33, lines.size());
    assertTrue(lines.getLast().endsWith("; 969 of other kinds were not logged."), lines + "");
  }

  @Test
  void aLineIsOneLineAndNotTooLong() {
    log.failed("GET /a\r\nloop: forged", new RuntimeException("x".repeat(10_000) + "\n\u001b[2J"));
    assertEquals(1, lines.size());
    assertFalse(lines.getFirst().chars().anyMatch(Character::isISOControl), lines + "");
    assertTrue(lines.getFirst().length() < 1000, lines + "");
  }

  @Test
  void aFailureThatCannotSayWhatItIsHasItsClass() {
    Exception mute =
        new Exception() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new IllegalStateException("no message");
          }
        };
    log.failed("GET /a", mute);
    assertTrue(lines.getFirst().contains(mute.getClass().getName()), lines + "");
  }
}
