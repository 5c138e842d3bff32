package io.quintet.cli;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.specs.Machine;
import io.quintet.specs.Specs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A recorded run, step by step, for {@code quintet lab --trace}. */
final class TracePage {
  private static final String KIND = "quintet-trace";

  private final Map<String, HttpResponse> files;

  private TracePage(Map<String, HttpResponse> files) {
    this.files = files;
  }

  static Server start(Path trace, int port) throws IOException {
    Map<String, HttpResponse> files = new LinkedHashMap<>();
    files.put("/", LabFiles.of("trace.html"));
    for (String name : List.of("lab.css", "dom.js", "trace.js", "words.js")) {
      files.put("/" + name, LabFiles.of(name));
    }
    files.put("/facts", LabFiles.json(new Gson().toJson(Map.of("machines", machines()))));
    files.put("/trace", LabFiles.json(checked(trace)));
    return Quintet.server(Http.codec(), new TracePage(files)::answer)
        .listen("127.0.0.1", port)
        .option("drainOnExit", false)
        .option("drainTimeoutMillis", 200)
        .option("drainIdleMillis", 1)
        .start();
  }

  private static String checked(Path trace) throws IOException {
    String text = Files.readString(trace);
    try {
      if (JsonParser.parseString(text) instanceof JsonObject object
          && object.has("kind")
          && object.get("kind").getAsString().equals(KIND)
          && !object.getAsJsonArray("steps").isEmpty()) {
        return text;
      }
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      throw refusal(trace, e);
    }
    throw refusal(trace, null);
  }

  private static IllegalArgumentException refusal(Path trace, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "option --trace is " + trace + "; valid is a file that tests/hunt --tell has written",
        cause);
  }

  private static Map<String, Object> machines() {
    Map<String, Object> machines = new LinkedHashMap<>();
    for (String id : Specs.machineIds()) {
      Machine machine = Specs.machine(id);
      List<Object> states = new ArrayList<>();
      machine
          .states()
          .forEach(
              (name, state) ->
                  states.add(Map.of("id", name, "text", state.description(), "end", state.end())));
      Map<String, String> actions = new LinkedHashMap<>();
      machine
          .actions()
          .forEach((name, action) -> actions.put(constant(name), action.description()));
      machines.put(id, Map.of("states", states, "actions", actions));
    }
    return machines;
  }

  /** The name of an action as recordings have it. */
  private static String constant(String action) {
    return action.replaceAll("([A-Z])", "_$1").toUpperCase(java.util.Locale.ROOT);
  }

  private HttpResponse answer(HttpRequest request) {
    if (!LabFiles.isOwn(request)) {
      return LabFiles.NOT_OWN;
    }
    HttpResponse file = files.get(request.path());
    return file != null ? file : LabFiles.otherwise(request);
  }
}
