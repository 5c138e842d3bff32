package io.quintet.cli;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.quintet.specs.Drawing;
import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.Exploration;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quintet spec}: the machines and topologies. */
@Command(
    name = "spec",
    description = "Lists, shows, checks and draws the specs.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class SpecCommand {
  /** A machine with a model of its own. */
  private static final String CHANGE = "rearrangement";

  private static final Gson GSON =
      new GsonBuilder().setFormattingStyle(FormattingStyle.PRETTY).disableHtmlEscaping().create();

  /** What follows from the errors of each call. */
  private static final String DISPOSITIONS = "dispositions";

  /** What machines can be drawn as. */
  enum Format {
    /** A Mermaid state diagram. */
    MERMAID,
    /** A Graphviz digraph. */
    DOT,
    /** An XState v5 configuration. */
    XSTATE
  }

  /** The ids that {@code show} takes. */
  static final class Ids implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(Specs.machineIds(), Specs.servedIds(), List.of(DISPOSITIONS))
          .flatMap(List::stream)
          .iterator();
    }
  }

  /** The ids that {@code draw} takes. */
  static final class MachineIds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Specs.machineIds().iterator();
    }
  }

  @Spec private CommandSpec spec;

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Command(
      name = "list",
      description = "Lists the specs with their descriptions.",
      mixinStandardHelpOptions = true)
  void list() {
    for (String id : Specs.machineIds()) {
      out().printf("machine   %-15s %s%n", id, Specs.machine(id).description());
    }
    for (String id : Specs.servedIds()) {
      out().printf("topology  %-15s %s%n", id, Specs.topology(id).description());
    }
    out().printf("table     %-15s %s%n", DISPOSITIONS, about(DISPOSITIONS));
  }

  /** Its first sentence. */
  private static String about(String id) {
    return Specs.data(id).get("description").toString().split("(?<=\\.) ")[0];
  }

  @Command(name = "show", description = "Prints a spec.", mixinStandardHelpOptions = true)
  void show(
      @Parameters(
              paramLabel = "ID",
              completionCandidates = Ids.class,
              description = "One of: ${COMPLETION-CANDIDATES}.")
          String id) {
    out().println(GSON.toJson(Specs.data(id)));
  }

  @Command(
      name = "check",
      description = "Checks a file, or every spec that Quintet ships.",
      mixinStandardHelpOptions = true)
  void check(
      @Parameters(paramLabel = "FILE", arity = "0..1", description = "A machine or a topology.")
          @Nullable Path file) {
    if (file != null) {
      out().println(summary(SpecReader.read(file)));
      return;
    }
    Specs.machineIds().forEach(id -> out().println(summary(Specs.machine(id))));
    Specs.servedIds().forEach(id -> out().println(summary(Specs.topology(id))));
    out().printf("%s: a table of %d calls, sound%n", DISPOSITIONS, Specs.dispositions().size());
  }

  private static String summary(Object checked) {
    return switch (checked) {
      case Machine machine ->
          "%s: a machine of %d states, %d events and %d actions, sound"
              .formatted(
                  machine.id(),
                  machine.states().size(),
                  machine.events().size(),
                  machine.actions().size());
      case Topology topology -> topology.id() + ": a topology, sound";
      default -> throw new IllegalStateException("neither a machine nor a topology: " + checked);
    };
  }

  @Command(
      name = "explore",
      description =
          "Searches every state that the machines reach together, for a topology or for all.",
      mixinStandardHelpOptions = true)
  int explore(
      @Parameters(
              paramLabel = "TOPOLOGY",
              arity = "0..1",
              description =
                  "An id, or a file that ends with .json, also the machine of a transport layer; or"
                      + " rearrangement, for changes between arrangements.")
          @Nullable String only,
      @Option(names = "--bounds", paramLabel = "NAME", description = "Only these bounds.")
          @Nullable String bounds,
      @Option(
              names = "--states-max",
              paramLabel = "N",
              defaultValue = "8000000",
              description = "States after which a search gives up; default ${DEFAULT-VALUE}.")
          int statesMax,
      @Option(
              names = "--promela",
              description = "Writes the model for the checker spin instead of searching it.")
          boolean promela) {
    if (CHANGE.equals(only)) {
      return exploreChanges(statesMax);
    }
    if (only != null && isMachine(only)) {
      return exploreLayer(machine(only), statesMax);
    }
    List<Topology> topologies =
        only == null
            ? Specs.topologyIds().stream().map(Specs::topology).toList()
            : List.of(topology(only));
    List<String> names = bounds == null ? Exploration.boundsNames() : List.of(bounds);
    if (!promela) {
      out().println("| topology | bounds | states | depth | seconds | violations |");
      out().println("|---|---|---|---|---|---|");
    }
    return explore(topologies, names, promela, statesMax) ? Main.FAILED : 0;
  }

  /** Gives whether a rule is broken. */
  private boolean explore(
      List<Topology> topologies, List<String> names, boolean promela, int statesMax) {
    boolean broken = false;
    for (Topology topology : topologies) {
      if (!Exploration.covers(topology)) {
        out()
            .println(
                "| "
                    + topology.id()
                    + " | not composed: its backends accept by themselves | | | | |");
        continue;
      }
      for (String name : names) {
        if (promela) {
          out().println(Exploration.promela(topology, name));
        } else {
          broken |= row(Exploration.explore(topology, name, statesMax));
        }
      }
    }
    return broken;
  }

  private static boolean isMachine(String name) {
    return name.endsWith(".json") && SpecReader.read(Path.of(name)) instanceof Machine;
  }

  private int exploreLayer(Machine layer, int statesMax) {
    headMachine();
    return row(Exploration.exploreLayer(layer, statesMax)) ? Main.FAILED : 0;
  }

  private void headMachine() {
    out().println("| machine | bounds | states | depth | seconds | violations |");
    out().println("|---|---|---|---|---|---|");
  }

  /** Changes of a server between one, two and three loops. */
  private int exploreChanges(int statesMax) {
    headMachine();
    boolean broken = false;
    for (int[] change : new int[][] {{1, 2, 3}, {2, 1, 3}, {1, 3, 2}, {3, 1, 2}, {2, 2, 2}}) {
      broken |= row(Exploration.exploreChange(change[0], change[1], change[2], statesMax));
    }
    return broken ? Main.FAILED : 0;
  }

  /** A topology by its id, or that of a file. */
  static Topology topology(String name) {
    if (!name.endsWith(".json")) {
      return Specs.topology(name);
    }
    if (SpecReader.read(Path.of(name)) instanceof Topology topology) {
      return topology;
    }
    throw new IllegalArgumentException(name + " is a machine; explore takes a topology");
  }

  /** A machine by its id, or that of a file. */
  private static Machine machine(String name) {
    if (!name.endsWith(".json")) {
      return Specs.machine(name);
    }
    if (SpecReader.read(Path.of(name)) instanceof Machine machine) {
      return machine;
    }
    throw new IllegalArgumentException(name + " is a topology; draw takes a machine");
  }

  private boolean row(Exploration.Found found) {
    boolean broken = found.violation().isPresent();
    out()
        .printf(
            "| %s | %s | %,d%s | %d | %.1f | %s |%n",
            found.topology(),
            found.bounds(),
            found.states(),
            found.complete() ? "" : ", not all",
            found.depth(),
            found.seconds(),
            found.violation().map(Rule::name).orElse("0"));
    if (broken) {
      String where = found.where().isEmpty() ? "" : " (" + found.where() + ")";
      out().println("  broken: " + found.violation().get() + where);
      out().println("  participants: " + String.join(", ", found.participants()));
    }
    found.trace().forEach(line -> out().println("  " + line));
    out().flush();
    return broken;
  }

  @Command(name = "draw", description = "Draws a machine.", mixinStandardHelpOptions = true)
  void draw(
      @Parameters(
              paramLabel = "ID|FILE",
              completionCandidates = MachineIds.class,
              description =
                  "One of: ${COMPLETION-CANDIDATES}; or the file of a machine, that ends with"
                      + " .json.")
          String id,
      @Option(
              names = "--format",
              paramLabel = "FORMAT",
              defaultValue = "mermaid",
              description = "mermaid, dot or xstate; default ${DEFAULT-VALUE}.")
          Format format) {
    Machine machine = machine(id);
    out()
        .println(
            switch (format) {
              case MERMAID -> Drawing.mermaid(machine);
              case DOT -> Drawing.dot(machine);
              case XSTATE -> Drawing.xstate(machine);
            });
  }
}
