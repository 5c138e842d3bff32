package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Chromium without a window, driven as DevTools drive it: a page, clicks, what it complains of. */
final class Browser implements AutoCloseable {
  private static final Gson GSON = new Gson();
  private static final String LISTENING = "DevTools listening on ";
  private static final long ANSWER_SECONDS = 60;
  private static final long LOOK_MILLIS = 50;

  private final Process process;
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();

  /** What the page has complained of. */
  final List<String> complaints = new CopyOnWriteArrayList<>();

  /** Opens an empty page; its profile goes into a folder. */
  Browser(Path folder) throws Exception {
    process =
        new ProcessBuilder(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder.resolve("profile"),
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader errors = process.errorReader();
    String line;
    while ((line = errors.readLine()) != null && !line.startsWith(LISTENING)) {
      // it says other things first
    }
    assertTrue(line != null, "chromium has not started");
    Thread.startVirtualThread(() -> errors.lines().forEach(_ -> {}));
    String host = URI.create(line.substring(LISTENING.length())).getAuthority();
    HttpRequest pages = HttpRequest.newBuilder(URI.create("http://" + host + "/json/list")).build();
    String page = "";
    while (page.isEmpty()) {
      String all = client.send(pages, HttpResponse.BodyHandlers.ofString()).body();
      for (JsonElement each : JsonParser.parseString(all).getAsJsonArray()) {
        if (each.getAsJsonObject().get("type").getAsString().equals("page")) {
          page = each.getAsJsonObject().get("webSocketDebuggerUrl").getAsString();
        }
      }
    }
    socket = client.newWebSocketBuilder().buildAsync(URI.create(page), new Ear()).join();
    ask("Runtime.enable", Map.of());
    ask("Log.enable", Map.of());
    ask("Page.enable", Map.of());
  }

  /** Hears the answers, and what the page says of itself. */
  private final class Ear implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        hear(JsonParser.parseString(text.toString()).getAsJsonObject());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void hear(JsonObject said) {
    if (said.has("id")) {
      asked.remove(said.get("id").getAsInt()).complete(said);
      return;
    }
    switch (said.get("method").getAsString()) {
      case "Runtime.exceptionThrown", "Log.entryAdded" -> complaints.add(said.toString());
      case "Runtime.consoleAPICalled" -> {
        String kind = said.getAsJsonObject("params").get("type").getAsString();
        if (kind.equals("error") || kind.equals("warning") || kind.equals("assert")) {
          complaints.add(said.toString());
        }
      }
      default -> {}
    }
  }

  private JsonObject ask(String method, Map<String, ?> how) throws Exception {
    int number = numbers.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    asked.put(number, answer);
    String text = GSON.toJson(Map.of("id", number, "method", method, "params", how));
    socket.sendText(text, true).get(ANSWER_SECONDS, TimeUnit.SECONDS);
    JsonObject said = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    assertFalse(said.has("error"), said.toString());
    return said.getAsJsonObject("result");
  }

  void open(String url) throws Exception {
    ask("Page.navigate", Map.of("url", url));
  }

  /** How large the page is seen, and by whom: of a phone or not, dark or light, without motion. */
  void see(int width, int height, boolean phone, boolean dark, boolean still) throws Exception {
    ask(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
    ask(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                Map.of("name", "prefers-reduced-motion", "value", still ? "reduce" : ""))));
  }

  /** The value of an expression in the page. */
  JsonElement value(String expression) throws Exception {
    JsonObject result =
        ask(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    assertFalse(result.has("exceptionDetails"), expression + ": " + result);
    JsonElement value = result.getAsJsonObject("result").get("value");
    return value == null ? com.google.gson.JsonNull.INSTANCE : value;
  }

  /** Waits until an expression is true in the page. */
  void until(String expression, int seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!isTrue(expression)) {
      assertTrue(
          System.nanoTime() < end,
          () -> "not within " + seconds + " s: " + expression + "; " + complaints);
      CompletableFuture.runAsync(
              () -> {}, CompletableFuture.delayedExecutor(LOOK_MILLIS, TimeUnit.MILLISECONDS))
          .join();
    }
  }

  private boolean isTrue(String expression) throws Exception {
    // while a page is opened there is none
    JsonElement value =
        value("(() => { try { return !!(" + expression + "); } catch { return false; } })()");
    return value.isJsonPrimitive() && value.getAsBoolean();
  }

  /** Clicks in the middle of an element, scrolled to. */
  void click(String selector) throws Exception {
    String at =
        value(
                "(() => { const e = document.querySelector('"
                    + selector
                    + "'); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                    + " return (r.x + r.width / 2) + ' ' + (r.y + r.height / 2); })()")
            .getAsString();
    double x = Double.parseDouble(at.split(" ")[0]);
    double y = Double.parseDouble(at.split(" ")[1]);
    click(x, y);
  }

  /** Clicks at a point of the window. */
  void click(double x, double y) throws Exception {
    for (String kind : List.of("mousePressed", "mouseReleased")) {
      ask(
          "Input.dispatchMouseEvent",
          Map.of("type", kind, "x", x, "y", y, "button", "left", "clickCount", 1));
    }
  }

  /** Presses a key, such as Tab or Enter. */
  void press(String key, int code) throws Exception {
    Map<String, Object> how =
        Map.of(
            "key",
            key,
            "code",
            key,
            "windowsVirtualKeyCode",
            code,
            "text",
            key.equals("Enter") ? "\r" : "");
    for (String kind : List.of("keyDown", "keyUp")) {
      Map<String, Object> all = new java.util.HashMap<>(how);
      all.put("type", kind);
      ask("Input.dispatchKeyEvent", all);
    }
  }

  /** Sets what a person would set with a slider or a list. */
  void set(String selector, int value) throws Exception {
    value(
        "(() => { const e = document.querySelector('"
            + selector
            + "'); e.value = "
            + value
            + "; e.dispatchEvent(new Event('input', {bubbles: true}));"
            + " e.dispatchEvent(new Event('change', {bubbles: true})); })()");
  }

  /** Keeps a picture of the window. */
  void picture(Path file) throws Exception {
    String bytes = ask("Page.captureScreenshot", Map.of("format", "png")).get("data").getAsString();
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(bytes));
  }

  @Override
  public void close() {
    socket.abort();
    client.close();
    List<ProcessHandle> children = process.descendants().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
    children.forEach(child -> child.onExit().join());
  }
}
