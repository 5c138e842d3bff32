package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection was accepted. */
@Name("io.quintet.Accept")
@Label("Accept")
@Description("A connection was accepted")
@Category("Quintet")
@StackTrace(false)
public final class AcceptEvent extends Event {
  /** Tells whether anybody records it. */
  public static final AcceptEvent PROBE = new AcceptEvent();

  @Label("Loop")
  public String loop;

  @Label("Descriptor")
  public int descriptor;
}
