package io.quintet.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A server under comparison: {@code quintet serve} in a process of its own. */
final class Contender implements AutoCloseable {
  private static final String ADMIN = "quintet: admin on ";
  private static final long END_MILLIS = 10_000;
  private static final String READY = "quintet: listening on 127.0.0.1:";

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final String admin;
  private final int port;

  Contender(List<String> arguments) throws IOException {
    this(List.of(), arguments);
  }

  /** Starts it by another program, such as taskset(1), that becomes it. */
  Contender(List<String> by, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(by);
    command.addAll(program());
    command.addAll(List.of("serve", "--port", "0", "--admin", "0", "--until-eof"));
    command.addAll(arguments);
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String first = String.valueOf(process.inputReader().readLine());
    String second = String.valueOf(process.inputReader().readLine());
    if (!first.startsWith(ADMIN) || !second.startsWith(READY)) {
      close();
      throw new CommandException(
          "quintet serve " + String.join(" ", arguments) + " did not get ready");
    }
    admin = first.substring(ADMIN.length());
    port = Integer.parseInt(second.substring(READY.length(), second.indexOf(' ', READY.length())));
  }

  /** How this program was started, up to its subcommand, proc(5). */
  private static List<String> program() throws IOException {
    List<String> words = List.of(ProcFile.text(Path.of("/proc/self/cmdline")).split("\0"));
    return new ArrayList<>(words.subList(0, words.indexOf("compare")));
  }

  int port() {
    return port;
  }

  /** How the server ended; empty while it runs. */
  Optional<String> ended() {
    return process.isAlive()
        ? Optional.empty()
        : Optional.of("the server has ended with exit code " + process.exitValue());
  }

  /**
   * Waits until it is known that one of several has ended: sockets of a process are closed before
   * that, by as much as the machine is busy.
   */
  static void awaitEnd(Collection<Contender> several) throws InterruptedException {
    CompletableFuture<?>[] ends =
        several.stream().map(each -> each.process.onExit()).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.anyOf(ends).get(END_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // they all run: what failed has another reason
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a process is no failure", e);
    }
  }

  /**
   * What the processes have used so far.
   *
   * @param userTicks time in the program, in ticks of a hundredth of a second
   * @param systemTicks time in the kernel for it
   * @param switches context switches
   * @param residentBytes memory in RAM
   */
  record Usage(long userTicks, long systemTicks, long switches, long residentBytes) {
    Usage since(Usage before) {
      return new Usage(
          userTicks - before.userTicks,
          systemTicks - before.systemTicks,
          switches - before.switches,
          residentBytes);
    }
  }

  Usage usage() throws IOException {
    long user = 0;
    long system = 0;
    long switches = 0;
    long resident = 0;
    for (long pid : pids()) {
      Path folder = Path.of("/proc", Long.toString(pid));
      String stat = ProcFile.text(folder.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      user += Long.parseLong(fields[11]);
      system += Long.parseLong(fields[12]);
      resident += number(folder.resolve("status"), "VmRSS:") * 1024;
      try (Stream<Path> tasks = Files.list(folder.resolve("task"))) {
        for (Path task : tasks.toList()) {
          switches += number(task.resolve("status"), "voluntary_ctxt_switches:");
          switches += number(task.resolve("status"), "nonvoluntary_ctxt_switches:");
        }
      }
    }
    return new Usage(user, system, switches, resident);
  }

  private List<Long> pids() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(ProcessHandle::pid)
        .toList();
  }

  private static long number(Path file, String name) throws IOException {
    return ProcFile.text(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  /**
   * What the server has counted so far.
   *
   * @param systemCalls of the loops of its first process
   * @param handled requests of each loop, or worker, or backend that handles them, by thread
   */
  record Counts(long systemCalls, Map<String, Long> handled) {
    Counts since(Counts before) {
      Map<String, Long> between = new LinkedHashMap<>(handled);
      between.replaceAll((thread, count) -> count - before.handled.getOrDefault(thread, 0L));
      return new Counts(systemCalls - before.systemCalls, between);
    }
  }

  Counts counts() throws IOException, InterruptedException {
    JsonObject stats = stats();
    long calls = 0;
    for (JsonElement loop : stats.getAsJsonArray("loops")) {
      calls += loop.getAsJsonObject().get("systemCalls").getAsLong();
    }
    return new Counts(calls, handled(stats));
  }

  private static Map<String, Long> handled(JsonObject stats) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String agents : List.of("backends", "workers", "loops")) {
      JsonArray all = stats.getAsJsonArray(agents);
      if (!all.isEmpty()) {
        for (JsonElement agent : all) {
          JsonObject one = agent.getAsJsonObject();
          counts.put(one.get("thread").getAsString(), one.get("requests").getAsLong());
        }
        counts.keySet().removeIf(thread -> thread.contains("acceptor"));
        break;
      }
    }
    return counts;
  }

  /** All that the server tells of itself. */
  JsonObject stats() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(admin + "/stats"))
            .timeout(Duration.ofSeconds(10))
            .build();
    return JsonParser.parseString(client.send(request, HttpResponse.BodyHandlers.ofString()).body())
        .getAsJsonObject();
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    client.close();
    process.destroyForcibly().onExit().join();
    children.forEach(child -> child.onExit().join()); // a backend ends with its front
  }
}
