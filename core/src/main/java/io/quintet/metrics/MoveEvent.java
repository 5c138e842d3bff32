package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection was on its way from one loop to another. */
@Name("io.quintet.Move")
@Label("Move")
@Description("A connection was on its way from one loop to another")
@Category("Quintet")
@StackTrace(false)
public final class MoveEvent extends Event {
  /** Tells whether anybody records it. */
  public static final MoveEvent PROBE = new MoveEvent();

  @Label("From")
  public String from;

  @Label("To")
  public String to;

  @Label("Descriptor")
  public int descriptor;
}
