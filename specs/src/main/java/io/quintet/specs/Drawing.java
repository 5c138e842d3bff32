package io.quintet.specs;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Machines in the languages of tools that draw and run them. Any thread may call. */
public final class Drawing {
  private static final Gson GSON =
      new GsonBuilder().setFormattingStyle(FormattingStyle.PRETTY).disableHtmlEscaping().create();

  private Drawing() {}

  /**
   * A Mermaid state diagram.
   *
   * @param machine machine
   * @return text for Mermaid
   */
  public static String mermaid(Machine machine) {
    StringBuilder text = new StringBuilder("stateDiagram-v2\n");
    text.append("  [*] --> ").append(machine.initial()).append('\n');
    edges(machine)
        .forEach(
            (edge, labels) ->
                text.append(
                    "  %s --> %s: %s%n".formatted(edge.from(), edge.to(), labels(labels, "<br>"))));
    machine
        .states()
        .forEach(
            (name, state) -> {
              if (state.end()) {
                text.append("  ").append(name).append(" --> [*]\n");
              }
            });
    return text.toString();
  }

  /**
   * A Graphviz digraph; states in which only an action's outcome is awaited are dashed.
   *
   * @param machine machine
   * @return text for dot(1)
   */
  public static String dot(Machine machine) {
    StringBuilder text = new StringBuilder("digraph \"" + machine.id() + "\" {\n");
    text.append("  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    text.append("  \"\" [shape=point];\n  \"\" -> \"").append(machine.initial()).append("\";\n");
    machine.states().forEach((name, state) -> text.append(dotState(machine, name, state)));
    edges(machine)
        .forEach(
            (edge, labels) ->
                text.append(
                    "  \"%s\" -> \"%s\" [label=\"%s\"];%n"
                        .formatted(edge.from(), edge.to(), labels(labels, "\\n"))));
    return text.append("}\n").toString();
  }

  private static String dotState(Machine machine, String name, Machine.State state) {
    String shape = state.end() ? "peripheries=2" : "";
    boolean passing = !state.end() && machine.externalEvents(name).isEmpty();
    String tooltip = state.description().replace("\"", "\\\"");
    return "  \"%s\" [tooltip=\"%s\"%s%s];%n"
        .formatted(
            name,
            tooltip,
            shape.isEmpty() ? "" : ", " + shape,
            passing ? ", style=\"rounded,dashed\"" : "");
  }

  /**
   * An XState v5 configuration: the file itself without what only Quintet reads.
   *
   * @param machine machine
   * @return JSON for {@code createMachine}
   */
  public static String xstate(Machine machine) {
    Map<String, Object> states = new LinkedHashMap<>();
    machine.states().forEach((name, state) -> states.put(name, xstate(state)));
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("id", machine.id());
    root.put("description", machine.description());
    root.put("initial", machine.initial());
    root.put("states", states);
    return GSON.toJson(root);
  }

  private static Map<String, Object> xstate(Machine.State state) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("description", state.description());
    if (state.end()) {
      members.put("type", "final");
    }
    if (!state.on().isEmpty()) {
      members.put("on", xstate(state.on()));
    }
    if (!state.after().isEmpty()) {
      members.put("after", xstate(state.after()));
    }
    return members;
  }

  private static Map<String, Object> xstate(Map<String, Machine.Transition> transitions) {
    Map<String, Object> members = new LinkedHashMap<>();
    transitions.forEach(
        (event, transition) -> {
          Map<String, String> body = new LinkedHashMap<>();
          body.put("target", transition.target());
          transition.action().ifPresent(action -> body.put("actions", action));
          members.put(event, body);
        });
    return members;
  }

  private record Edge(String from, String to) {}

  /** Transitions between the same two states share an arrow. */
  private static Map<Edge, List<String>> edges(Machine machine) {
    Map<Edge, List<String>> edges = new LinkedHashMap<>();
    machine
        .states()
        .forEach(
            (name, state) ->
                machine
                    .transitions(state)
                    .forEach(
                        (event, transition) ->
                            edges
                                .computeIfAbsent(
                                    new Edge(name, transition.target()), _ -> new ArrayList<>())
                                .add(event + transition.action().map(a -> " / " + a).orElse(""))));
    return edges;
  }

  private static String labels(List<String> labels, String separator) {
    return String.join(separator, labels);
  }
}
