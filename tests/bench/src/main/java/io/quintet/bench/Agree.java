package io.quintet.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Whether {@code quintet load} finds the throughput that wrk finds. Both load the same nginx, from
 * core 1, and one of them is stopped while the other works, by turns of half a second: a machine
 * that is shared changes its speed from one minute to the next. What counts are the requests that
 * nginx counts.
 *
 * <p>nginx serves a file, so that it holds the rate and not who loads it: wrk makes two calls of
 * epoll_ctl(2) for each request and is the slower of the two where nginx has nothing to do.
 */
@Command(
    name = "agree",
    description = "Closed-loop throughput that quintet load and wrk find, of nginx.",
    mixinStandardHelpOptions = true)
final class Agree implements Callable<Integer> {
  private static final Pattern REQUESTS = Pattern.compile("\\n \\d+ \\d+ (\\d+)");
  private static final int SLICE_MILLIS = 500;
  private static final int SETTLE_MILLIS = 50;

  @Option(
      names = "--slices",
      defaultValue = "40",
      description = "Of each, for each row; default ${DEFAULT-VALUE}.")
  private int slices;

  private final HttpClient client = HttpClient.newHttpClient();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Bench.moveToCore1();
    Path folder = Files.createTempDirectory("quintet-agree");
    int port = Daemon.freePort();
    Files.writeString(folder.resolve("index.html"), "x".repeat(1024));
    Path configuration = Files.writeString(folder.resolve("conf"), configuration(folder, port));
    System.out.println(Bench.machine());
    System.out.printf(
        "%d slices of %d ms of each, a file of 1,024 bytes%n%n", slices, SLICE_MILLIS);
    System.out.println("| connections | load to wrk | wrk again to wrk (control) |");
    System.out.println("|---|---|---|");
    try (Daemon nginx =
        new Daemon(
            List.of("nginx", "-c", configuration.toString(), "-p", folder.toString()), port)) {
      for (int connections : new int[] {16, 64, 256}) {
        System.out.printf(
            "| %d | %s | %s |%n",
            connections,
            ratios(nginx, wrk(nginx, connections), load(nginx, connections)),
            ratios(nginx, wrk(nginx, connections), wrk(nginx, connections)));
      }
    } finally {
      Bench.delete(folder);
    }
    return 0;
  }

  private static String configuration(Path folder, int port) {
    return """
    user root;
    worker_processes 1;
    daemon off;
    pid FOLDER/pid;
    error_log stderr;
    events { worker_connections 2048; }
    http {
      access_log off;
      keepalive_requests 1000000000;
      client_body_temp_path FOLDER/t1; proxy_temp_path FOLDER/t2; fastcgi_temp_path FOLDER/t3;
      uwsgi_temp_path FOLDER/t4; scgi_temp_path FOLDER/t5;
      server {
        listen 127.0.0.1:PORT;
        root FOLDER;
        location = /status { stub_status; }
      }
    }
    """
        .replace("FOLDER", folder.toString())
        .replace("PORT", Integer.toString(port));
  }

  private static String url(Daemon nginx) {
    return "http://127.0.0.1:" + nginx.port() + "/";
  }

  /** Far longer than it is needed. */
  private String seconds() {
    return Integer.toString(60 + 4 * slices * SLICE_MILLIS / 1000);
  }

  private Load wrk(Daemon nginx, int connections) {
    return new Load(
        List.of("wrk", "-t1", "-c" + connections, "-d" + seconds() + "s", url(nginx)), 1);
  }

  private Load load(Daemon nginx, int connections) {
    List<String> command = new ArrayList<>(Bench.jvm("io.quintet.cli.Main"));
    command.addAll(List.of("load", "--connections", Integer.toString(connections)));
    command.addAll(List.of("--seconds", seconds(), url(nginx)));
    return new Load(command, 8);
  }

  private record Load(List<String> command, int warmUpSeconds) {}

  /** A load that has warmed up, and stands still until it is told. */
  private static final class Stopped implements AutoCloseable {
    private final Process process;

    Stopped(Load load) throws IOException, InterruptedException {
      process =
          new ProcessBuilder(load.command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      TimeUnit.SECONDS.sleep(load.warmUpSeconds);
      stop();
    }

    void go() throws IOException, InterruptedException {
      signal("CONT");
    }

    void stop() throws IOException, InterruptedException {
      signal("STOP");
    }

    private void signal(String name) throws IOException, InterruptedException {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      if (kill.waitFor() != 0) {
        throw new IOException("a load has ended");
      }
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  /** Requests a second of the second to those of the first, by turns that follow each other. */
  private String ratios(Daemon nginx, Load one, Load other)
      throws IOException, InterruptedException {
    List<Double> ratios = new ArrayList<>();
    try (Stopped first = new Stopped(one);
        Stopped second = new Stopped(other)) {
      for (int i = 0; i < slices; i++) {
        boolean forwards = i % 2 == 0;
        double earlier = rate(nginx, forwards ? first : second);
        double later = rate(nginx, forwards ? second : first);
        ratios.add(forwards ? later / earlier : earlier / later);
      }
    }
    List<Double> sorted = ratios.stream().sorted().toList();
    return "%.3f (half of them %.3f–%.3f)"
        .formatted(
            Interleaved.middle(ratios),
            sorted.get(sorted.size() / 4),
            sorted.get(sorted.size() * 3 / 4));
  }

  private double rate(Daemon nginx, Stopped load) throws IOException, InterruptedException {
    load.go();
    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
    long before = requests(nginx);
    long began = System.nanoTime();
    TimeUnit.MILLISECONDS.sleep(SLICE_MILLIS);
    long after = requests(nginx);
    long took = System.nanoTime() - began;
    load.stop();
    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS); // what is under way comes to an end
    return (after - before) / (double) took;
  }

  private long requests(Daemon nginx) throws IOException, InterruptedException {
    HttpRequest asking = HttpRequest.newBuilder(URI.create(url(nginx) + "status")).build();
    String status = client.send(asking, HttpResponse.BodyHandlers.ofString()).body();
    Matcher count = REQUESTS.matcher(status);
    if (!count.find()) {
      throw new IOException("nginx tells no count: " + status);
    }
    return Long.parseLong(count.group(1));
  }
}
