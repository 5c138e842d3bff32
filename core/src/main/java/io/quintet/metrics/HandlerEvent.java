package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A handler on a loop that took long. */
@Name("io.quintet.Handler")
@Label("Slow handler")
@Description("A handler that was called on a loop took long")
@Category("Quintet")
@Threshold("20 ms")
public final class HandlerEvent extends Event {
  /** Tells whether anybody records it. */
  public static final HandlerEvent PROBE = new HandlerEvent();

  @Label("Loop")
  public String loop;

  @Label("Request")
  public String request;
}
