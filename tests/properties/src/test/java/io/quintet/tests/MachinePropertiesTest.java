package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Drawing;
import io.quintet.specs.Machine;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds of every machine that Quintet ships, whatever its actions report. */
class MachinePropertiesTest {
  private static final int OUTCOMES_IN_A_ROW_MAX = 200;

  /**
   * Whatever outcomes the actions report, the machine comes to rest or goes on: it never sticks.
   */
  @Property(tries = 2000)
  void everyOutcomeOfEveryActionHasSomewhereToGo(@ForAll("machines") String id, @ForAll long seed) {
    Machine machine = Specs.machine(id);
    Random random = new Random(seed);
    String state = machine.initial();
    for (int i = 0; i < 30 && !machine.states().get(state).end(); i++) {
      List<String> events = machine.externalEvents(state);
      assertFalse(events.isEmpty(), "the machine rests in " + state + " and nothing leads out");
      state = settle(machine, state, events.get(random.nextInt(events.size())), random);
    }
  }

  /** Fires an event and the outcomes that follow; gives the state in which no action is left. */
  private static String settle(Machine machine, String from, String event, Random random) {
    String state = from;
    String next = event;
    for (int i = 0; i < OUTCOMES_IN_A_ROW_MAX; i++) {
      Machine.Transition taken = machine.transitions(machine.states().get(state)).get(next);
      assertNotNull(taken, "no transition for " + next + " in " + state);
      state = taken.target();
      List<String> outcomes =
          taken.action().map(a -> machine.actions().get(a).outcomes()).orElse(List.of());
      if (outcomes.isEmpty()) {
        return state;
      }
      next = outcomes.get(random.nextInt(outcomes.size()));
    }
    // A loop of retries: whatever it was, it can end.
    List<String> ways = new ArrayList<>(machine.transitions(machine.states().get(state)).keySet());
    assertTrue(ways.size() > 1, "caught in " + state);
    return state;
  }

  /** A connection that rests in a state always waits for something, or its owner will call it. */
  @Property(tries = 1)
  void everyRestingStateOfADescriptorSaysWhatItWaitsFor() {
    for (String id : List.of("connection", "listener")) {
      Machine machine = Specs.machine(id);
      for (String name : restingStates(machine)) {
        boolean away = name.equals("moving"); // no loop waits for its socket
        assertEquals(!away, machine.states().get(name).interest().isPresent(), id + "." + name);
      }
      machine
          .states()
          .forEach(
              (name, state) -> {
                boolean asks = state.interest().isPresent() || !state.after().isEmpty();
                assertTrue(!asks || restingStates(machine).contains(name), id + "." + name);
              });
    }
  }

  /** States in which an action without an outcome, or no action at all, ends a transition. */
  private static Set<String> restingStates(Machine machine) {
    Set<String> resting = new HashSet<>(Set.of(machine.initial()));
    for (Machine.State state : machine.states().values()) {
      for (Machine.Transition transition : machine.transitions(state).values()) {
        boolean ends =
            transition
                .action()
                .map(a -> machine.actions().get(a).outcomes().isEmpty())
                .orElse(true);
        if (ends && !machine.states().get(transition.target()).end()) {
          resting.add(transition.target());
        }
      }
    }
    return resting;
  }

  /** Every state in which a connection rests can be aborted, drained and hung up on. */
  @Property(tries = 1)
  void everyRestingConnectionCanBeEnded() {
    Machine machine = Specs.machine("connection");
    Set<String> nothingOwed = Set.of(machine.initial(), "handshaking");
    for (String name : restingStates(machine)) {
      Map<String, Machine.Transition> on = machine.states().get(name).on();
      assertEquals("closed", on.get("ABORT").target(), name);
      for (String event : List.of("DRAIN", "HANGUP", "REPLY_READY")) {
        boolean cannot = nothingOwed.contains(name) && event.equals("REPLY_READY");
        boolean waits = cannot || on.containsKey(event) || !on.containsKey("READABLE");
        assertTrue(waits, name + " lacks " + event);
      }
    }
  }

  /** What is exported for XState holds the same transitions as the file. */
  @Property
  void theExportReadsAsTheSameMachine(@ForAll("machines") String id) {
    Machine machine = Specs.machine(id);
    String exported = Drawing.xstate(machine);
    machine
        .states()
        .forEach(
            (name, state) ->
                state
                    .on()
                    .forEach(
                        (event, t) -> assertTrue(exported.contains("\"" + event + "\""), event)));
    assertEquals(
        machine, SpecReader.machine("again", new StringReader(withMeta(machine, exported))));
  }

  /** The export leaves out what XState does not run: put back, the file is whole again. */
  private static String withMeta(Machine machine, String exported) {
    com.google.gson.JsonObject root =
        com.google.gson.JsonParser.parseString(exported).getAsJsonObject();
    com.google.gson.Gson gson = new com.google.gson.Gson();
    Map<String, Object> whole = new LinkedHashMap<>(Map.of("actions", machine.actions()));
    if (!machine.facts().isEmpty()) {
      whole.put("facts", machine.facts());
    }
    root.add("meta", gson.toJsonTree(whole));
    machine
        .states()
        .forEach(
            (name, state) -> {
              Map<String, Object> meta = new LinkedHashMap<>();
              state.interest().ifPresent(interest -> meta.put("interest", interest));
              if (!state.invariant().isEmpty()) {
                meta.put("invariant", state.invariant());
              }
              if (!meta.isEmpty()) {
                root.getAsJsonObject("states")
                    .getAsJsonObject(name)
                    .add("meta", gson.toJsonTree(meta));
              }
            });
    return root.toString();
  }

  @Provide
  Arbitrary<String> machines() {
    return Arbitraries.of(Specs.machineIds());
  }
}
