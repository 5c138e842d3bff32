package io.quintet.specs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShippedSpecsTest {
  static List<String> machines() {
    return Specs.machineIds();
  }

  static Stream<Path> files() throws IOException {
    return Stream.of("machines", "topologies")
        .flatMap(
            folder -> {
              try {
                return Files.list(Path.of(folder));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileIsValidBySchema(Path file) throws IOException {
    boolean machine = file.startsWith("machines");
    assertEquals(List.of(), complaints(file, machine ? "machine" : "topology"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "shared-listener",
        "blocking-handlers",
        "shared-workers",
        "rebalanced",
        "shared-queue",
        "bounded-queues",
        "stealing-workers",
        "reserved-workers",
        "backend-ports"
      })
  void everyExampleIsASoundTopology(String id) throws IOException {
    Path file = Path.of("examples", id + ".json");
    assertEquals(List.of(), complaints(file, "topology"));
    assertEquals(id, ((Topology) SpecReader.read(file)).id());
  }

  @Test
  void theExampleOfALayerIsASoundMachine() throws IOException {
    Path file = Path.of("examples", "shared-secret.json");
    assertEquals(List.of(), complaints(file, "machine"));
    LayerMachine.require((Machine) SpecReader.read(file));
  }

  @Test
  void theDispositionsAreValidBySchema() throws IOException {
    assertEquals(List.of(), complaints(Path.of("dispositions.json"), "dispositions"));
  }

  private static List<String> complaints(Path file, String schemaName) throws IOException {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    String text = Files.readString(Path.of("schema", schemaName + ".schema.json"));
    Schema schema = registry.getSchema(text, InputFormat.JSON);
    return schema.validate(Files.readString(file), InputFormat.JSON).stream()
        .map(Object::toString)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileIsShippedUnderItsId(Path file) throws IOException {
    String id = file.getFileName().toString().replace(".json", "");
    assertEquals(id, Specs.data(id).get("id"));
    Object spec = SpecReader.read(file);
    boolean machine = spec instanceof Machine m && m.equals(Specs.machine(id));
    boolean topology = spec instanceof Topology t && t.equals(Specs.topology(id));
    assertTrue(machine || topology);
  }

  @ParameterizedTest
  @MethodSource("machines")
  void everyStateAndTransitionIsDrawn(String id) {
    Machine machine = Specs.machine(id);
    String mermaid = Drawing.mermaid(machine);
    String dot = Drawing.dot(machine);
    machine
        .states()
        .forEach(
            (name, state) -> {
              assertTrue(dot.contains("\"" + name + "\" [tooltip="), name);
              machine
                  .transitions(state)
                  .forEach(
                      (event, transition) -> {
                        String arrow = name + " --> " + transition.target() + ": ";
                        String line =
                            mermaid
                                .lines()
                                .filter(l -> l.contains(arrow))
                                .findFirst()
                                .orElse("none");
                        assertTrue(line.contains(event), line + " lacks " + event);
                      });
            });
    assertFalse(dot.contains("null"));
  }

  @Test
  void aTableLeadsWhereItsMachineLeads() {
    Machine machine = Specs.machine("mailbox-wakeup");
    Transitions<Event, Action> table = Transitions.of(machine, Event.class, Action.class);
    for (int state = 0; state < table.size(); state++) {
      Machine.State declared = machine.states().get(table.name(state));
      for (Event event : Event.values()) {
        Machine.Transition transition = declared.on().get(event.name());
        int step = table.step(state, event);
        assertEquals(transition == null, step == Transitions.UNDEFINED);
        if (transition != null) {
          assertEquals(transition.target(), table.name(Transitions.target(step)));
          assertEquals(transition.action().isPresent(), Transitions.acts(step));
        }
      }
    }
  }

  private enum Event {
    POST,
    DOZE,
    WAKE,
    TAKE,
    CLOSE
  }

  private enum Action {
    SIGNAL
  }

  private enum OtherAction {
    SIGNAL,
    SHOUT
  }

  @Test
  void aTableRefusesConstantsThatDifferFromTheMachine() {
    IllegalArgumentException e =
        org.junit.jupiter.api.Assertions.assertThrows(
            IllegalArgumentException.class,
            () -> Transitions.of(Specs.machine("mailbox-wakeup"), Event.class, OtherAction.class));
    assertEquals(
        "mailbox-wakeup actions: OtherAction lacks [] and has [SHOUT] to spare", e.getMessage());
  }
}
