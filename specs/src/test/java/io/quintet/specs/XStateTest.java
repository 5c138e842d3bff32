package io.quintet.specs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files are XState machines: the real package walks them as the table does. */
class XStateTest {
  private static final String XSTATE = "xstate@5.20.1";
  private static final Path FOLDER = Path.of("target", "xstate");
  private static final int WALKS = 50;
  private static final int STEPS = 60;
  private static String missing = "";

  /** Reads a machine and walks of events from standard input, prints the states of each walk. */
  private static final String WALKER =
      """
      import { createMachine, initialTransition, transition } from 'xstate';
      let text = '';
      for await (const part of process.stdin) text += part;
      const { config, walks } = JSON.parse(text);
      const names = Object.values(config.states).flatMap(state => Object.keys(state.after ?? {}));
      const delays = Object.fromEntries(names.map(name => [name, 1_000_000]));
      const machine = createMachine(config, { delays });
      const states = walks.map(walk => {
        let [snapshot] = initialTransition(machine);
        return walk.map(type => ([snapshot] = transition(machine, snapshot, { type }))[0].value);
      });
      console.log(JSON.stringify(states));
      """;

  static List<String> machines() {
    return Specs.machineIds();
  }

  @BeforeAll
  static void install() throws Exception {
    for (String program : List.of("node", "npm")) {
      if (run(List.of("sh", "-c", "command -v " + program), "").exit() != 0) {
        missing = "skipped: " + program + " is not installed";
        System.out.println("left out: what needs " + program + ", which is not installed");
        return;
      }
    }
    Files.createDirectories(FOLDER);
    Files.writeString(FOLDER.resolve("package.json"), "{ \"type\": \"module\" }");
    Files.writeString(FOLDER.resolve("walk.js"), WALKER);
    if (!Files.exists(FOLDER.resolve("node_modules/xstate"))) {
      Result install = run(List.of("npm", "install", "--silent", "--no-save", XSTATE), "");
      missing =
          install.exit() == 0 ? "" : "skipped: " + XSTATE + " is not installed: npm could not";
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void theRealXStateEndsWhereTheTableEnds(String id) throws Exception {
    assumeTrue(missing.isEmpty(), missing);
    Machine machine = Specs.machine(id);
    Random random = new Random(Long.getLong("quintet.seed", 1) + id.hashCode());
    List<List<String>> walks = new ArrayList<>();
    List<List<String>> expected = new ArrayList<>();
    for (int i = 0; i < WALKS; i++) {
      walk(machine, random, walks, expected);
    }
    Gson gson = new Gson();
    String input = gson.toJson(Map.of("config", Specs.data(id), "walks", walks));
    Result result = run(List.of("node", "walk.js"), input);
    assertEquals(0, result.exit(), result.output());
    List<?> states = gson.fromJson(result.output(), List.class);
    for (int i = 0; i < WALKS; i++) {
      assertEquals(expected.get(i), states.get(i), "after " + walks.get(i));
    }
  }

  /** Random events, those that a state lacks among them: XState stays where it is for these. */
  private static void walk(
      Machine machine, Random random, List<List<String>> walks, List<List<String>> expected) {
    List<String> all = List.copyOf(machine.events());
    List<String> events = new ArrayList<>();
    List<String> states = new ArrayList<>();
    String state = machine.initial();
    for (int step = 0; step < STEPS && !machine.states().get(state).end(); step++) {
      Map<String, Machine.Transition> on = machine.transitions(machine.states().get(state));
      List<String> from = random.nextInt(10) == 0 ? all : List.copyOf(on.keySet());
      String event = from.get(random.nextInt(from.size()));
      events.add(xstateName(machine, state, event));
      state = on.containsKey(event) ? on.get(event).target() : state;
      states.add(state);
    }
    walks.add(events);
    expected.add(states);
  }

  /** XState names the event of a delay by the delay and the state that it runs in. */
  private static String xstateName(Machine machine, String state, String event) {
    return event.startsWith(Machine.AFTER)
        ? "xstate.after."
            + event.substring(Machine.AFTER.length())
            + "."
            + machine.id()
            + "."
            + state
        : event;
  }

  private record Result(int exit, String output) {}

  private static Result run(List<String> command, String input)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(Files.isDirectory(FOLDER) ? FOLDER.toFile() : null)
            .redirectErrorStream(true)
            .start();
    try (var in = process.outputWriter()) {
      in.write(input);
    }
    String output = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), "no end of " + command);
    return new Result(process.exitValue(), output);
  }
}
