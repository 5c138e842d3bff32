package io.quintet.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.InfoCmp.Capability;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quintet top}: loops, workers and backends of a running server, as they work. */
@Command(
    name = "top",
    description = "Shows loops, workers and backends of a server that was started with --admin.",
    mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
  private static final double NANOS_A_SECOND = 1e9;

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

  /** What the server told, and when. */
  private record Look(JsonObject stats, long nanos) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient();
        Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      Look before = look(client);
      for (int i = 0; count == 0 || i < count; i++) {
        Thread.sleep(millis);
        Look now = look(client);
        terminal.puts(Capability.clear_screen);
        print(terminal.writer(), before, now);
        terminal.flush();
        before = now;
      }
    }
    return 0;
  }

  private Look look(HttpClient client) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(url.resolve("/stats")).timeout(Duration.ofSeconds(10)).build();
    String text = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    return new Look(JsonParser.parseString(text).getAsJsonObject(), System.nanoTime());
  }

  private static void print(PrintWriter out, Look before, Look now) {
    JsonObject stats = now.stats;
    double seconds = (now.nanos - before.nanos) / NANOS_A_SECOND;
    out.printf(
        "%s, %s, %s, %s%n%n",
        text(stats, "topology"),
        text(stats, "protocol"),
        text(stats, "address"),
        text(stats, "state"));
    out.printf(
        "%-22s %8s %10s %10s %10s %6s%n",
        "loop", "open", "accepts/s", "requests/s", "calls/s", "busy%");
    for (JsonElement each : stats.getAsJsonArray("loops")) {
      JsonObject loop = each.getAsJsonObject();
      JsonObject was = same(before.stats.getAsJsonArray("loops"), loop);
      out.printf(
          "%-22s %8d %10.0f %10.0f %10.0f %6.1f%n",
          text(loop, "thread"),
          number(loop, "open"),
          rate(loop, was, "accepted", seconds),
          rate(loop, was, "requests", seconds),
          rate(loop, was, "systemCalls", seconds),
          100 * rate(loop, was, "busyNanos", seconds) / NANOS_A_SECOND);
    }
    if (!stats.getAsJsonArray("workers").isEmpty()) {
      out.printf("%n%-22s %8s %10s %6s%n", "worker", "load", "requests/s", "busy%");
    }
    for (JsonElement each : stats.getAsJsonArray("workers")) {
      JsonObject worker = each.getAsJsonObject();
      JsonObject was = same(before.stats.getAsJsonArray("workers"), worker);
      out.printf(
          "%-22s %8d %10.0f %6.1f%n",
          text(worker, "thread"),
          number(worker, "load"),
          rate(worker, was, "requests", seconds),
          100 * rate(worker, was, "busyNanos", seconds) / NANOS_A_SECOND);
    }
    if (!stats.getAsJsonArray("backends").isEmpty()) {
      out.printf(
          "%n%-22s %8s %10s %8s %10s %7s%n",
          "backend", "process", "state", "open", "requests/s", "starts");
    }
    for (JsonElement each : stats.getAsJsonArray("backends")) {
      JsonObject backend = each.getAsJsonObject();
      JsonObject was = same(before.stats.getAsJsonArray("backends"), backend);
      out.printf(
          "%-22s %8d %10s %8d %10.0f %7d%n",
          text(backend, "thread"),
          number(backend, "process"),
          text(backend, "state"),
          number(backend, "open"),
          rate(backend, was, "requests", seconds),
          number(backend, "starts"));
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
