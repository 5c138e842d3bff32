package io.quintet.loop;

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
final class HandlerEvent extends Event {
  /** Tells whether anybody records it. */
  static final HandlerEvent PROBE = new HandlerEvent();

  @Label("Loop")
  String loop;

  @Label("Request")
  String request;
}
