package io.quintet.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quintet top}: loops, workers and backends of a running server, as they work. */
@Command(
    name = "top",
    description = "Shows loops, workers and backends of a server that was started with --admin.",
    mixinStandardHelpOptions = true,
    footer = {"", "On a terminal, q ends it."})
final class TopCommand implements Callable<Integer> {
  private static final double NANOS_A_SECOND = 1e9;

  /** What a terminal gives for Ctrl-D, termios(3). */
  private static final int END_OF_TRANSMISSION = 4;

  @Parameters(
      paramLabel = "URL",
      description = "Where the server's admin listens, for example http://127.0.0.1:9090.")
  private URI url;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "Ends after so many looks; default never.")
  private int count;

  @Option(
      names = "--millis",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Time between two looks, in milliseconds; default ${DEFAULT-VALUE}.")
  private int millis;

  /** How a number of an agent is shown. */
  private enum Kind {
    TEXT,
    NUMBER,
    /** Its growth in a second. */
    RATE,
    /** Of nanoseconds, the percentage of the time. */
    SHARE
  }

  /** A column of a table: its head and width, and what it shows. */
  private record Column(String head, int width, Kind kind, String name) {
    /** Its format; the first column stands to the left. */
    String as(String conversion) {
      return width < 0 ? "%" + width + conversion : " %" + width + conversion;
    }
  }

  private static final Map<String, List<Column>> TABLES = tables();

  private static Map<String, List<Column>> tables() {
    Map<String, List<Column>> tables = new LinkedHashMap<>();
    tables.put(
        "loops",
        List.of(
            new Column("loop", -22, Kind.TEXT, "thread"),
            new Column("open", 8, Kind.NUMBER, "open"),
            new Column("accepts/s", 10, Kind.RATE, "accepted"),
            new Column("requests/s", 10, Kind.RATE, "requests"),
            new Column("calls/s", 10, Kind.RATE, "systemCalls"),
            new Column("cpu%", 6, Kind.SHARE, "cpuNanos")));
    tables.put(
        "listeners",
        List.of(
            new Column("listener of", -22, Kind.TEXT, "thread"),
            new Column("waiting", 8, Kind.NUMBER, "queue"),
            new Column("at most", 10, Kind.NUMBER, "queueMax")));
    tables.put(
        "workers",
        List.of(
            new Column("worker", -22, Kind.TEXT, "thread"),
            new Column("load", 8, Kind.NUMBER, "load"),
            new Column("requests/s", 10, Kind.RATE, "requests"),
            new Column("cpu%", 6, Kind.SHARE, "cpuNanos")));
    tables.put(
        "backends",
        List.of(
            new Column("backend", -22, Kind.TEXT, "thread"),
            new Column("process", 8, Kind.NUMBER, "process"),
            new Column("state", 10, Kind.TEXT, "state"),
            new Column("open", 8, Kind.NUMBER, "open"),
            new Column("requests/s", 10, Kind.RATE, "requests"),
            new Column("cpu%", 6, Kind.SHARE, "cpuNanos"),
            new Column("starts", 7, Kind.NUMBER, "starts")));
    return tables;
  }

  /** What the server told, and when. */
  private record Look(JsonObject stats, long nanos) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    LoadCommand.check("--count", count, 0, Integer.MAX_VALUE);
    LoadCommand.check("--millis", millis, 1, 3_600_000);
    try (HttpClient client = HttpClient.newHttpClient();
        Terminal terminal = terminal()) {
      boolean keys = isLookedAt(terminal);
      if (keys) {
        terminal.enterRawMode(); // its close() leaves the terminal as it was
      }
      Look before = look(client, "");
      for (int i = 0; count == 0 || i < count; i++) {
        if (isEnded(terminal, keys)) {
          return 0;
        }
        Look now = look(client, "; the figures above are its last");
        terminal.puts(Capability.clear_screen);
        print(terminal.writer(), before, now);
        terminal.flush();
        before = now;
      }
    }
    return 0;
  }

  /**
   * The terminal as it is. What it can do is not asked of it: JLine waits for the answer on a
   * thread of its own, which may put the terminal back to lines and echo after this has made it
   * raw.
   */
  private static Terminal terminal() throws IOException {
    return TerminalBuilder.builder().system(true).dumb(true).graphemeCluster(false).build();
  }

  /** Whether a person sits before it, whose keys are read. */
  private static boolean isLookedAt(Terminal terminal) {
    Console console = System.console();
    return console != null && console.isTerminal() && !terminal.getType().startsWith("dumb");
  }

  /** Waits until the next look, or until somebody wants no more. */
  private boolean isEnded(Terminal terminal, boolean keys)
      throws IOException, InterruptedException {
    if (!keys) {
      Thread.sleep(millis);
      return false;
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long left;
    while ((left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) > 0) {
      int key = terminal.reader().read(left);
      if (key == 'q' || key == 'Q' || key == END_OF_TRANSMISSION || key == NonBlockingReader.EOF) {
        return true;
      }
    }
    return false;
  }

  private Look look(HttpClient client, String then) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(url.resolve("/stats")).timeout(Duration.ofSeconds(10)).build();
    try {
      String text = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      JsonElement stats = JsonParser.parseString(text);
      if (stats.isJsonObject() && stats.getAsJsonObject().has("loops")) {
        return new Look(stats.getAsJsonObject(), System.nanoTime());
      }
    } catch (ConnectException e) {
      throw new CommandException("nobody listens at " + url + then);
    } catch (IOException e) {
      throw new CommandException("no answer from " + url + ": " + said(e) + then);
    } catch (JsonParseException e) {
      // said below
    }
    throw new CommandException(url + " is not where a server that was started with --admin tells");
  }

  private static String said(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static void print(PrintWriter out, Look before, Look now) {
    JsonObject stats = now.stats;
    double seconds = (now.nanos - before.nanos) / NANOS_A_SECOND;
    out.printf(
        "%s, %s, %s, %s%n",
        text(stats, "topology"),
        text(stats, "protocol"),
        text(stats, "address"),
        text(stats, "state"));
    String last = text(stats.getAsJsonObject("rearrangements"), "last");
    if (!last.isEmpty()) {
      out.println(last);
    }
    JsonObject governor = stats.getAsJsonObject("governor");
    if (governor != null && governor.has("now")) {
      out.println("adaptive: " + text(governor, "now"));
    }
    JsonObject network = stats.getAsJsonObject("network");
    if (network != null && network.has("listenOverflows")) {
      out.printf(
          "accept queues overflowed %d times in this network namespace, %d connections were"
              + " dropped at listeners%n",
          number(network, "listenOverflows"), number(network, "listenDrops"));
    }
    for (Map.Entry<String, List<Column>> table : TABLES.entrySet()) {
      JsonArray agents = stats.getAsJsonArray(table.getKey());
      if (agents != null && !agents.isEmpty()) {
        print(out, agents, before.stats.getAsJsonArray(table.getKey()), table.getValue(), seconds);
      }
    }
  }

  private static void print(
      PrintWriter out, JsonArray agents, JsonArray before, List<Column> columns, double seconds) {
    out.println();
    columns.forEach(column -> out.printf(column.as("s"), column.head));
    out.println();
    for (JsonElement each : agents) {
      JsonObject agent = each.getAsJsonObject();
      JsonObject was = same(before, agent);
      for (Column column : columns) {
        switch (column.kind) {
          case TEXT -> out.printf(column.as("s"), text(agent, column.name));
          case NUMBER -> out.printf(column.as("d"), number(agent, column.name));
          case RATE -> out.printf(column.as(".0f"), rate(agent, was, column.name, seconds));
          case SHARE ->
              out.printf(
                  column.as(".1f"), 100 * rate(agent, was, column.name, seconds) / NANOS_A_SECOND);
        }
      }
      out.println();
    }
  }

  /** The same thread, as it was before. */
  private static @Nullable JsonObject same(JsonArray all, JsonObject agent) {
    for (JsonElement each : all) {
      if (text(each.getAsJsonObject(), "thread").equals(text(agent, "thread"))) {
        return each.getAsJsonObject();
      }
    }
    return null;
  }

  private static double rate(
      JsonObject now, @Nullable JsonObject before, String name, double seconds) {
    return before == null || !now.has(name)
        ? 0
        : (number(now, name) - number(before, name)) / seconds;
  }

  private static String text(JsonObject object, String name) {
    return object.get(name).getAsString();
  }

  private static long number(JsonObject object, String name) {
    return object.has(name) ? object.get(name).getAsLong() : 0;
  }
}
