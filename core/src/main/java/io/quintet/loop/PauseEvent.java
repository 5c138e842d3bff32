package io.quintet.loop;

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
final class PauseEvent extends Event {
  /** Tells whether anybody records it. */
  static final PauseEvent PROBE = new PauseEvent();

  @Label("Loop")
  String loop;

  @Label("Call")
  String call;

  @Label("Error")
  String error;
}
