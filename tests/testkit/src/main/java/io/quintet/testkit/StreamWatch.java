package io.quintet.testkit;

import io.quintet.specs.Specs;
import io.quintet.specs.explore.StreamReplay;
import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Follows each reply of a simulated server that comes in parts on the model that is explored of
 * one. It sees the transitions that are recorded; of a reply of which some are missing it says
 * nothing.
 */
final class StreamWatch {
  private static final String REPLY = "reply";
  private static final String STREAM = "streamed-reply";

  /** Transitions of a place for a reply, and of what fills it. */
  private final Map<Object, List<Trace.Entry>> seen = new IdentityHashMap<>();

  private boolean missed;
  private long steps;

  /** Transitions of any thread, which were taken since it was asked last. */
  void see(List<Trace.Entry> entries) {
    for (Trace.Entry entry : entries) {
      if (entry.afterGap()) {
        missed = true;
      }
      String id = entry.transitions().machine().id();
      if (id.equals(REPLY) || id.equals(STREAM)) {
        seen.computeIfAbsent(Trace.placeOf(entry.instance()), _ -> new ArrayList<>()).add(entry);
      }
    }
  }

  /**
   * Holds what was seen against the model.
   *
   * @return the first difference, or empty
   */
  Optional<String> divergence() {
    if (missed) {
      return Optional.empty();
    }
    Map<Integer, StreamReplay> models = new HashMap<>();
    for (List<Trace.Entry> each : seen.values()) {
      each.sort(Comparator.comparingLong(Trace.Entry::sequence));
      List<String> notes = notes(each);
      int parts = (int) notes.stream().filter(note -> note.endsWith(" PART")).count();
      if (notes.isEmpty() || parts > StreamReplay.PARTS_MAX) {
        continue;
      }
      Optional<String> differs =
          models
              .computeIfAbsent(Math.max(parts, 1), count -> StreamReplay.of(count, Specs::machine))
              .replay(notes);
      if (differs.isPresent()) {
        return differs;
      }
      steps += notes.size();
    }
    return Optional.empty();
  }

  /** Transitions that were found in the model. */
  long steps() {
    return steps;
  }

  /** From the first of what comes in parts on; none for a reply that comes whole. */
  private static List<String> notes(List<Trace.Entry> entries) {
    List<String> notes = new ArrayList<>();
    for (Trace.Entry entry : entries) {
      boolean part = entry.transitions().machine().id().equals(STREAM);
      if (part || !notes.isEmpty()) {
        notes.add((part ? "stream " : "reply ") + entry.from() + " " + entry.event());
      }
    }
    return notes;
  }
}
