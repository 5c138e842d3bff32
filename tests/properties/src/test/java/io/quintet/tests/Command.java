package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.testkit.Sizes;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs programs, and the quintet command as it was packed, each with a deadline. */
final class Command {
  private static final Path JAR =
      Path.of(System.getProperty("quintet.root"), "bindings/cli/target/quintet-cli.jar");
  private static final long DEADLINE_SECONDS = 300;
  private static final Set<String> MISSING = ConcurrentHashMap.newKeySet();

  /** How a program ended and what it printed. */
  record Result(int exit, String out, String err) {}

  private Command() {}

  static Result run(String... command) throws IOException, InterruptedException {
    try (Running running = new Running(command)) {
      return running.awaitEnd();
    }
  }

  /** A program that runs beside the test. */
  static final class Running implements AutoCloseable {
    private final Process process;
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Thread errors;
    private final Thread output;

    Running(String... command) throws IOException {
      process = new ProcessBuilder(command).start();
      errors = Thread.startVirtualThread(() -> process.errorReader().lines().forEach(err::add));
      output = Thread.startVirtualThread(this::copyOutput);
    }

    private void copyOutput() {
      try {
        process.getInputStream().transferTo(out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** What it has printed so far. */
    String out() {
      return out.toString();
    }

    /** What it has said of errors, or of how far it is. */
    String err() {
      return String.join("\n", List.copyOf(err));
    }

    long pid() {
      return process.pid();
    }

    /** Gives it what a person would type. */
    void type(String text) throws IOException {
      process.getOutputStream().write(text.getBytes());
      process.getOutputStream().flush();
    }

    Result awaitEnd() throws InterruptedException {
      return awaitEnd(DEADLINE_SECONDS);
    }

    /** The same of what takes longer. */
    Result awaitEnd(long seconds) throws InterruptedException {
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      assertTrue(ended, () -> "no end of " + process.info().command() + " that said " + out);
      errors.join();
      output.join();
      return new Result(process.exitValue(), out.toString(), String.join("\n", err));
    }

    /** Nothing that it started stays behind either. */
    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** Starts a server of the demonstration, which answers, says nothing else, and ends when told. */
  static void servesOnce(String address, List<String> line) throws Exception {
    try (Running running = new Running(line.toArray(String[]::new))) {
      Await.until(() -> running.out().endsWith(")\n"), () -> "said " + running.err());
      String port =
          running.out().replaceAll("(?s).* " + Pattern.quote(address) + ":(\\d+) .*", "$1");
      try (var page = URI.create("http://127.0.0.1:" + port + "/").toURL().openStream()) {
        assertEquals("Hello, World!", new String(page.readAllBytes()));
      }
      ProcessHandle.of(running.pid()).orElseThrow().destroy();
      Result result = running.awaitEnd();
      assertEquals("", result.err());
      assertEquals(0, result.exit());
    }
  }

  private static boolean isInstalled(String program) throws IOException, InterruptedException {
    return run("sh", "-c", "command -v " + program).exit() == 0;
  }

  /** Skips the test unless a program is installed, and says so once. */
  static void needs(String program) throws IOException, InterruptedException {
    boolean installed = isInstalled(program);
    if (!installed && MISSING.add(program)) {
      System.out.println("left out: what needs " + program + ", which is not installed");
    }
    assumeTrue(installed, "skipped: " + program + " is not installed");
  }

  static Result quintet(String... arguments) throws IOException, InterruptedException {
    return run(line(arguments));
  }

  /** The same as another program starts it. */
  static Result quintetUnder(List<String> program, String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(program);
    line.addAll(List.of(line(arguments)));
    return run(line.toArray(String[]::new));
  }

  /** The same before a person: both its streams are a terminal's, script(1). */
  static Result quintetInTerminal(String... arguments) throws IOException, InterruptedException {
    try (Running running = beginInTerminal(arguments)) {
      return running.awaitEnd();
    }
  }

  /** The same, still running. */
  static Running beginInTerminal(String... arguments) throws IOException, InterruptedException {
    needs("script");
    String command = "stty cols 132; TERM=xterm exec " + String.join(" ", line(arguments));
    return new Running("script", "--quiet", "--return", "--command", command, "/dev/null");
  }

  /** The command, still running. */
  static Running begin(String... arguments) throws IOException {
    return new Running(line(arguments));
  }

  private static String[] line(String... arguments) {
    assertTrue(Files.exists(JAR), JAR + " is missing: it is packed before these tests run");
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String kernel = System.getProperty("quintet.kernel", "");
    if (!kernel.isEmpty()) {
      line.add("-Dquintet.kernel=" + kernel);
    }
    line.addAll(List.of("-jar", JAR.toString()));
    line.addAll(List.of(arguments));
    return line.toArray(String[]::new);
  }

  /** A running {@code quintet serve}, on a free port unless one is given. */
  static final class Serving implements AutoCloseable {
    private static final Pattern READY =
        Pattern.compile(
            "quintet: listening on 127\\.0\\.0\\.1:(\\d+) \\((\\S+), (\\S+), pid (\\d+)\\)");

    private static final String ADMIN = "quintet: admin on ";
    private static final String WATCH = "quintet: watch it on ";

    private final Process process;
    private final BufferedReader out;

    /** Where it tells about itself; empty without {@code --admin}. */
    String admin = "";

    /** Where its page is; empty without {@code --watch}. */
    String watch = "";

    final int port;
    final String pattern;
    final String protocol;
    final long pid;

    Serving(String... arguments) throws IOException {
      this(List.of(), arguments);
    }

    /** One under a pattern, with two loops, workers or backends where there are several. */
    static Serving of(io.quintet.Pattern pattern, String... more) throws IOException {
      List<String> arguments = arguments(pattern, 2);
      arguments.addAll(List.of(more));
      return new Serving(arguments.toArray(String[]::new));
    }

    /** Arguments for a pattern with so many loops, workers or backends where there are several. */
    static List<String> arguments(io.quintet.Pattern pattern, int count) {
      List<String> arguments = new ArrayList<>(List.of("--pattern", pattern.id()));
      Sizes.of(pattern.id(), count)
          .forEach((option, n) -> arguments.addAll(List.of("--" + option, n.toString())));
      return arguments;
    }

    /** One that another program starts. */
    static Serving under(List<String> program, String... arguments) throws IOException {
      return new Serving(program, arguments);
    }

    private Serving(List<String> program, String... arguments) throws IOException {
      List<String> all = new ArrayList<>(List.of("serve"));
      all.addAll(List.of(arguments));
      if (!all.contains("--port")) {
        all.addAll(List.of("--port", "0"));
      }
      List<String> line = new ArrayList<>(program);
      line.addAll(List.of(line(all.toArray(String[]::new))));
      ProcessBuilder builder = new ProcessBuilder(line);
      builder.environment().put("XDG_CACHE_HOME", Path.of("target", "cache").toAbsolutePath() + "");
      process = builder.start();
      out = process.inputReader();
      String ready = out.readLine();
      if (ready != null && ready.startsWith(ADMIN)) {
        admin = ready.substring(ADMIN.length());
        ready = out.readLine();
      }
      if (ready != null && ready.startsWith(WATCH)) {
        watch = ready.substring(WATCH.length());
        ready = out.readLine();
      }
      Matcher matcher = READY.matcher(String.valueOf(ready));
      if (!matcher.matches()) {
        String errors = ready == null ? process.errorReader().lines().toList().toString() : "";
        process.destroyForcibly();
        throw new IOException("not ready: " + ready + errors);
      }
      port = Integer.parseInt(matcher.group(1));
      pattern = matcher.group(2);
      protocol = matcher.group(3);
      pid = Long.parseLong(matcher.group(4));
    }

    /** What it tells at its admin port. */
    JsonObject stats() throws IOException {
      try (InputStream in = URI.create(admin + "/stats").toURL().openStream()) {
        return JsonParser.parseString(new String(in.readAllBytes())).getAsJsonObject();
      }
    }

    String url(String path) {
      return "http://127.0.0.1:" + port + path;
    }

    /** Sends SIGTERM or SIGINT and waits for the end. */
    Result end(String signal) throws IOException, InterruptedException {
      run("kill", "-" + signal, Long.toString(pid));
      return awaitEnd();
    }

    /** Waits for the end that something else has caused. */
    Result awaitEnd() throws InterruptedException {
      assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "no end of " + pid);
      String rest = String.join("\n", out.lines().toList());
      return new Result(
          process.exitValue(), rest, String.join("\n", process.errorReader().lines().toList()));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
