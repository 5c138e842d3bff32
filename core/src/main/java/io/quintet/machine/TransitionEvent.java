package io.quintet.machine;

import io.quintet.specs.Transitions;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A machine took a transition. There are many: nobody gets them without having asked. */
@Name("io.quintet.Transition")
@Label("Transition")
@Description("A machine took a transition")
@Category("Quintet")
@Enabled(false)
@StackTrace(false)
final class TransitionEvent extends Event {
  /** Tells whether anybody records it. */
  static final TransitionEvent PROBE = new TransitionEvent();

  @Label("Machine")
  String machine;

  @Label("Instance")
  @Description("Tells the instances of a machine apart, most of the time")
  int instance;

  @Label("From")
  String from;

  @Label("Event")
  String event;

  @Label("Action")
  String action;

  @Label("To")
  String to;

  static void record(Transitions<?, ?> table, Object instance, int from, Enum<?> event, int step) {
    TransitionEvent taken = new TransitionEvent();
    taken.machine = table.machine().id();
    taken.instance = System.identityHashCode(instance);
    taken.from = table.name(from);
    taken.event = event.name();
    taken.action = Transitions.acts(step) ? table.action(step).name() : "";
    taken.to = table.name(Transitions.target(step));
    taken.commit();
  }
}
