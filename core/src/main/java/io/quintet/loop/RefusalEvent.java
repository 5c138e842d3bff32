package io.quintet.loop;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection or a request was refused or shed. */
@Name("io.quintet.Refusal")
@Label("Refusal")
@Description("A connection or a request was refused or shed")
@Category("Quintet")
@StackTrace(false)
final class RefusalEvent extends Event {
  /** Tells whether anybody records it. */
  static final RefusalEvent PROBE = new RefusalEvent();

  @Label("Loop")
  String loop;

  @Label("Why")
  String why;
}
