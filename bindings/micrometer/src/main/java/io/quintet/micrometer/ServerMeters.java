package io.quintet.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.quintet.Server;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** The meters of one server in one registry. */
final class ServerMeters {
  private static final String REFUSED = "refused";

  /** The server's numbers at a moment. */
  private record Look(Map<String, Object> stats) {
    List<Map<?, ?>> agents(String kind) {
      return ((List<?>) stats.get(kind)).stream().<Map<?, ?>>map(Map.class::cast).toList();
    }

    double sum(String kind, String number) {
      return agents(kind).stream().mapToDouble(agent -> number(agent, number)).sum();
    }

    double of(Agent agent, String number) {
      return agents(agent.kind).stream()
          .filter(each -> each.get("thread").equals(agent.thread))
          .mapToDouble(each -> number(each, number))
          .sum();
    }

    private static double number(Map<?, ?> agent, String name) {
      return ((Number) agent.get(name)).doubleValue();
    }
  }

  /** A loop, worker or backend. */
  private record Agent(String kind, String thread) {}

  private final Server server;
  private final MeterRegistry registry;

  /** Held by who adds and removes meters; one who finds it taken leaves that to the other. */
  private final ReentrantLock following = new ReentrantLock();

  private final Map<Agent, List<Meter>> meters = new HashMap<>();

  ServerMeters(Server server, MeterRegistry registry) {
    this.server = server;
    this.registry = registry;
  }

  void bind() {
    Look first = new Look(server.stats());
    Gauge.builder("quintet.connections.open", () -> look().sum("loops", "open"))
        .description("Connections that loops own")
        .register(registry);
    Gauge.builder("quintet.queued", () -> look().sum("loops", "queuedBytes"))
        .baseUnit("bytes")
        .description("Memory of bytes that wait to be decoded or sent")
        .register(registry);
    counter("quintet.connections.accepted", "accepted", "Connections accepted");
    counter("quintet.requests", "requests", "Requests decoded");
    counter("quintet.received.bytes", "receivedBytes", "Bytes received");
    counter("quintet.sent.bytes", "sentBytes", "Bytes sent");
    counter("quintet.wakeups", "wakeUps", "Times that loops woke");
    counter("quintet.system.calls", "systemCalls", "System calls of loops");
    counter("quintet.pauses", "pauses", "Times that accepting paused");
    counter("quintet.failures", "failures", "Calls and handlers that failed");
    first.agents("loops").stream()
        .limit(1)
        .flatMap(loop -> loop.keySet().stream())
        .map(Object::toString)
        .filter(name -> name.startsWith(REFUSED))
        .forEach(this::refusals);
    follow(first);
  }

  private void counter(String name, String number, String description) {
    FunctionCounter.builder(name, server, it -> look().sum("loops", number))
        .description(description)
        .register(registry);
  }

  private void refusals(String number) {
    FunctionCounter.builder("quintet.refused", server, it -> look().sum("loops", number))
        .tag("reason", number.substring(REFUSED.length()).toLowerCase(Locale.ROOT))
        .description("Connections and requests refused")
        .register(registry);
  }

  /** The numbers as they are now: what happened before a meter is read is in what it reads. */
  private Look look() {
    Look now = new Look(server.stats());
    if (following.tryLock()) {
      try {
        follow(now);
      } finally {
        following.unlock();
      }
    }
    return now;
  }

  /** Adds the meters of those that have come, and removes those of who has gone. */
  private void follow(Look now) {
    List<Agent> present =
        Stream.of("loops", "workers", "backends")
            .flatMap(kind -> now.agents(kind).stream().map(agent -> agent(kind, agent)))
            .toList();
    present.forEach(agent -> meters.computeIfAbsent(agent, this::register));
    for (Agent agent : List.copyOf(meters.keySet())) {
      if (!present.contains(agent)) {
        meters.remove(agent).forEach(registry::remove);
      }
    }
  }

  private static Agent agent(String kind, Map<?, ?> numbers) {
    return new Agent(kind, numbers.get("thread").toString());
  }

  private List<Meter> register(Agent agent) {
    return switch (agent.kind) {
      case "loops" ->
          List.of(
              TimeGauge.builder(
                      "quintet.loop.busy",
                      () -> look().of(agent, "busyNanos"),
                      TimeUnit.NANOSECONDS)
                  .tag("thread", agent.thread)
                  .description("Time that a loop did not wait")
                  .register(registry));
      case "workers" ->
          List.of(
              counter(agent, "requests", "quintet.worker.requests"),
              gauge(agent, "load", "quintet.worker.load"));
      case "backends" ->
          List.of(
              counter(agent, "requests", "quintet.backend.requests"),
              counter(agent, "starts", "quintet.backend.starts"),
              gauge(agent, "open", "quintet.backend.connections.open"));
      default -> throw new IllegalArgumentException("no kind of agent: " + agent.kind);
    };
  }

  private Meter counter(Agent agent, String number, String name) {
    return FunctionCounter.builder(name, server, it -> look().of(agent, number))
        .tag("thread", agent.thread)
        .register(registry);
  }

  private Meter gauge(Agent agent, String number, String name) {
    return Gauge.builder(name, () -> look().of(agent, number))
        .tag("thread", agent.thread)
        .register(registry);
  }
}
