package io.quintet.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.quintet.Server;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a server counts, as meters: sums over its loops, and one meter for each worker and backend
 * that it has when they are bound, under the tag {@code thread}. Reading a meter asks the server
 * for its {@link Server#stats()}; any thread may.
 */
public final class QuintetMetrics implements MeterBinder {
  private static final String REFUSED = "refused";

  private final Server server;

  /**
   * Meters of a server.
   *
   * @param server server, which outlives the meters or reads as it ended
   */
  public QuintetMetrics(Server server) {
    this.server = server;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("quintet.connections.open", server, it -> loops(it, "open"))
        .description("Connections that loops own")
        .register(registry);
    Gauge.builder("quintet.queued", server, it -> loops(it, "queuedBytes"))
        .baseUnit("bytes")
        .description("Memory of bytes that wait to be decoded or sent")
        .register(registry);
    counter(registry, "quintet.connections.accepted", "accepted", "Connections accepted");
    counter(registry, "quintet.requests", "requests", "Requests decoded");
    counter(registry, "quintet.received.bytes", "receivedBytes", "Bytes received");
    counter(registry, "quintet.sent.bytes", "sentBytes", "Bytes sent");
    counter(registry, "quintet.wakeups", "wakeUps", "Times that loops woke");
    counter(registry, "quintet.system.calls", "systemCalls", "System calls of loops");
    counter(registry, "quintet.pauses", "pauses", "Times that accepting paused");
    counter(registry, "quintet.failures", "failures", "Calls and handlers that failed");
    for (String name : names("loops")) {
      if (name.startsWith(REFUSED)) {
        String reason = name.substring(REFUSED.length()).toLowerCase(java.util.Locale.ROOT);
        FunctionCounter.builder("quintet.refused", server, it -> loops(it, name))
            .tag("reason", reason)
            .description("Connections and requests refused")
            .register(registry);
      }
    }
    for (String thread : threads("loops")) {
      TimeGauge.builder(
              "quintet.loop.busy",
              server,
              TimeUnit.NANOSECONDS,
              it -> of(it, "loops", thread, "busyNanos"))
          .tags(Tags.of("thread", thread))
          .description("Time that a loop did not wait")
          .register(registry);
    }
    for (String thread : threads("workers")) {
      each(registry, "workers", thread, "requests", "quintet.worker.requests");
      gauge(registry, "workers", thread, "load", "quintet.worker.load");
    }
    for (String thread : threads("backends")) {
      each(registry, "backends", thread, "requests", "quintet.backend.requests");
      each(registry, "backends", thread, "starts", "quintet.backend.starts");
      gauge(registry, "backends", thread, "open", "quintet.backend.connections.open");
    }
  }

  private void counter(MeterRegistry registry, String name, String number, String description) {
    FunctionCounter.builder(name, server, it -> loops(it, number))
        .description(description)
        .register(registry);
  }

  private void each(
      MeterRegistry registry, String agents, String thread, String number, String name) {
    FunctionCounter.builder(name, server, it -> of(it, agents, thread, number))
        .tags(Tags.of("thread", thread))
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry, String agents, String thread, String number, String name) {
    Gauge.builder(name, server, it -> of(it, agents, thread, number))
        .tags(Tags.of("thread", thread))
        .register(registry);
  }

  private List<String> threads(String agents) {
    return agents(server, agents).stream().map(agent -> agent.get("thread").toString()).toList();
  }

  private List<String> names(String agents) {
    return agents(server, agents).stream()
        .limit(1)
        .flatMap(agent -> agent.keySet().stream())
        .map(Object::toString)
        .toList();
  }

  private static List<Map<?, ?>> agents(Server server, String agents) {
    return ((List<?>) server.stats().get(agents)).stream().<Map<?, ?>>map(Map.class::cast).toList();
  }

  private static double loops(Server server, String number) {
    return agents(server, "loops").stream().mapToDouble(loop -> number(loop, number)).sum();
  }

  private static double of(Server server, String agents, String thread, String number) {
    return agents(server, agents).stream()
        .filter(agent -> agent.get("thread").equals(thread))
        .mapToDouble(agent -> number(agent, number))
        .sum();
  }

  private static double number(Map<?, ?> agent, String name) {
    return ((Number) agent.get(name)).doubleValue();
  }
}
