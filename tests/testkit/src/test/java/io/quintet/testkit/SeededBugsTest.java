package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bugs that real servers have had are put back one by one, and the simulation finds each. */
@Execution(ExecutionMode.CONCURRENT)
class SeededBugsTest {
  private static final int RUNS_MAX = 20_000;

  /** An action that nothing performs would be refused: the signal comes where it is of no use. */
  private static final String MORE_MAIL =
      "\"POST\": { \"target\": \"loaded\" },\n        \"DOZE\": { \"target\": \"loaded\" }";

  private static final String MORE_MAIL_SIGNALLED =
      MORE_MAIL.replaceFirst("\"loaded\" }", "\"loaded\", \"actions\": \"signal\" }");

  /** A bug in the code, by the name that {@code quintet.bug} takes, and where it shows. */
  enum InCode {
    STALE_EVENT("single-thread"),
    DOUBLE_CLOSE("single-thread"),
    PARTIAL_WRITE_DROPPED("single-thread"),
    NEVER_DISARMED("single-thread"),
    SWAPPED_REPLIES("load-balanced"),
    LATE_COUNT("multi-thread"),
    ROOM_FORGOTTEN("shared-workers"),
    LINE_SKIPPED("reuseport"),
    QUEUE_CLOSED("reuseport", "", "REARRANGED_LINES"),
    RETIRED_ACCEPTS("single-thread"),
    REPLY_FORGOTTEN("load-balanced"),
    LOST_IN_TRANSIT("multi-thread"),
    DEADLINE_LOST("multi-thread"),
    OWNED_TWICE("multi-thread"),
    MOVE_COUNTED_LATE("reuseport", "1160");

    private final String topology;

    /** A seed that found it once, or none. */
    private final String kept;

    /** The service in which it shows, or none for those that show in any. */
    private final String service;

    InCode(String topology) {
      this(topology, "");
    }

    InCode(String topology, String kept) {
      this(topology, kept, "");
    }

    InCode(String topology, String kept, String service) {
      this.topology = topology;
      this.kept = kept;
      this.service = service;
    }
  }

  /** A bug in a machine: a line of its file is another one. */
  enum InSpec {
    LOST_WAKE_UP(
        "mailbox-wakeup",
        "\"POST\": { \"target\": \"loaded\", \"actions\": \"signal\" }",
        "\"POST\": { \"target\": \"loaded\" }",
        "multi-thread"),
    TAKEN_INTO_SLEEP(
        "mailbox-wakeup",
        "\"TAKE\": { \"target\": \"awake\" }",
        "\"TAKE\": { \"target\": \"asleep\" }",
        "multi-thread"),
    EMFILE_SPIN(
        "listener",
        "\"IN_VAIN\": { \"target\": \"paused\", \"actions\": \"pause\" }",
        "\"IN_VAIN\": { \"target\": \"listening\" }",
        "single-thread"),
    CLOSED_WITH_QUEUED_CONNECTIONS(
        "listener",
        "\"DRAIN\": { \"target\": \"draining\", \"actions\": \"accept\" },\n"
            + "        \"ABORT\": { \"target\": \"closed\", \"actions\": \"close\" }\n"
            + "      }\n    },\n    \"accepting\"",
        "\"DRAIN\": { \"target\": \"closed\", \"actions\": \"close\" },\n"
            + "        \"ABORT\": { \"target\": \"closed\", \"actions\": \"close\" }\n"
            + "      }\n    },\n    \"accepting\"",
        "single-thread"),
    HALF_CLOSE_READ_AS_FULL(
        "connection",
        "\"END_OF_STREAM\": { \"target\": \"ending\", \"actions\": \"flush\" }",
        "\"END_OF_STREAM\": { \"target\": \"closed\", \"actions\": \"close\" }",
        "single-thread"),
    DRAIN_MESSAGE_LOST(
        "backend",
        "\"UNTOLD\": { \"target\": \"untold\" }",
        "\"UNTOLD\": { \"target\": \"draining\" }",
        "multi-process"),
    /** A message may begin within another one. */
    FRAME_INTERLEAVED(
        "websocket",
        "\"DATA\": { \"target\": \"failing\", \"actions\": \"fail\" }",
        "\"DATA\": { \"target\": \"message\" }",
        "single-thread");

    private final String machine;
    private final String right;
    private final String wrong;
    private final String topology;

    InSpec(String machine, String right, String wrong, String topology) {
      this.machine = machine;
      this.right = right;
      this.wrong = wrong;
      this.topology = topology;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBugInTheCodeIsFound(InCode bug) throws Exception {
    report(
        bug.name(),
        ChildRun.runsToViolation(
            List.of("-Dquintet.bug=" + bug, "-Dquintet.service=" + bug.service),
            bug.kept,
            "",
            RUNS_MAX,
            List.of(topology(bug.topology))));
  }

  @ParameterizedTest
  @EnumSource
  void aBugInAMachineIsFound(InSpec bug, @TempDir Path folder) throws Exception {
    Path file = Files.createDirectories(folder.resolve("machines")).resolve(bug.machine + ".json");
    String text =
        Files.readString(
            Path.of(System.getProperty("quintet.root"), "specs/machines", bug.machine + ".json"));
    assertTrue(text.contains(bug.right), bug.machine + ".json is not as this test expects it");
    // A state that nothing leads to any more would be refused before anything runs.
    String broken = text.replace(bug.right, bug.wrong);
    Files.writeString(
        file,
        switch (bug) {
          case DRAIN_MESSAGE_LOST -> withoutUntold(broken);
          case LOST_WAKE_UP -> broken.replace(MORE_MAIL, MORE_MAIL_SIGNALLED);
          default -> broken;
        });
    List<String> properties =
        List.of(
            "-Dquintet.specs=" + folder,
            "-Dquintet.service=" + (bug.machine.equals("websocket") ? "WEBSOCKET" : ""));
    report(
        bug.name(),
        ChildRun.runsToViolation(properties, "", "", RUNS_MAX, List.of(topology(bug.topology))));
  }

  @ParameterizedTest
  @EnumSource
  void aBugInAnActionIsFound(ActionBug bug, @TempDir Path folder) throws Exception {
    bug.compileInto(folder);
    report(
        bug.name(),
        ChildRun.runsToViolation(
            bug.properties(), bug.kept(), folder.toString(), RUNS_MAX, bug.topologies()));
  }

  @Test
  void withoutABugNothingIsFound() throws Exception {
    List<String> topologies = List.of("single-thread", "load-balanced", "multi-process");
    List<String> properties = List.of("-Dquintet.none=");
    assertEquals(0, ChildRun.runsToViolation(properties, "", "", RUNS_MAX, topologies));
  }

  private static String withoutUntold(String text) {
    int from = text.indexOf("    \"untold\"");
    return text.substring(0, from) + text.substring(text.indexOf("    \"draining\"", from));
  }

  private static String topology(String id) {
    return id.equals("shared-workers") ? Shouting.example(id) : id;
  }

  private static void report(String bug, int runs) {
    System.out.printf("seeded bug %s: found after %d runs%n", bug, runs);
    assertTrue(runs > 0, bug + " was not found in " + RUNS_MAX + " runs");
  }
}
