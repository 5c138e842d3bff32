package io.quintet.specs;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An arrangement of listeners and loops: immutable data, checked when it was read.
 *
 * @param id name, for example {@code single-thread}
 * @param title name for people
 * @param description what it is
 * @param choose when to choose it
 * @param costs what it costs
 * @param exemplars known systems that work so
 * @param listeners how many listeners
 * @param loops how many loops
 * @param accepts who calls accept4(2)
 * @param owns who owns connections
 * @param executes who runs the handler
 */
public record Topology(
    String id,
    String title,
    String description,
    String choose,
    String costs,
    List<String> exemplars,
    int listeners,
    int loops,
    String accepts,
    String owns,
    String executes) {

  static Topology of(Node root) {
    Map<String, Node> members =
        root.object(
            Set.of(
                "id",
                "title",
                "description",
                "choose",
                "costs",
                "exemplars",
                "listeners",
                "loops",
                "accepts",
                "owns",
                "executes"),
            Set.of("$schema"));
    return new Topology(
        members.get("id").text(),
        members.get("title").text(),
        members.get("description").text(),
        members.get("choose").text(),
        members.get("costs").text(),
        members.get("exemplars").array().stream().map(Node::text).toList(),
        count(members.get("listeners")),
        count(members.get("loops")),
        members.get("accepts").choice(Set.of("loop")),
        members.get("owns").choice(Set.of("loop")),
        members.get("executes").choice(Set.of("loop")));
  }

  private static int count(Node node) {
    return node.object(Set.of("count"), Set.of()).get("count").integer(1, 1);
  }
}
