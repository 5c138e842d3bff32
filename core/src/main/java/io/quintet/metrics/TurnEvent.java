package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A turn of a loop that took long: others of its connections waited. */
@Name("io.quintet.Turn")
@Label("Long turn")
@Description("A turn of a loop in which others of its connections waited for long")
@Category("Quintet")
@Threshold("20 ms")
@StackTrace(false)
public final class TurnEvent extends Event {
  /** Tells whether anybody records it. */
  public static final TurnEvent PROBE = new TurnEvent();

  @Label("Loop")
  public String loop;

  @Label("Events")
  public int events;
}
