package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.specs.Specs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the quintet command prints, and how it ends. */
class CommandTest {
  @ParameterizedTest
  @CsvSource({"TERM, http", "INT, echo", "TERM, line"})
  void serveSaysOneLineAndEndsWithZeroOnASignal(String signal, String protocol) throws Exception {
    // A build in the background is started with SIGINT ignored, and so are its children, signal(7).
    List<String> fresh = List.of("env", "--default-signal=INT");
    try (Command.Serving serving = Command.Serving.under(fresh, "--protocol", protocol)) {
      assertEquals("single-thread", serving.pattern);
      assertEquals(protocol, serving.protocol);
      Command.Result result = serving.end(signal);
      assertEquals(new Command.Result(0, "", ""), result, "one line, no warning of the JDK");
    }
  }

  @Test
  void aRequestInFlightIsAnsweredWhenTheServerIsToldToEnd() throws Exception {
    try (Command.Serving serving = new Command.Serving();
        Client client = new Client(serving.port);
        Client idle = new Client(serving.port)) {
      client.send("GET /sleep?millis=300 HTTP/1.1\r\nHost: a\r\n\r\n");
      client.send("GET /sleep?millis=300 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(0, serving.end("TERM").exit());
      assertTrue(client.receiveAllText().endsWith("done\n"));
      assertEquals(0, idle.receiveAll().length);
    }
  }

  @Test
  void aFailureToStartIsOneLineWithTheErrnoAndExitCode1() throws Exception {
    try (Server taken = Quintet.server(Line.codec(), line -> line).start()) {
      Command.Result result = Command.quintet("serve", "--port", Integer.toString(taken.port()));
      assertEquals(1, result.exit());
      assertEquals("", result.out());
      String start = "quintet: bind 127.0.0.1:" + taken.port() + ": EADDRINUSE (";
      assertTrue(result.err().startsWith(start), result.err());
      assertEquals(1, result.err().lines().count(), result.err());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serve --port x | quintet serve: Invalid value for option '--port': 'x' is not an int",
        "serve --port 70000 | quintet: option port is 70000; valid are 0 to 65535",
        "serve --pattern ring | quintet: option topology is ring; valid are single-thread",
        "serve --protocol smtp | quintet serve: Invalid value for option '--protocol'",
        "serve -o colour=red | quintet: option colour does not exist; the options are host,",
        "serve --nonsense | quintet serve: Unknown option: '--nonsense'",
        "spec show nothing | quintet: there is no spec \"nothing\"; there are [listener,",
        "spec draw loop --format png | quintet spec draw: Invalid value for option '--format'",
        "spec check /no/such/file | quintet: /no/such/file at $: cannot be read:",
        "'' | quintet: Missing required subcommand",
        "spec | quintet spec: Missing required subcommand",
      })
  void aMistakeOfTheUserIsOneLineAndExitCode2(String line, String complaint) throws Exception {
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    Command.Result result = Command.quintet(words);
    assertEquals(2, result.exit(), result.toString());
    assertTrue(result.err().startsWith(complaint), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "serve",
        "spec",
        "spec list",
        "spec show",
        "spec check",
        "spec draw",
        "doctor",
        "generate-completion"
      })
  void everythingHasHelp(String command) throws Exception {
    String[] words = (command + " --help").strip().split(" ");
    Command.Result result = Command.quintet(words);
    assertEquals(0, result.exit());
    assertTrue(result.out().startsWith("Usage: quintet " + command), result.out());
  }

  @Test
  void theSpecsAreListedShownCheckedAndDrawn(@TempDir Path folder) throws Exception {
    String list = Command.quintet("spec", "list").out();
    for (String id : Specs.machineIds()) {
      assertTrue(list.contains("machine   " + id), list);
    }
    String shown = Command.quintet("spec", "show", "mailbox-wakeup").out();
    Path file = Files.writeString(folder.resolve("mine.json"), shown);
    Command.Result checked = Command.quintet("spec", "check", file.toString());
    String sound = "mailbox-wakeup: a machine of 4 states, 5 events and 1 actions, sound\n";
    assertEquals(new Command.Result(0, sound, ""), checked);
    Files.writeString(file, shown.replace("\"target\": \"asleep\"", "\"target\": \"dead\""));
    Command.Result broken = Command.quintet("spec", "check", file.toString());
    assertEquals(2, broken.exit());
    String where = file + " at $.states.awake.on.DOZE.target: unknown target \"dead\"";
    assertTrue(broken.err().contains(where), broken.err());
    assertTrue(Command.quintet("spec", "check").out().contains("single-thread: a topology, sound"));
    assertTrue(Command.quintet("spec", "draw", "loop").out().startsWith("stateDiagram-v2"));
    String dot = Command.quintet("spec", "draw", "loop", "--format", "dot").out();
    assertTrue(dot.startsWith("digraph \"loop\""), dot);
  }

  @ParameterizedTest
  @CsvSource({
    "single-thread, quintet-loop, 1",
    "multi-thread, quintet-loop, 3",
    "load-balanced, quintet-worker, 3",
    "reuseport, quintet-loop, 3"
  })
  void whereTellsWhoRanTheHandler(String pattern, String thread, int most) throws Exception {
    Set<String> threads = new TreeSet<>();
    try (Command.Serving serving =
        new Command.Serving("--pattern", pattern, "--loops", "3", "--workers", "3")) {
      for (int i = 0; i < 30; i++) {
        Set<String> ofConnection = new TreeSet<>();
        try (Client client = new Client(serving.port)) {
          client.send("GET /where HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10));
          for (int j = 0; j < 10; j++) {
            String response = client.receiveResponse();
            JsonObject where =
                JsonParser.parseString(response.substring(response.indexOf('|') + 1))
                    .getAsJsonObject();
            assertEquals(pattern, where.get("pattern").getAsString());
            assertEquals(serving.pid, where.get("process").getAsLong());
            ofConnection.add(where.get("thread").getAsString());
          }
        }
        assertTrue(thread.equals("quintet-worker") || ofConnection.size() == 1);
        threads.addAll(ofConnection);
      }
      assertEquals(0, serving.end("TERM").exit());
    }
    assertEquals(most, threads.size(), threads.toString());
    assertTrue(threads.stream().allMatch(name -> name.startsWith(thread)), threads.toString());
  }

  @Test
  void theDoctorLooksAtTheMachine() throws Exception {
    Command.Result result = Command.quintet("doctor");
    assertEquals(0, result.exit());
    for (String what :
        new String[] {"kernel", "JDK", "cores", "open files", "somaxconn", "tcp_migrate_req"}) {
      assertTrue(result.out().contains(what), result.out());
    }
  }

  @Test
  void completionIsGenerated() throws Exception {
    Command.Result result = Command.quintet("generate-completion");
    assertEquals(0, result.exit());
    assertTrue(result.out().contains("complete -F _complete_quintet"), "no bash completion");
  }
}
