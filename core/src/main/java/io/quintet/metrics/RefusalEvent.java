package io.quintet.metrics;

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
public final class RefusalEvent extends Event {
  /** Tells whether anybody records it. */
  public static final RefusalEvent PROBE = new RefusalEvent();

  @Label("Loop")
  public String loop;

  @Label("Why")
  public String why;
}
