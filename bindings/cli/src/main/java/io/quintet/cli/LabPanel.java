package io.quintet.cli;

import com.google.gson.JsonElement;
import io.quintet.Server;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One server of the lab with its clients, and what is known of them. What the page draws is told
 * from here. Who has the lab's monitor; {@code ask}, {@code kill} and {@code rearrange} are for any
 * thread.
 */
final class LabPanel implements AutoCloseable {
  final String pattern;
  private final LabWorld world = new LabWorld(this::spawned);
  private final List<LabBackend> backends = new CopyOnWriteArrayList<>();
  private final Server server;
  private final LabClients clients;

  /** The connections that are there, by the port of their client. */
  private final Map<Integer, Map<String, Object>> connections = new LinkedHashMap<>();

  /** Clients' ports by what the page calls an instance of a machine. */
  private final Map<String, Integer> portsByInstance = new HashMap<>();

  LabPanel(String pattern, Map<LabControl, Integer> settings) {
    this.pattern = pattern;
    world.limit(settings.get(LabControl.DESCRIPTORS));
    server = LabServer.start(pattern, settings, world);
    clients = new LabClients(server.port(), settings);
  }

  private void spawned(LabBackend backend) {
    backends.removeIf(old -> !old.process().isAlive());
    backends.add(backend);
  }

  int port() {
    return server.port();
  }

  String address() {
    return server.address().toString();
  }

  void set(Map<LabControl, Integer> settings) {
    world.limit(settings.get(LabControl.DESCRIPTORS));
    clients.set(settings);
  }

  /** So many more clients ask once. */
  void ask(String path, int times) {
    for (int i = 0; i < times; i++) {
      clients.ask(path);
    }
  }

  /** Arranges the running server otherwise; gives why that cannot be, empty if it is done. */
  String rearrange(String topology) {
    try {
      server.rearrange(topology, Map.of());
      return "";
    } catch (IllegalArgumentException | IllegalStateException e) {
      return pattern + " cannot become " + topology + ": " + e.getMessage();
    }
  }

  /** Ends a backend by SIGKILL; gives whether there was one. */
  boolean kill() {
    for (LabBackend backend : backends) {
      if (backend.process().isAlive()) {
        backend.process().destroyForcibly();
        return true;
      }
    }
    return false;
  }

  /** What has happened since the last time, in order. */
  List<Object[]> events() {
    List<Object[]> events = new ArrayList<>();
    world.threads.forEach(thread -> events.addAll(thread.take()));
    world.threads.removeIf(LabThread::isOver);
    backends.forEach(backend -> events.addAll(backend.take()));
    events.sort(Comparator.comparingLong(event -> ((Number) event[1]).longValue()));
    events.forEach(this::follow);
    return events;
  }

  private void follow(Object[] event) {
    String thread = (String) event[2];
    switch ((String) event[0]) {
      case "a", "o" -> {
        Map<String, Object> connection = connection(number(event[4]));
        connection.put("thread", thread);
        connection.put("fd", event[3]);
        connection.put("owned", event[0].equals("o"));
      }
      case "x" -> {
        Map<String, Object> connection = connections.get(number(event[4]));
        if (connection != null && thread.equals(connection.get("thread"))) {
          connections.remove(number(event[4]));
        }
      }
      case "b" -> {
        if (event[4].equals("connection")) {
          portsByInstance.put(thread + event[3], number(event[6]));
          connection(number(event[6])).put("instance", thread + event[3]);
        }
      }
      case "t" -> moved(thread + event[3], (String) event[4]);
      case "h", "H" ->
          connection(number(event[3])).put("handler", event[0].equals("h") ? thread : "");
      default -> throw new IllegalStateException("event " + event[0]);
    }
  }

  private void moved(String instance, String told) {
    Integer port = portsByInstance.get(instance);
    if (port == null) {
      return;
    }
    String state = told.substring(told.lastIndexOf('|') + 1);
    Map<String, Object> connection = connections.get(port);
    if (connection != null) {
      connection.put("state", state);
    }
    if (state.equals("closed")) {
      portsByInstance.remove(instance);
    }
  }

  private Map<String, Object> connection(int port) {
    return connections.computeIfAbsent(
        port,
        _ -> {
          Map<String, Object> made = new LinkedHashMap<>();
          made.put("state", "fresh");
          made.put("handler", "");
          return made;
        });
  }

  private static int number(Object number) {
    return ((Number) number).intValue();
  }

  /** The connections as they are, for a page that begins to look. */
  Map<Integer, Map<String, Object>> connections() {
    return connections;
  }

  List<int[]> clients() {
    return clients.told();
  }

  Map<String, Object> figures() {
    Map<String, Object> figures = clients.figures();
    figures.put("topology", server.topology().id());
    return figures;
  }

  /** What each thread does, those of backends too. */
  List<Map<String, Object>> threads() {
    List<Map<String, Object>> all = new ArrayList<>();
    world.threads.forEach(thread -> all.add(thread.told()));
    backends.forEach(backend -> all.addAll(backend.threads()));
    return all;
  }

  /** Whether a thread's handler runs, for what waits until threads are held up. */
  boolean isHandling() {
    return threads().stream().anyMatch(thread -> text(thread.get("now")).startsWith("handler"));
  }

  private static String text(Object text) {
    return text instanceof JsonElement element ? element.getAsString() : Objects.toString(text);
  }

  /** Ends the clients, then the server with its processes. */
  @Override
  public void close() {
    clients.close();
    server.drainWithin(200);
    backends.forEach(backend -> backend.process().destroyForcibly().onExit().join());
  }
}
