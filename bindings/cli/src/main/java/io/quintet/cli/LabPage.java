package io.quintet.cli;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Streams;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.specs.Machine;
import io.quintet.specs.Specs;
import io.quintet.trace.Trace;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the browser is given by {@code quintet lab}: the page, what happens, and its controls. */
final class LabPage {
  private static final Gson GSON = new Gson();
  private static final TypeToken<Map<String, Integer>> NUMBERS = new TypeToken<>() {};
  private static final String HTML = "text/html; charset=utf-8";
  private static final Map<String, String> FILES =
      Map.of(
          "/", "lab.html",
          "/lab.css", "lab.css",
          "/lab.js", "lab.js",
          "/model.js", "model.js",
          "/scene.js", "scene.js",
          "/charts.js", "charts.js");

  private final Lab lab;

  /** Where the page's own server lives. */
  private final LabWorld world;

  private final Map<String, HttpResponse> files = new LinkedHashMap<>();

  private LabPage(Lab lab, LabWorld world) throws IOException {
    this.lab = lab;
    this.world = world;
    for (Map.Entry<String, String> file : FILES.entrySet()) {
      String name = file.getValue();
      String type = name.endsWith("css") ? "text/css" : "text/javascript";
      byte[] bytes = HtmlReport.resource("lab/" + name).getBytes(StandardCharsets.UTF_8);
      files.put(
          file.getKey(),
          HttpResponse.of(200, name.endsWith("html") ? HTML : type, bytes)
              .withHeader(
                  "Content-Security-Policy",
                  "default-src 'self'; style-src 'self' 'unsafe-inline'"));
    }
    files.put("/facts", json(facts()));
  }

  static Server start(Lab lab, int port) throws IOException {
    LabWorld world = new LabWorld(_ -> {});
    return Quintet.server(Http.codec(), new LabPage(lab, world)::answer)
        .listen("127.0.0.1", port)
        .option("drainOnExit", false)
        .option("drainTimeoutMillis", 200)
        .option("drainIdleMillis", 1)
        .in(world)
        .start();
  }

  /** What does not change: controls, failures, machines. */
  private static Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("controls", Stream.of(LabControl.values()).map(LabControl::told).toList());
    facts.put("failures", Stream.of(LabFailure.values()).map(LabFailure::told).toList());
    Map<String, Object> machines = new LinkedHashMap<>();
    for (String id : LabThread.SHOWN) {
      machines.put(id, machine(Specs.machine(id)));
    }
    facts.put("machines", machines);
    Map<String, String> titles = new LinkedHashMap<>();
    for (io.quintet.Pattern pattern : io.quintet.Pattern.values()) {
      titles.put(pattern.id(), Specs.topology(pattern.id()).title());
    }
    facts.put("patterns", titles);
    return facts;
  }

  private static List<Object> machine(Machine machine) {
    List<Object> states = new ArrayList<>();
    machine
        .states()
        .forEach(
            (id, state) -> {
              Map<String, String> on = new LinkedHashMap<>();
              state.on().forEach((event, transition) -> on.put(event, transition.target()));
              states.add(Map.of("id", id, "text", state.description(), "on", on));
            });
    return states;
  }

  /** Pages of other sites have no say here: they cannot send this header without being asked. */
  private static boolean isOwn(HttpRequest request) {
    String host = request.header("Host").orElse("");
    return host.startsWith("127.0.0.1:") || host.startsWith("localhost:");
  }

  private HttpResponse answer(HttpRequest request) {
    if (!isOwn(request)) {
      return HttpResponse.text(403, "The lab answers to 127.0.0.1 and localhost.\n");
    }
    HttpResponse file = files.get(request.path());
    if (file != null) {
      return file;
    }
    return switch (request.path()) {
      case "/events" ->
          HttpResponse.streaming(
              200,
              List.of(
                  Map.entry("Content-Type", "text/event-stream"),
                  Map.entry("Cache-Control", "no-store")),
              Streams.written(this::tell));
      case "/recorded" -> json(recorded());
      case "/set" -> told(request, () -> lab.set(GSON.fromJson(text(request), NUMBERS)));
      case "/provoke" -> told(request, () -> lab.provoke(text(request)));
      case Icon.PATH -> Icon.get();
      default -> HttpResponse.text(404, "There is no such page.\n");
    };
  }

  /**
   * The transitions of the servers in this process that the runtime has recorded since the last
   * time, of the machines that are shown.
   */
  private List<Object[]> recorded() {
    List<Object[]> recorded = new ArrayList<>();
    for (Trace.Entry entry : Trace.takeAll()) {
      String machine = entry.transitions().machine().id();
      boolean own = world.threads.stream().anyMatch(thread -> thread.knows(entry.instance()));
      if (!own && LabThread.SHOWN.contains(machine)) {
        String action = entry.action().orElse("");
        recorded.add(
            new Object[] {
              entry.sequence(), machine, entry.from(), entry.event(), action, entry.to()
            });
      }
    }
    return recorded;
  }

  private static String text(HttpRequest request) {
    return new String(request.body(), StandardCharsets.UTF_8);
  }

  private static HttpResponse told(HttpRequest request, Runnable deed) {
    boolean json = request.header("Content-Type").orElse("").equals("application/json");
    if (!request.method().equals("POST") || !json) {
      return HttpResponse.text(405, "This takes POST of application/json.\n")
          .withHeader("Allow", "POST");
    }
    try {
      deed.run();
      return HttpResponse.text("done\n");
    } catch (IllegalArgumentException | JsonParseException e) {
      return HttpResponse.text(400, e.getMessage() + "\n");
    }
  }

  private static HttpResponse json(Object value) {
    return HttpResponse.of(
        200, "application/json", GSON.toJson(value).getBytes(StandardCharsets.UTF_8));
  }

  /** Until nobody looks any more, or the lab is closed. */
  private void tell(OutputStream out) throws IOException, InterruptedException {
    Lab.Beginning beginning = lab.beginning();
    write(out, "event: begin\ndata: " + beginning.text() + "\n\n");
    long last = beginning.number();
    for (String batch; (batch = lab.after(last)) != null; last++) {
      write(out, "data: " + batch + "\n\n");
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
