package io.quintet.cli;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What can be set at the page of {@code quintet lab}, each with its range. */
enum LabControl {
  /** Clients of each server. */
  CONNECTIONS("connections", "", 0, 200, 24, false),
  /** Requests that all clients of a server send together. */
  RATE("rate", "requests a second", 0, 500, 60, false),
  /** What most requests have the handler do. */
  HANDLER("handler", "", 0, 2, 0, false),
  /** How long it does that. */
  COST("handler takes", "µs", 0, 100_000, 2_000, false),
  /** Requests that block their thread for long. */
  SLOW("slow requests", "%", 0, 100, 0, false),
  /** How long those do. */
  SLOW_TIME("slow takes", "ms", 1, 2_000, 300, false),
  /** Connections that send sixteen times as many requests. */
  HOT("hot connections", "%", 0, 100, 0, false),
  /** Whether each request has a connection of its own. */
  CHURN("churn", "", 0, 1, 0, false),
  /** Clients that ask for much and read little of it at a time. */
  READERS("slow readers", "%", 0, 100, 0, false),
  /** Sockets that a process of the server may have accepted and not closed. */
  DESCRIPTORS("descriptors", "0 is no limit", 0, 200, 0, false),
  /** Connections that may wait to be accepted. */
  BACKLOG("backlog", "", 1, 4096, 64, true),
  /** Loops, or backends, where there are several. */
  LOOPS("loops", "and backends", 1, 4, 2, true),
  /** Workers, where there are several. */
  WORKERS("workers", "", 1, 8, 2, true);

  private final String label;
  private final String unit;
  final int least;
  final int most;
  final int standard;

  /** Whether the servers are started anew with it. */
  final boolean restarts;

  LabControl(String label, String unit, int least, int most, int standard, boolean restarts) {
    this.label = label;
    this.unit = unit;
    this.least = least;
    this.most = most;
    this.standard = standard;
    this.restarts = restarts;
  }

  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static LabControl of(String id) {
    for (LabControl control : values()) {
      if (control.id().equals(id)) {
        return control;
      }
    }
    String all = String.join(", ", Stream.of(values()).map(LabControl::id).toList());
    throw new IllegalArgumentException("control " + id + " does not exist; there are " + all);
  }

  int checked(int value) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "control " + id() + " is " + value + "; valid are " + least + " to " + most);
    }
    return value;
  }

  /** What the page shows of it. */
  Map<String, Object> told() {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("id", id());
    told.put("label", label);
    told.put("unit", unit);
    told.put("least", least);
    told.put("most", most);
    told.put("restarts", restarts);
    return told;
  }

  static Map<LabControl, Integer> standards() {
    Map<LabControl, Integer> standards = new EnumMap<>(LabControl.class);
    for (LabControl control : values()) {
      standards.put(control, control.standard);
    }
    return standards;
  }
}
