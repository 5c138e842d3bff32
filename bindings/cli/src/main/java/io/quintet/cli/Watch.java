package io.quintet.cli;

import com.google.gson.Gson;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Streams;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A page that shows a server as it runs: a second server gives the page and then, by server-sent
 * events, what the first one is doing.
 */
final class Watch {
  private static final Gson GSON = new Gson();
  private static final int EVENT_MILLIS = 250;

  private final Server observed;
  private final String page;

  private Watch(Server observed) throws IOException {
    this.observed = observed;
    this.page = HtmlReport.resource("watch.html");
  }

  /** Starts it on a port of the loopback interface; 0 lets the kernel choose. */
  static Server start(Server observed, int port) throws IOException {
    return Quintet.server(Http.codec(), new Watch(observed)::answer)
        .listen("127.0.0.1", port)
        .option("drainOnExit", false) // it tells of the drain to its end
        .start();
  }

  private HttpResponse answer(HttpRequest request) {
    return switch (request.path()) {
      case "/" -> HttpResponse.of(200, "text/html; charset=utf-8", page());
      case "/events" -> events(this::tell);
      case Icon.PATH -> Icon.get();
      default -> HttpResponse.text(404, "There are / and /events.\n");
    };
  }

  /** Server-sent events, as long as somebody hears them. */
  static HttpResponse events(Streams.Writing told) {
    return HttpResponse.streaming(
        200,
        List.of(
            Map.entry("Content-Type", "text/event-stream"), Map.entry("Cache-Control", "no-store")),
        Streams.written(told));
  }

  /** The page as it begins. */
  private byte[] page() {
    return page.replace("<!--PICTURE-->", TopologyPicture.svg(observed.topology()))
        .replace("/*NOW*/", HtmlReport.script(now()))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Until nobody looks any more. */
  private void tell(OutputStream out) throws IOException, InterruptedException {
    while (true) {
      String event = "data: " + GSON.toJson(now()) + "\n\n";
      out.write(event.getBytes(StandardCharsets.UTF_8));
      out.flush();
      Thread.sleep(EVENT_MILLIS); // the pace of the events
    }
  }

  private Map<String, Object> now() {
    Map<String, Integer> states = new TreeMap<>();
    observed.explain().forEach((_, told) -> states.merge(state(told), 1, Integer::sum));
    Map<String, Object> now = new LinkedHashMap<>();
    now.put("stats", observed.stats());
    now.put("nanos", System.nanoTime()); // of the numbers, for which backends may be waited
    now.put("connections", states);
    now.put("picture", TopologyPicture.svg(observed.topology()));
    return now;
  }

  /** The last word of its last transitions. */
  private static String state(String told) {
    return told.substring(told.lastIndexOf(' ') + 1);
  }
}
