package io.quintet.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quintet.micrometer.Looks.Look;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** The meters of one server in one registry. */
final class ServerMeters {
  private static final String REFUSED = "refused";
  private static final double NANOS_A_SECOND = 1e9;
  private static final double MILLIS_A_SECOND = 1e3;

  /** A loop, worker or backend. */
  private record Agent(String kind, String thread) {}

  private final Looks looks;
  private final MeterRegistry registry;

  /** Held by who adds and removes meters; one who finds it taken leaves that to the other. */
  private final ReentrantLock following = new ReentrantLock();

  private final Map<Agent, List<Meter>> meters = new HashMap<>();

  ServerMeters(Looks looks, MeterRegistry registry) {
    this.looks = looks;
    this.registry = registry;
  }

  void bind() {
    Look first = looks.look();
    Gauge.builder("quintet.connections.open", () -> look().total("open"))
        .description("Connections that loops and backends own")
        .register(registry);
    Gauge.builder("quintet.queued", () -> look().total("queuedBytes"))
        .baseUnit("bytes")
        .description("Memory of bytes that wait to be decoded or sent")
        .register(registry);
    Gauge.builder("quintet.requests.waiting", () -> look().waiting())
        .description("Requests in queues from which workers take them")
        .register(registry);
    Gauge.builder("quintet.accept.queue", () -> look().queued())
        .description("Connections that wait for accept(2) at the listeners of this process")
        .register(registry);
    Gauge.builder("quintet.accept.queue.max", () -> look().queueMax())
        .description("Connections that may wait at a listener; the least of all listeners")
        .register(registry);
    network("quintet.listen.overflows", "listenOverflows", "Connections to a full accept queue");
    network("quintet.listen.drops", "listenDrops", "Connections dropped at a listener");
    network("quintet.syn.cookies", "synCookies", "SYN cookies sent");
    counter("quintet.connections.accepted", "accepted", "Connections accepted");
    counter("quintet.requests", "requests", "Requests decoded");
    counter("quintet.received.bytes", "receivedBytes", "Bytes received");
    counter("quintet.sent.bytes", "sentBytes", "Bytes sent");
    counter("quintet.wakeups", "wakeUps", "Times that loops woke");
    counter("quintet.system.calls", "systemCalls", "System calls of loops");
    counter("quintet.pauses", "pauses", "Times that accepting paused");
    counter("quintet.failures", "failures", "Calls and handlers that failed");
    first.totals().keySet().stream()
        .map(Object::toString)
        .filter(name -> name.startsWith(REFUSED))
        .forEach(this::refusals);
    ((Map<?, ?>) first.totals().get("replies")).keySet().forEach(kind -> replies(kind.toString()));
    List.of("done", "failed").forEach(this::rearrangements);
    if (first.isAdaptive()) {
      FunctionCounter.builder("quintet.adaptations", looks, it -> look().governor("changes"))
          .description("Changes of its pattern that the server has made by itself")
          .register(registry);
      Gauge.builder("quintet.pattern", () -> look().governor("sinceMillis") / MILLIS_A_SECOND)
          .baseUnit("seconds")
          .description("For how long the server has had the pattern of now")
          .register(registry);
    }
    follow(first);
  }

  private void rearrangements(String outcome) {
    FunctionCounter.builder("quintet.rearrangements", looks, it -> look().rearrangements(outcome))
        .tag("outcome", outcome)
        .description("Changes of the arrangement of loops and workers")
        .register(registry);
  }

  private void network(String name, String number, String description) {
    FunctionCounter.builder(name, looks, it -> look().network(number))
        .description(description + ", by all listeners of the network namespace")
        .register(registry);
  }

  private void counter(String name, String number, String description) {
    FunctionCounter.builder(name, looks, it -> look().total(number))
        .description(description)
        .register(registry);
  }

  private void refusals(String number) {
    FunctionCounter.builder("quintet.refused", looks, it -> look().total(number))
        .tag("reason", number.substring(REFUSED.length()).toLowerCase(Locale.ROOT))
        .description("Connections and requests refused")
        .register(registry);
  }

  private void replies(String kind) {
    FunctionCounter.builder("quintet.replies", looks, it -> look().replies(kind))
        .tag("kind", kind)
        .description("Replies encoded, by their kind, such as the class of a status code")
        .register(registry);
  }

  /** The numbers as they are now: what happened before a meter is read is in what it reads. */
  private Look look() {
    Look now = looks.look();
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
      case "loops" -> List.of(seconds(agent, "quintet.loop.cpu"));
      case "workers" ->
          List.of(
              seconds(agent, "quintet.worker.cpu"),
              counter(agent, "requests", "quintet.worker.requests"),
              gauge(agent, "load", "quintet.worker.load"));
      case "backends" ->
          List.of(
              seconds(agent, "quintet.backend.cpu"),
              counter(agent, "requests", "quintet.backend.requests"),
              counter(agent, "starts", "quintet.backend.starts"),
              gauge(agent, "open", "quintet.backend.connections.open"));
      default -> throw new IllegalArgumentException("no kind of agent: " + agent.kind);
    };
  }

  private Meter seconds(Agent agent, String name) {
    return FunctionCounter.builder(
            name, looks, it -> look().of(agent.kind, agent.thread, "cpuNanos") / NANOS_A_SECOND)
        .baseUnit("seconds")
        .tag("thread", agent.thread)
        .description("Processor time of a thread that Quintet runs")
        .register(registry);
  }

  private Meter counter(Agent agent, String number, String name) {
    return FunctionCounter.builder(name, looks, it -> look().of(agent.kind, agent.thread, number))
        .tag("thread", agent.thread)
        .register(registry);
  }

  private Meter gauge(Agent agent, String number, String name) {
    return Gauge.builder(name, () -> look().of(agent.kind, agent.thread, number))
        .tag("thread", agent.thread)
        .register(registry);
  }
}
