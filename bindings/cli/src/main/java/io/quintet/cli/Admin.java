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
import java.nio.charset.StandardCharsets;

/**
 * A second server, on a port of its own, that tells about the first one: it answers while the first
 * one drains.
 */
final class Admin {
  private static final Gson GSON = new Gson();

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
    return Quintet.server(Http.codec(), new Admin(observed)::answer)
        .listen("127.0.0.1", port)
        .option("drainOnExit", false) // it tells of the drain to its end
        .start();
  }

  private HttpResponse answer(HttpRequest request) {
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
              404, "There are /metrics, /healthz, /readyz, /stats and /connections.\n");
    };
  }

  private static HttpResponse json(Object value) {
    return HttpResponse.of(
        200, "application/json", GSON.toJson(value).getBytes(StandardCharsets.UTF_8));
  }
}
