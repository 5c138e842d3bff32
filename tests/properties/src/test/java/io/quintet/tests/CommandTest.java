package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.Pattern;
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
  void aRequestThatIsCutAtTheDeadlineShowsInTheExitCode() throws Exception {
    try (Command.Serving serving = new Command.Serving("-o", "drainTimeoutMillis=300");
        Client client = new Client(serving.port)) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      client.receiveResponse();
      client.send("GET /sleep?millis=600000 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(3, serving.end("TERM").exit());
      assertFalse(client.receiveAllText().contains("done"));
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
        "serve --pattern ring | quintet: option pattern is ring; valid are single-thread",
        "serve --topology ring | quintet: option topology is ring; valid are single-thread",
        "serve -o topology=ring | quintet: option topology is ring; valid are single-thread",
        "serve --drain-delay -5 | quintet: option drain-delay is -5; valid are 0 to 86400000",
        "serve -o drainDelayMillis=-5 | quintet: option drainDelayMillis is -5; valid are 0 to",
        "serve --protocol smtp | quintet serve: Invalid value for option '--protocol'",
        "serve -o colour=red | quintet: option colour does not exist; the options are host,",
        "serve --workers 4 | quintet: option workers is 4; valid for single-thread is 0, since it has",
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

  @Test
  void aMachineOfAFileIsDrawnAsOneThatIsShipped(@TempDir Path folder) throws Exception {
    String shown = Command.quintet("spec", "show", "mailbox-wakeup").out();
    Path file = Files.writeString(folder.resolve("mine.json"), shown);
    for (String format : List.of("mermaid", "dot", "xstate")) {
      Command.Result own = Command.quintet("spec", "draw", file.toString(), "--format", format);
      assertEquals(0, own.exit(), own.err());
      assertEquals(Command.quintet("spec", "draw", "mailbox-wakeup", "--format", format), own);
    }
    Files.writeString(file, Command.quintet("spec", "show", "reuseport").out());
    Command.Result topology = Command.quintet("spec", "draw", file.toString());
    String sentence = "quintet: " + file + " is a topology; draw takes a machine";
    assertEquals(new Command.Result(2, "", sentence), topology);
    Command.Result missing = Command.quintet("spec", "draw", "/no/such.json");
    assertEquals(2, missing.exit());
    assertTrue(missing.err().startsWith("quintet: /no/such.json at $: cannot be read:"));
  }

  @Test
  void theDispositionsAreListedShownAndChecked() throws Exception {
    assertTrue(Command.quintet("spec", "list").out().contains("\ntable     dispositions "));
    Command.Result shown = Command.quintet("spec", "show", "dispositions");
    assertEquals(0, shown.exit(), shown.err());
    Path file = Path.of(System.getProperty("quintet.root"), "specs/dispositions.json");
    assertEquals(
        JsonParser.parseString(Files.readString(file)), JsonParser.parseString(shown.out()));
    String checked = Command.quintet("spec", "check").out();
    int calls = Specs.dispositions().size();
    assertTrue(checked.contains("dispositions: a table of " + calls + " calls, sound"), checked);
  }

  @ParameterizedTest
  @CsvSource({
    "SINGLE_THREAD, quintet-loop, 1",
    "MULTI_THREAD, quintet-loop, 3",
    "LOAD_BALANCED, quintet-worker, 3",
    "REUSEPORT, quintet-loop, 3"
  })
  void whereTellsWhoRanTheHandler(Pattern pattern, String thread, int most) throws Exception {
    Set<String> threads = new TreeSet<>();
    String[] arguments = Command.Serving.arguments(pattern, 3).toArray(String[]::new);
    try (Command.Serving serving = new Command.Serving(arguments)) {
      for (int i = 0; i < 30; i++) {
        Set<String> ofConnection = new TreeSet<>();
        try (Client client = new Client(serving.port)) {
          client.send("GET /where HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10));
          for (int j = 0; j < 10; j++) {
            String response = client.receiveResponse();
            JsonObject where =
                JsonParser.parseString(response.substring(response.indexOf('|') + 1))
                    .getAsJsonObject();
            assertEquals(pattern.id(), where.get("pattern").getAsString());
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

  /** Settings as cat(1) reads them, and from which value on nothing is to be changed. */
  @ParameterizedTest
  @CsvSource({
    "net/core/somaxconn, net.core.somaxconn, 4096",
    "net/ipv4/tcp_migrate_req, net.ipv4.tcp_migrate_req, 1",
    "net/ipv4/tcp_max_syn_backlog, net.ipv4.tcp_max_syn_backlog, 1024",
    "net/ipv4/ip_local_port_range, client ports, 16384",
  })
  void theDoctorTellsWholeSettingsAndWhichToChange(String file, String name, long enough)
      throws Exception {
    String value = Command.run("cat", "/proc/sys/" + file).out().strip();
    String[] numbers = value.isEmpty() ? new String[0] : value.split("\\s+");
    String shown = value.isEmpty() ? "not in this kernel" : String.join(" to ", numbers);
    boolean good =
        switch (numbers.length) {
          case 1 -> Long.parseLong(numbers[0]) >= enough;
          case 2 -> Long.parseLong(numbers[1]) - Long.parseLong(numbers[0]) + 1 >= enough;
          default -> false;
        };
    assertEquals(new Finding(good, shown), finding(name));
  }

  @Test
  void theDoctorTellsTheLimitOfDescriptorsAndTheProcessors() throws Exception {
    String most = Command.run("sh", "-c", "ulimit -Hn").out().strip();
    // The JVM raises its own limit to the most that it may have, java(1) MaxFDLimit.
    Finding files = new Finding(Long.parseLong(most) >= 65_536, most + " (at most " + most + ")");
    assertEquals(files, finding("open files"));
    int cores = Runtime.getRuntime().availableProcessors();
    assertEquals(new Finding(cores > 1, Integer.toString(cores)), finding("cores"));
    assertEquals(new Finding(true, Command.run("uname", "-r").out().strip()), finding("kernel"));
  }

  @Test
  void theDoctorFindsLimitsThatAreLow() throws Exception {
    Command.needs("prlimit");
    Command.Result result =
        Command.quintetUnder(List.of("prlimit", "--nofile=1000:2000"), "doctor");
    assertTrue(
        result.out().contains("\nnote open files                   2000 (at most 2000)\n"),
        result.out());
  }

  /** What the doctor says of one thing. */
  private record Finding(boolean good, String value) {}

  private static Finding finding(String name) throws Exception {
    Command.Result result = Command.quintet("doctor");
    assertEquals(0, result.exit(), result.toString());
    String line =
        result
            .out()
            .lines()
            .filter(
                each -> each.matches("(ok  |note) " + java.util.regex.Pattern.quote(name) + " +.*"))
            .findFirst()
            .orElseThrow(() -> new AssertionError(name + " is missing in " + result.out()));
    String value = line.substring("note ".length() + name.length()).strip();
    return new Finding(line.startsWith("ok"), value);
  }

  @Test
  void completionIsGenerated() throws Exception {
    Command.Result result = Command.quintet("generate-completion");
    assertEquals(0, result.exit());
    assertTrue(result.out().contains("complete -F _complete_quintet"), "no bash completion");
  }
}
