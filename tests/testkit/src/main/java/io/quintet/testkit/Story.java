package io.quintet.testkit;

import com.google.gson.Gson;
import io.quintet.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What happened in a run, line by line, where that is wanted. */
final class Story {
  private static final int LINES_MAX = 4_000;
  private static final int STEPS_MAX = 20_000;
  private static final int TELLER_WIDTH = 22;
  private static final String TRANSITION = "    ";

  private final boolean told;
  private final List<String> lines = new ArrayList<>();
  private Supplier<String> teller = () -> "";
  private final TraceCheck traces = new TraceCheck();
  private int leftOut;
  private Consumer<List<Trace.Entry>> listener = _ -> {};
  private final boolean kept;
  private final List<Step> steps = new ArrayList<>();
  private final Map<Object, Integer> instances = new IdentityHashMap<>();
  private String topology = "";

  /**
   * One thing that happened.
   *
   * @param who the thread, or the client, that did it
   * @param what a call with its result, a transition, or what happened outside
   * @param instance number of the machine's instance whose transition it is; 0 if it is none
   */
  private record Step(String who, String what, int instance) {}

  private Story(boolean told, boolean kept) {
    this.told = told;
    this.kept = kept;
  }

  static Story told() {
    return new Story(true, false);
  }

  static Story untold() {
    return new Story(false, false);
  }

  /** One that is told, and whose steps are kept as data. */
  static Story kept() {
    return new Story(true, true);
  }

  /** How the server is arranged of which it tells. */
  void arranged(String id) {
    topology = topology.isEmpty() ? id : topology;
  }

  String topology() {
    return topology;
  }

  /** Writes what happened as data, for who goes through it step by step. */
  void write(Path file, String title, String again, String violation) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("kind", "quintet-trace");
    all.put("title", title);
    all.put("topology", topology);
    all.put("again", again);
    all.put("violation", violation);
    all.put(
        "steps", steps.stream().map(step -> List.of(step.who, step.what, step.instance)).toList());
    Files.writeString(file, new Gson().toJson(all) + "\n");
  }

  boolean isTold() {
    return told;
  }

  /** Tells, and replays against the specs, the transitions that the calling thread recorded. */
  void transitions() {
    List<Trace.Entry> entries = Trace.takeOwn();
    if (told) {
      entries.forEach(entry -> tell(TRANSITION + entry, numberOf(entry.instance())));
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

  private int numberOf(Object instance) {
    return instances.computeIfAbsent(instance, _ -> instances.size() + 1);
  }

  void tell(String line) {
    tell(line, 0);
  }

  private void tell(String line, int instance) {
    if (kept && steps.size() < STEPS_MAX) {
      steps.add(new Step(teller.get(), line.strip(), instance));
    }
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
