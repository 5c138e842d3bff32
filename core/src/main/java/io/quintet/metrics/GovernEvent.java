package io.quintet.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A server changed its arrangement by itself, or tried to. */
@Name("io.quintet.Govern")
@Label("Adaptation")
@Description("A rule of an adaptive server has held for long enough, and the server was rearranged")
@Category("Quintet")
@StackTrace(false)
public final class GovernEvent extends Event {
  /** Begins now. */
  public GovernEvent() {}

  @Label("From")
  public String from;

  @Label("To")
  public String to;

  /** The rule in words, and the figures that it speaks of. */
  @Label("Reason")
  public String reason;

  /** Empty where all went well. */
  @Label("Failure")
  public String failure = "";
}
