package io.quintet.testkit;

import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What happened in a run, line by line, where that is wanted. */
final class Story {
  private static final int LINES_MAX = 4_000;

  private final boolean told;
  private final List<String> lines = new ArrayList<>();
  private Supplier<String> teller = () -> "";
  private final TraceCheck traces = new TraceCheck();
  private int leftOut;

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
    for (Trace.Entry entry : entries) {
      tell("    " + entry);
    }
    traces.replay(entries);
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
      lines.add("%-22s %s".formatted(teller.get(), line));
    }
  }

  String text() {
    String head = leftOut == 0 ? "" : "(" + leftOut + " lines before these)\n";
    return head + String.join("\n", lines);
  }
}
