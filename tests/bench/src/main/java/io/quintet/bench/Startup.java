package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long a server takes until its first answer, with the AOT cache that the launcher makes, with
 * the archive of classes that a front makes for its backends, and without either. In each round the
 * start without caches stands at both ends of its pattern: the others are compared with the mean of
 * the two, which are neighbours in time, and the two with each other as the control, whose distance
 * from 1 is noise. Every other round goes backwards, so that nothing is always the later one.
 */
@Command(
    name = "startup",
    description = "Start of a server until its first answer, with and without caches of classes.",
    mixinStandardHelpOptions = true)
final class Startup implements Callable<Integer> {
  /** A server to start. */
  private record Start(String name, boolean aot, List<String> arguments) {}

  /** What a start took, in seconds: of the clock, and of processors by all its processes. */
  private record Taken(double seconds, double processor) {}

  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+) ");

  private static final List<String> BACKENDS = List.of("multi-process", "--backends", "2");

  /** The first and the last of a pattern are the same: without a cache, and that as the control. */
  private static final List<List<Start>> STARTS =
      List.of(
          List.of(
              new Start("single-thread, no cache", false, List.of("single-thread")),
              new Start("single-thread, AOT cache", true, List.of("single-thread")),
              new Start(
                  "single-thread, no cache again (control)", false, List.of("single-thread"))),
          List.of(
              new Start("2 backends, no cache", false, withoutArchive()),
              new Start("2 backends, archive of classes", false, BACKENDS),
              new Start("2 backends, AOT cache", true, BACKENDS),
              new Start("2 backends, no cache again (control)", false, withoutArchive())));

  @Option(names = "--rounds", defaultValue = "21", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  private final Map<Start, List<Taken>> all = new HashMap<>();

  private static List<String> withoutArchive() {
    List<String> arguments = new ArrayList<>(BACKENDS);
    arguments.addAll(List.of("-o", "startupArchive=false"));
    return arguments;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path cache = Files.createTempDirectory("quintet-startup");
    try {
      for (List<Start> pattern : STARTS) {
        for (Start each : pattern) {
          start(each, cache); // makes what it needs
        }
      }
      if (!hasCache(cache)) {
        System.err.println("startup: this JDK makes no AOT cache, which is a JDK 25 or newer");
        return 1;
      }
      for (int i = 0; i < roundCount; i++) {
        round(cache, i % 2 == 1);
      }
    } finally {
      Bench.delete(cache);
    }
    System.out.println(Bench.machine());
    System.out.printf(
        "%d rounds; medians, with the quartiles in parentheses%n%n"
            + "| started | seconds until the first answer | of no cache | processor seconds"
            + " | of no cache |%n|---|---|---|---|---|%n",
        roundCount);
    for (List<Start> pattern : STARTS) {
      for (Start each : pattern) {
        System.out.println(row(pattern, each));
      }
    }
    return 0;
  }

  private static boolean hasCache(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files.anyMatch(file -> file.toString().endsWith(".aot") && file.toFile().length() > 0);
    }
  }

  private void round(Path cache, boolean backwards) throws IOException, InterruptedException {
    for (List<Start> pattern : STARTS) {
      for (Start each : backwards ? pattern.reversed() : pattern) {
        all.computeIfAbsent(each, _ -> new ArrayList<>()).add(start(each, cache));
      }
    }
  }

  private String row(List<Start> pattern, Start start) {
    return "| %s | %.2f | %s | %.2f | %s |"
        .formatted(
            start.name(),
            Interleaved.middle(column(start, Taken::seconds)),
            ratios(pattern, start, Taken::seconds),
            Interleaved.middle(column(start, Taken::processor)),
            ratios(pattern, start, Taken::processor));
  }

  private List<Double> column(Start start, ToDoubleFunction<Taken> of) {
    return all.get(start).stream().mapToDouble(of).boxed().toList();
  }

  /** Beside the mean of both ends of its round; the last of them beside the first. */
  private String ratios(List<Start> pattern, Start start, ToDoubleFunction<Taken> of) {
    if (start.equals(pattern.getFirst())) {
      return "1.00";
    }
    List<Double> first = column(pattern.getFirst(), of);
    List<Double> last = start.equals(pattern.getLast()) ? first : column(pattern.getLast(), of);
    List<Double> own = column(start, of);
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < roundCount; i++) {
      ratios.add(2 * own.get(i) / (first.get(i) + last.get(i)));
    }
    List<Double> sorted = ratios.stream().sorted().toList();
    return "%.2f (%.2f–%.2f)"
        .formatted(
            Interleaved.middle(ratios),
            sorted.get(sorted.size() / 4),
            sorted.get(sorted.size() - 1 - sorted.size() / 4));
  }

  /** Starts a server, waits until it has answered, and ends it. */
  private static Taken start(Start start, Path cache) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Bench.root().resolve("bindings/cli/quintet").toString());
    command.addAll(List.of("serve", "--port", "0", "--pattern"));
    command.addAll(start.arguments());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("XDG_CACHE_HOME", cache.toString());
    builder.environment().put("QUINTET_AOT", start.aot() ? "on" : "off");
    long began = System.nanoTime();
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      String line = process.inputReader().readLine();
      Matcher ready = LISTENING.matcher(String.valueOf(line));
      if (!ready.find()) {
        throw new IOException(command + " did not start");
      }
      ask(Integer.parseInt(ready.group(1)));
      double seconds = (System.nanoTime() - began) / 1e9;
      return new Taken(seconds, processorSeconds(process.toHandle()));
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  /** Of a process and all that it has started: its backends. */
  private static double processorSeconds(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(each -> each.info().totalCpuDuration().orElse(Duration.ZERO))
        .mapToDouble(each -> each.toNanos() / 1e9)
        .sum();
  }

  private static void ask(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
      if (socket.getInputStream().read() < 0) {
        throw new IOException("no answer");
      }
    }
  }
}
