package io.quintet.tests;

import io.quintet.testkit.TraceCheck;
import io.quintet.trace.Trace;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What the servers of each test class did is replayed against the specs when the class is over. It
 * is registered for all classes.
 */
public final class Recorded implements AfterAllCallback {
  private static final TraceCheck CHECK = new TraceCheck();

  /** How many transitions of a machine are replayed, with what is recorded until now. */
  static long replayed(String machine) {
    synchronized (CHECK) {
      CHECK.replay(Trace.takeAll());
      return CHECK.checked(machine);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    synchronized (CHECK) {
      long before = CHECK.checked();
      CHECK.replay(Trace.takeAll());
      long count = CHECK.checked() - before;
      if (count > 0) {
        System.out.printf(
            "%s: %,d recorded transitions are in the specs%n",
            context.getRequiredTestClass().getSimpleName(), count);
      }
    }
  }
}
