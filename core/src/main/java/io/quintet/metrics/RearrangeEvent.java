package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A server was rearranged while it served, or was not. */
@Name("io.quintet.Rearrange")
@Label("Rearrangement")
@Description("Loops and workers were exchanged for those of another topology, or not")
@Category("Quintet")
@StackTrace(false)
public final class RearrangeEvent extends Event {
  /** Begins now. */
  public RearrangeEvent() {}

  @Label("From")
  public String from;

  @Label("To")
  public String to;

  /** Empty where all went well. */
  @Label("Failure")
  public String failure;
}
