package io.quintet.cli;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.quintet.Server;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A backend process of the lab's front. It tells what its threads do by a line of JSON at a time on
 * its output.
 */
final class LabBackend {
  private static final Gson GSON = new Gson();
  private static final String VARIABLE = "QUINTET_BACKEND";
  private static final long TELL_MILLIS = 50;

  private final int number;
  private final Process process;
  private List<Object[]> events = new ArrayList<>();
  private List<Map<String, Object>> threads = List.of();

  private LabBackend(int number, Process process) {
    this.number = number;
    this.process = process;
  }

  /** Starts one by running this program again. */
  static LabBackend start(Map<String, String> environment) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"));
    String modules = System.getProperty("jdk.module.path");
    if (modules == null) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    } else {
      command.add("--enable-native-access=io.quintet.ffi");
      command.addAll(List.of("-p", modules, "-m", "io.quintet.cli/" + Main.class.getName()));
    }
    command.addAll(List.of("lab", "--backend"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    int number = Integer.parseInt(environment.get(VARIABLE).split(" ")[0]);
    LabBackend backend = new LabBackend(number, process);
    Thread.ofPlatform().daemon().name("quintet-lab-backend").start(backend::listen);
    return backend;
  }

  Process process() {
    return process;
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader()) {
      for (String line; (line = lines.readLine()) != null; ) {
        JsonElement said = parsed(line);
        if (said.isJsonObject()) {
          hear(said.getAsJsonObject());
        }
      }
    } catch (IOException e) {
      hearNothing(); // it was killed, which the front learns by itself
    }
  }

  private synchronized void hearNothing() {
    threads = List.of();
  }

  /** What a line says; nothing if it was cut because the process was killed. */
  private static JsonElement parsed(String line) {
    try {
      return JsonParser.parseString(line);
    } catch (JsonParseException e) {
      return JsonNull.INSTANCE;
    }
  }

  private synchronized void hear(JsonObject told) {
    for (var each : told.getAsJsonArray("events")) {
      JsonArray event = each.getAsJsonArray();
      Object[] words = new Object[event.size()];
      for (int i = 0; i < words.length; i++) {
        var word = event.get(i).getAsJsonPrimitive();
        words[i] = word.isNumber() ? (Object) word.getAsLong() : word.getAsString();
      }
      words[2] = name(words[2]);
      events.add(words);
    }
    List<Map<String, Object>> all = new ArrayList<>();
    for (var each : told.getAsJsonArray("threads")) {
      Map<String, Object> thread = new LinkedHashMap<>();
      each.getAsJsonObject().asMap().forEach(thread::put);
      thread.put("name", name(each.getAsJsonObject().get("name").getAsString()));
      all.add(thread);
    }
    threads = all;
  }

  /** A thread is known by its process too. */
  private String name(Object thread) {
    return "backend-" + (number + 1) + "/" + thread;
  }

  synchronized List<Object[]> take() {
    List<Object[]> taken = events;
    events = new ArrayList<>();
    return taken;
  }

  synchronized List<Map<String, Object>> threads() {
    return process.isAlive() ? threads : List.of();
  }

  /** The life of such a process. */
  static void live() throws InterruptedException {
    LabWorld world = new LabWorld(_ -> {});
    PrintStream out = System.out;
    Server server = LabServer.start("multi-process", LabControl.standards(), world);
    Thread.ofPlatform().daemon().name("quintet-lab-tell").start(() -> tell(world, out));
    server.awaitStopped();
  }

  private static void tell(LabWorld world, PrintStream out) {
    while (!out.checkError()) {
      List<Object[]> events = new ArrayList<>();
      List<Map<String, Object>> threads = new ArrayList<>();
      for (LabThread thread : world.threads) {
        events.addAll(thread.take());
        threads.add(thread.told());
      }
      out.println(GSON.toJson(Map.of("events", events, "threads", threads)));
      out.flush();
      try {
        Thread.sleep(TELL_MILLIS); // the pace of the page
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
