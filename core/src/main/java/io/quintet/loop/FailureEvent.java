package io.quintet.loop;

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
final class FailureEvent extends Event {
  /** Tells whether anybody records it. */
  static final FailureEvent PROBE = new FailureEvent();

  @Label("Loop")
  String loop;

  @Label("What")
  String what;

  @Label("Cause")
  String cause;
}
