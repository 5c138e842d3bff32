package io.quintet.specs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecReaderTest {
  private static final String SOUND =
      """
      { "id": "door", "description": "A door.", "initial": "shut",
        "states": {
          "shut": { "description": "Closed.",
                    "on": { "PUSH": { "target": "opening", "actions": "turn" } },
                    "after": { "AGE": { "target": "gone" } } },
          "opening": { "description": "On its way.",
                       "on": { "OPENED": { "target": "shut" }, "STUCK": { "target": "gone" } } },
          "gone": { "type": "final", "description": "No more." } },
        "meta": { "actions": {
          "turn": { "description": "Turns.", "outcomes": ["OPENED", "STUCK"] } } } }
      """;

  @Test
  void aSoundMachineIsReadAsItIsWritten() {
    Machine machine = SpecReader.machine("door.json", new StringReader(SOUND));
    assertEquals("shut", machine.initial());
    assertEquals("[PUSH, AFTER_AGE, OPENED, STUCK]", machine.events().toString());
    assertEquals("[PUSH, AFTER_AGE]", machine.externalEvents("shut").toString());
    assertEquals("[]", machine.externalEvents("opening").toString());
    assertTrue(machine.states().get("gone").end());
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"target\": \"opening\"| \"target\": \"open\""
            + "| $.states.shut.on.PUSH.target: unknown target \"open\"",
        "[\"OPENED\", \"STUCK\"]| [\"OPENED\", \"STUCK\", \"LOST\"]"
            + "| $.states.shut.on.PUSH.actions: outcome LOST of \"turn\" leads nowhere",
        "\"actions\": \"turn\"| \"actions\": \"pull\""
            + "| $.states.shut.on.PUSH.actions: undeclared action \"pull\"",
        ", \"actions\": \"turn\"| " + "| $.meta.actions.turn: no transition performs this action",
        "\"PUSH\": { \"target\": \"opening\", \"actions\": \"turn\" }"
            + "| \"PUSH\": { \"target\": \"shut\" }"
            + "| $.meta.actions.turn: no transition performs this action",
        "\"initial\": \"shut\"| \"initial\": \"ajar\"| $.initial: \"ajar\" is not one of",
        "\"on\": { \"OPENED\": { \"target\": \"shut\" }, \"STUCK\": { \"target\": \"gone\" } }"
            + "| \"on\": { \"OPENED\": { \"target\": \"opening\" },"
            + " \"STUCK\": { \"target\": \"opening\" } }"
            + "| $.states.opening: dead end",
        "\"initial\": \"shut\"| \"initial\": \"shut\", \"initial\": \"shut\""
            + "| $.initial: duplicate key \"initial\"",
        "\"type\": \"final\"| \"type\": \"last\"| $.states.gone.type: \"last\" is not one of",
        "\"type\": \"final\", | | $.states.shut: dead end",
        "\"description\": \"Closed.\"| \"note\": \"Closed.\""
            + "| $.states.shut: \"description\" is missing",
        "\"description\": \"Closed.\"| \"description\": \"Closed.\", \"colour\": \"red\""
            + "| $.states.shut.colour: unknown key",
        "\"AGE\": { \"target\": \"gone\" }"
            + "| \"AGE\": { \"target\": \"gone\" }, \"RUST\": { \"target\": \"gone\" }"
            + "| $.states.shut: more than one deadline",
        "\"description\": \"No more.\""
            + "| \"description\": \"No more.\", \"on\": { \"PUSH\": { \"target\": \"gone\" } }"
            + "| $.states.gone: a final state has no transitions",
        "\"meta\"| \"meta\": 1, \"other\"| $.other: unknown key",
        "} } } }| } } }| $: not JSON",
        "\"No more.\" } }"
            + "| \"No more.\" }, \"attic\": { \"description\": \"Never.\","
            + " \"on\": { \"PUSH\": { \"target\": \"gone\" } } } }"
            + "| $.states.attic: unreachable",
      })
  void aBrokenFileIsRefusedWithItsPathAndTheReason(
      String written, String broken, String complaint) {
    String text = SOUND.replace(written, broken == null ? "" : broken);
    SpecException e =
        assertThrows(
            SpecException.class,
            () -> SpecReader.machine("door.json", new StringReader(text)),
            text);
    String path = complaint.substring(0, complaint.indexOf(": "));
    String reason = complaint.substring(complaint.indexOf(": "));
    assertTrue(e.getMessage().startsWith("door.json at "), e.getMessage());
    boolean whole = path.equals("$") || e.getMessage().contains(" " + path + ":");
    assertTrue(whole && e.getMessage().contains(reason), e.getMessage() + " lacks " + complaint);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"one\", \"accepts\"| \"two\", \"accepts\"| $.listeners: \"two\" is not one of",
        "\"one\", \"accepts\"| \"shared\", \"accepts\"| $.listeners: an acceptor has one",
        "\"acceptor\"| \"loop\"| $.loops: several loops need an acceptor",
        "\"power-of-two\"| \"self\"| $.placement.connections: an acceptor owns no connections",
        "\"worker\"| \"loop\"| $.workers: no worker runs anything",
        "\"acceptor\"| \"front\"| $.owns: backends own",
        "\"owns\": \"loop\"| \"owns\": \"backend\"| $.owns: only a front",
        "\"acceptor\"| \"backend\"| $.listeners: backends accept",
        "\"backends\": \"none\"| \"backends\": \"cores\"| $.backends: only a front",
        "\"virtual\"| \"none\"| $.workers: workers run the handler",
        "\"least-loaded\"| \"self\"| $.placement.requests: workers run the handler",
        "\"least-loaded\"| \"power-of-two\"| $.placement.requests: \"power-of-two\" is not one of",
        "\"least-loaded\"| \"shared\"| $.placement.requests: each request has a thread of its own",
        "\"least-loaded\"| \"shortest-of-two\", \"bound\": 2| $.placement.bound: only \"bounded\"",
        "\"least-loaded\"| \"least-loaded\", \"reserved\": 1| $.placement.reserved: only where requests",
        "\"least-loaded\"| \"least-loaded\", \"rebalance\": {}| $.placement.rebalance: \"",
      })
  void aTopologyWhosePartsDoNotFitIsRefused(String written, String broken, String complaint) {
    String text =
        """
        { "id": "x", "title": "x", "description": "x", "choose": "x", "costs": "x",
          "exemplars": [], "listeners": "one", "accepts": "acceptor", "owns": "loop",
          "executes": "worker", "loops": "cores", "workers": "virtual",
          "backends": "none",
          "placement": { "connections": "power-of-two", "requests": "least-loaded" } }
        """;
    assertEquals("x", SpecReader.topology("x.json", new StringReader(text)).id());
    String changed = text.replace(written, broken);
    SpecException e =
        assertThrows(
            SpecException.class, () -> SpecReader.topology("x.json", new StringReader(changed)));
    assertTrue(e.getMessage().startsWith("x.json at " + complaint), e.getMessage());
  }
}
