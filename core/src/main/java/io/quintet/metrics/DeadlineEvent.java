package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A deadline passed. */
@Name("io.quintet.Deadline")
@Label("Deadline")
@Description("A deadline of a connection, a listener or a backend passed")
@Category("Quintet")
@StackTrace(false)
public final class DeadlineEvent extends Event {
  /** Tells whether anybody records it. */
  public static final DeadlineEvent PROBE = new DeadlineEvent();

  @Label("Loop")
  public String loop;

  @Label("Where")
  public String where;
}
