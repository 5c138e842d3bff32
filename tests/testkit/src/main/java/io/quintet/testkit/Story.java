package io.quintet.testkit;

import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What happened in a run, line by line, where that is wanted. */
final class Story {
  private static final int LINES_MAX = 4_000;
  private static final int TELLER_WIDTH = 22;
  private static final String TRANSITION = "    ";

  private final boolean told;
  private final List<String> lines = new ArrayList<>();
  private Supplier<String> teller = () -> "";
  private final TraceCheck traces = new TraceCheck();
  private int leftOut;
  private Consumer<List<Trace.Entry>> listener = _ -> {};

  private Story(boolean told) {
    this.told = told;
  }

  static Story told() {
    return new Story(true);
  }

  static Story untold() {
    return new Story(false);
  }

  boolean isTold() {
    return told;
  }

  /** Tells, and replays against the specs, the transitions that the calling thread recorded. */
  void transitions() {
    List<Trace.Entry> entries = Trace.takeOwn();
    if (told) {
      entries.forEach(entry -> tell(TRANSITION + entry));
    }
    traces.replay(entries);
    listener.accept(entries);
  }

  /** Who hears of transitions, each once, before the clock moves on. */
  void heardBy(Consumer<List<Trace.Entry>> given) {
    listener = given;
  }

  /** Who says the lines that follow. */
  void by(Supplier<String> given) {
    teller = given;
  }

  void tell(String line) {
    if (told) {
      if (lines.size() == LINES_MAX) {
        lines.removeFirst();
        leftOut++;
      }
      lines.add(("%-" + TELLER_WIDTH + "s %s").formatted(teller.get(), line));
    }
  }

  /**
   * Whether a line of a story tells of a transition, and not of a call or of what happens outside.
   */
  static boolean isTransition(String line) {
    return line.startsWith(TRANSITION, TELLER_WIDTH + 1);
  }

  String text() {
    String head = leftOut == 0 ? "" : "(" + leftOut + " lines before these)\n";
    return head + String.join("\n", lines);
  }
}
