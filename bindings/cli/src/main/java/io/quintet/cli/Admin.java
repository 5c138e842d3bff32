package io.quintet.cli;

import com.google.gson.Gson;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.micrometer.QuintetMetrics;
import io.quintet.service.Reply;
import io.quintet.specs.Specs;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A second server, on a port of its own, that tells about the first one and rearranges it: it
 * answers while the first one drains.
 */
final class Admin {
  private static final Gson GSON = new Gson();
  private static final String REARRANGE = "/rearrange";

  private final Server observed;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final QuintetMetrics metrics;

  private Admin(Server observed) {
    this.observed = observed;
    this.metrics = new QuintetMetrics(observed);
    metrics.bindTo(registry);
    registry.getPrometheusRegistry().register(new DurationHistogram(metrics::stats));
  }

  /** Starts it on a port of the loopback interface; 0 lets the kernel choose. */
  static Server start(Server observed, int port) {
    return Quintet.serverLater(Http.codec(), new Admin(observed)::answer)
        .listen("127.0.0.1", port)
        .option("drainOnExit", false) // it tells of the drain to its end
        .start();
  }

  /** A rearrangement takes a while, and the others are told meanwhile. */
  private void answer(HttpRequest request, Reply<HttpResponse> reply) {
    if (request.path().equals(REARRANGE)) {
      Thread.ofVirtual().start(() -> reply.send(rearranged(request)));
    } else {
      reply.send(told(request));
    }
  }

  /** A page in a browser may send a request anywhere, and says where it is from. */
  private HttpResponse rearranged(HttpRequest request) {
    if (!request.method().equals("POST")) {
      return HttpResponse.text(405, "POST /rearrange?pattern=ID changes the pattern.\n");
    }
    if (request.header("Origin").isPresent()) {
      return HttpResponse.text(403, "No page of a browser rearranges the server.\n");
    }
    try {
      Map<String, String> given = new LinkedHashMap<>();
      for (String each : request.query().orElse("").split("&")) {
        int mark = each.indexOf('=');
        String name = mark < 0 ? each : each.substring(0, mark);
        given.put(name, URLDecoder.decode(each.substring(mark + 1), StandardCharsets.UTF_8));
      }
      String pattern = String.valueOf(given.remove("pattern"));
      if (!Specs.topologyIds().contains(pattern)) { // a file is read for those who start servers
        throw new IllegalArgumentException(
            "pattern is " + pattern + "; valid are " + String.join(", ", Specs.topologyIds()));
      }
      return json(observed.rearrange(pattern, given));
    } catch (IllegalArgumentException e) {
      return HttpResponse.text(400, e.getMessage() + "\n");
    } catch (IllegalStateException e) {
      return HttpResponse.text(409, e.getMessage() + "\n");
    }
  }

  private HttpResponse told(HttpRequest request) {
    return switch (request.path()) {
      case "/metrics" ->
          HttpResponse.of(
              200,
              "text/plain; version=0.0.4; charset=utf-8",
              metrics.together(registry::scrape).getBytes(StandardCharsets.UTF_8));
      case "/healthz" -> HttpResponse.text("alive\n");
      case "/readyz" ->
          observed.isReady()
              ? HttpResponse.text("ready\n")
              : HttpResponse.text(503, observed.stats().get("state") + "\n");
      case "/stats" -> json(observed.stats());
      case "/connections" -> json(observed.explain());
      case Icon.PATH -> Icon.get();
      default ->
          HttpResponse.text(
              404, "There are /metrics, /healthz, /readyz, /stats, /connections and /rearrange.\n");
    };
  }

  private static HttpResponse json(Object value) {
    return HttpResponse.of(
        200, "application/json", GSON.toJson(value).getBytes(StandardCharsets.UTF_8));
  }
}
