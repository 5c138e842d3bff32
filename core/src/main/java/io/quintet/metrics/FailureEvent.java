package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A request, or other work of a user's, has failed. */
@Name("io.quintet.Failure")
@Label("Failure")
@Description("A handler, a reply that came in parts, or a task has failed")
@Category("Quintet")
@StackTrace(false)
public final class FailureEvent extends Event {
  /** Tells whether anybody records it. */
  public static final FailureEvent PROBE = new FailureEvent();

  @Label("Loop")
  public String loop;

  @Label("What")
  public String what;

  @Label("Cause")
  public String cause;
}
