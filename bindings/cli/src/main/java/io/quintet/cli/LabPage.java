package io.quintet.cli;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import io.quintet.Quintet;
import io.quintet.Server;
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
  private static final List<String> FILES =
      List.of("lab.css", "dom.js", "lab.js", "model.js", "scene.js", "charts.js", "tour.js");

  private final Lab lab;

  /** Where the page's own server lives. */
  private final LabWorld world;

  private final Map<String, HttpResponse> files = new LinkedHashMap<>();

  private LabPage(Lab lab, LabWorld world) throws IOException {
    this.lab = lab;
    this.world = world;
    files.put("/", LabFiles.of("lab.html"));
    for (String name : FILES) {
      files.put("/" + name, LabFiles.of(name));
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
    for (io.quintet.Pattern pattern : io.quintet.Pattern.five()) {
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

  private HttpResponse answer(HttpRequest request) {
    if (!LabFiles.isOwn(request)) {
      return LabFiles.NOT_OWN;
    }
    HttpResponse file = files.get(request.path());
    if (file != null) {
      return file;
    }
    return switch (request.path()) {
      case "/events" -> Watch.events(this::tell);
      case "/recorded" -> json(recorded());
      case "/set" -> told(request, () -> lab.set(GSON.fromJson(text(request), NUMBERS)));
      case "/rearrange" -> told(request, () -> lab.rearrange(text(request)));
      case "/provoke" -> told(request, () -> lab.provoke(text(request)));
      default -> LabFiles.otherwise(request);
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

  /** Pages of other sites cannot send this header without being asked for leave. */
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
    return LabFiles.json(GSON.toJson(value));
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
