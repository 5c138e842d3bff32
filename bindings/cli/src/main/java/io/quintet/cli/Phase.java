package io.quintet.cli;

import io.quintet.ffi.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/** One character of a load that changes: what clients ask, and how. */
enum Phase {
  TINY("nothing is computed", 0, false, new Talk.Part(1, "/")),
  COMPUTING("a request computes for 100 us", 0, false, new Talk.Part(1, "/work?micros=100")),
  BLOCKING("a request waits for 5 ms", 0, false, new Talk.Part(1, "/sleep?millis=5")),
  MIXED(
      "one in ten requests waits for 20 ms",
      0,
      false,
      new Talk.Part(0.9, "/"),
      new Talk.Part(0.1, "/sleep?millis=20")),
  HOT("one connection in twenty has 16 requests in flight", 0.05, false, new Talk.Part(1, "/")),
  CHURN("each request has a connection of its own", 0, true, new Talk.Part(1, "/"));

  /** Threads that wait cost little: as many as connections. */
  static final int CONNECTIONS = 64;

  private final String text;
  private final double hot;
  private final boolean churns;
  private final List<Talk.Part> parts;

  Phase(String text, double hot, boolean churns, Talk.Part... parts) {
    this.text = text;
    this.hot = hot;
    this.churns = churns;
    this.parts = List.of(parts);
  }

  /** What it is, in words. */
  String text() {
    return text;
  }

  /** Its load on a server of this machine. */
  LoadLoop.Plan plan(int port) {
    return new LoadLoop.Plan(
        SocketAddress.inet("127.0.0.1", port),
        Talk.of(URI.create("http://127.0.0.1:" + port + "/"), parts, 0, churns),
        CONNECTIONS,
        1,
        hot,
        0,
        false,
        churns,
        null);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
