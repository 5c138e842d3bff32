package io.quintet.loop;

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
final class AcceptEvent extends Event {
  /** Tells whether anybody records it. */
  static final AcceptEvent PROBE = new AcceptEvent();

  @Label("Loop")
  String loop;

  @Label("Descriptor")
  int descriptor;
}
