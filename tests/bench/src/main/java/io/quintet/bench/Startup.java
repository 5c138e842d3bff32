package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long a server takes until its first answer, with the AOT cache that the launcher makes, with
 * the archive of classes that a front makes for its backends, and without either, interleaved.
 */
@Command(
    name = "startup",
    description = "Start of a server until its first answer, with and without caches of classes.",
    mixinStandardHelpOptions = true)
final class Startup implements Callable<Integer> {
  /** A server to start; what it is compared with is the last one before it that has no caches. */
  private record Start(String name, boolean aot, List<String> arguments) {
    boolean isReference() {
      return name.endsWith(NONE);
    }
  }

  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+) ");

  private static final String NONE = "no cache";

  private static final List<Start> STARTS =
      List.of(
          new Start("single-thread, " + NONE, false, List.of("single-thread")),
          new Start("single-thread, AOT cache", true, List.of("single-thread")),
          new Start(
              "2 backends, " + NONE,
              false,
              List.of("multi-process", "--backends", "2", "-o", "startupArchive=false")),
          new Start(
              "2 backends, archive of classes", false, List.of("multi-process", "--backends", "2")),
          new Start("2 backends, AOT cache", true, List.of("multi-process", "--backends", "2")));

  @Option(names = "--rounds", defaultValue = "7", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path cache = Files.createTempDirectory("quintet-startup");
    Map<Start, List<Double>> taken = new LinkedHashMap<>();
    try {
      for (Start each : STARTS) {
        start(each, cache); // makes what it needs
      }
      for (int i = 0; i < roundCount; i++) {
        for (Start each : STARTS) {
          taken.computeIfAbsent(each, _ -> new ArrayList<>()).add(start(each, cache));
        }
      }
    } finally {
      Bench.delete(cache);
    }
    System.out.println(Bench.machine());
    System.out.printf(
        "%n| started | seconds until the first answer | of no cache |%n|---|---|---|%n");
    List<Double> reference = List.of();
    for (Map.Entry<Start, List<Double>> row : taken.entrySet()) {
      List<Double> seconds = row.getValue();
      reference = row.getKey().isReference() ? seconds : reference;
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < roundCount; i++) {
        ratios.add(seconds.get(i) / reference.get(i));
      }
      System.out.printf(
          "| %s | %.2f | %s |%n",
          row.getKey().name(), Interleaved.middle(seconds), Interleaved.spread(ratios));
    }
    return 0;
  }

  /** Seconds until a server has answered; then it is ended. */
  private static double start(Start start, Path cache) throws IOException, InterruptedException {
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
      return (System.nanoTime() - began) / 1e9;
    } finally {
      process.destroy();
      process.waitFor();
    }
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
