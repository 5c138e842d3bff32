package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Accepting pauses. */
@Name("io.quintet.Pause")
@Label("Pause")
@Description("Accepting pauses for want of descriptors or memory")
@Category("Quintet")
@StackTrace(false)
public final class PauseEvent extends Event {
  /** Tells whether anybody records it. */
  public static final PauseEvent PROBE = new PauseEvent();

  @Label("Loop")
  public String loop;

  @Label("Call")
  public String call;

  @Label("Error")
  public String error;
}
