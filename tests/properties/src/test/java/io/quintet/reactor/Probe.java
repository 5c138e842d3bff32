package io.quintet.reactor;

import io.quintet.specs.SpecReader;
import io.quintet.specs.Transitions;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A registration that only notes what it is told, with states for each kind of rest. */
final class Probe extends Registration<Probe.Event, Probe.Action> {
  enum Event {
    READABLE,
    WRITABLE,
    HANGUP,
    READ,
    WRITE,
    BOTH,
    NEITHER,
    SHAKE,
    SHAKEN,
    BREAK,
    END,
    AFTER_IDLE,
    AFTER_HANDSHAKE
  }

  enum Action {
    NOTE,
    THROW,
    CLOSE
  }

  private static final String ANYWHERE =
      """
      "READABLE": {"target": "STATE", "actions": "note"},
      "WRITABLE": {"target": "STATE", "actions": "note"},
      "HANGUP": {"target": "STATE", "actions": "note"},
      "READ": {"target": "reading"}, "WRITE": {"target": "writing"},
      "BOTH": {"target": "both"}, "NEITHER": {"target": "waiting"},
      "SHAKE": {"target": "shaking"}, "SHAKEN": {"target": "shaken"},
      "BREAK": {"target": "STATE", "actions": "throw"},
      "END": {"target": "ended", "actions": "close"}
      """;

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(
          SpecReader.machine("probe", new StringReader(machine())), Event.class, Action.class);
  private static final StateTable<Event> RESTS = new StateTable<>(MACHINE, Event.class);

  private final List<String> noted = new ArrayList<>();
  private boolean elsewhere;
  private @Nullable Event atReadable;

  Probe(LoopContext loop) {
    super(loop, MACHINE);
  }

  private static String machine() {
    String idle = "\"after\": {\"IDLE\": {\"target\": \"STATE\", \"actions\": \"note\"}}";
    String shake = "\"after\": {\"HANDSHAKE\": {\"target\": \"STATE\", \"actions\": \"note\"}}";
    return """
    {"id": "probe", "description": "Notes.", "initial": "reading", "states": {%s,
     "ended": {"type": "final", "description": "Over."}},
     "meta": {"actions": {
       "note": {"description": "Notes.", "outcomes": []},
       "throw": {"description": "Throws.", "outcomes": []},
       "close": {"description": "Ends.", "outcomes": [], "ends": true}}}}
    """
        .formatted(
            String.join(
                ",",
                state("reading", "\"EPOLLIN\"", idle),
                state("writing", "\"EPOLLOUT\"", idle),
                state("both", "\"EPOLLIN\", \"EPOLLOUT\"", ""),
                state("waiting", "", ""),
                state("shaking", "\"EPOLLIN\"", shake),
                state("shaken", "\"EPOLLIN\"", shake)));
  }

  private static String state(String name, String interest, String after) {
    String text =
        "\"STATE\": {\"description\": \"A rest.\", \"meta\": {\"interest\": ["
            + interest
            + "]}, \"on\": {"
            + ANYWHERE
            + "}"
            + (after.isEmpty() ? "" : ", " + after)
            + "}";
    return text.replace("STATE", name);
  }

  /** What it was told since this was asked last. */
  List<String> noted() {
    List<String> all = List.copyOf(noted);
    noted.clear();
    return all;
  }

  /** Its place among those of its loop. */
  int slot() {
    for (int slot = 0; slot < loop.slots().used(); slot++) {
      if (loop.slots().at(slot) == this) {
        return slot;
      }
    }
    return -1;
  }

  /** Others have its descriptor too. */
  Probe elsewhere() {
    elsewhere = true;
    return this;
  }

  /** What it fires when it is told that it is readable. */
  void atWritable(Event event) {
    atReadable = event;
  }

  /** Goes to another loop. */
  long leave(LoopContext next) {
    long due = leaveLoop();
    handTo(next);
    return due;
  }

  /** Comes to another loop. */
  int enter(long due) {
    return enterLoop(state(), due);
  }

  /** Goes on in another loop. */
  void goOn(Event event) {
    arrived(event);
  }

  @Override
  protected StateTable<Event> rests() {
    return RESTS;
  }

  @Override
  protected @Nullable Event perform(Action action) {
    switch (action) {
      case NOTE -> noted.add("told");
      case THROW -> throw new IllegalStateException("a bug");
      case CLOSE -> destroy();
    }
    return null;
  }

  @Override
  protected boolean isOpenElsewhere() {
    return elsewhere;
  }

  @Override
  protected void begin() {
    noted.add("begin");
  }

  @Override
  protected void readable() {
    noted.add("readable");
    fire(Event.READABLE);
  }

  @Override
  protected void writable() {
    noted.add("writable");
    fire(atReadable == null ? Event.WRITABLE : atReadable);
  }

  @Override
  protected void hungUp() {
    noted.add("hungUp");
    fire(Event.HANGUP);
  }

  @Override
  public void abort() {
    noted.add("abort");
    fire(Event.END);
  }

  @Override
  protected void destroy() {
    noted.add("destroy");
    release();
  }

  @Override
  protected void restedInDrain() {
    noted.add("restedInDrain");
  }

  @Override
  protected void settle() {
    noted.add("settle");
  }
}
