package io.quintet.specs.explore;

import java.util.List;

/**
 * How much of everything a model has. Together the {@link #ALL} exercise every transition; one
 * model with all of it at once would be too large.
 *
 * @param name for a table
 * @param connections clients, each with one connection
 * @param requests requests of each
 * @param loops loops where there are several
 * @param workers workers where there are some
 * @param queue requests that may wait or run on one worker
 * @param faults errors that nothing goes well after
 * @param interruptions calls that are made again
 * @param limits times that no descriptor is left
 * @param fills times that a socket takes no more
 * @param resets connections that a client resets
 * @param malformed requests that are none
 * @param silent whether clients may fall silent, or a handler may never answer, so that deadlines
 *     must end their connections
 * @param drainsEarly whether the server may drain at any time, or only when all clients are done
 * @param aborts whether the drain's deadline may pass
 * @param lateHandlers whether handlers may answer after they return
 * @param lasts whether a request may be a connection's last
 * @param parts whether a reply may come in two parts
 * @param content whether a request may be handled before its second half has come
 */
record Bounds(
    String name,
    int connections,
    int requests,
    int loops,
    int workers,
    int queue,
    int faults,
    int interruptions,
    int limits,
    int fills,
    int resets,
    int malformed,
    boolean silent,
    boolean drainsEarly,
    boolean aborts,
    boolean lateHandlers,
    boolean lasts,
    boolean parts,
    boolean content) {

  /** Two clients that come, ask and go; the server drains whenever it likes. */
  private static final Bounds CLIENTS =
      new Bounds(
          "clients", 2, 1, 2, 2, 1, 0, 0, 0, 0, 0, 0, false, true, false, false, false, false,
          false);

  /**
   * Two requests, of which one may be the last, to handlers that answer whenever they like; a call
   * may be interrupted.
   */
  private static final Bounds REQUESTS =
      new Bounds(
          "requests",
          1,
          2,
          2,
          2,
          1,
          0,
          1,
          0,
          0,
          0,
          0,
          false,
          false,
          false,
          true,
          true,
          false,
          false);

  /** A socket that fills, a request that is none, a client that resets, while the server drains. */
  private static final Bounds TROUBLE =
      new Bounds(
          "trouble", 1, 2, 1, 1, 1, 0, 0, 0, 1, 1, 1, false, true, false, true, true, false, false);

  /** Calls that are interrupted, and a process without descriptors. */
  private static final Bounds LIMITS =
      new Bounds(
          "limits", 2, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, false, true, false, false, false, false,
          false);

  /** An error after which nothing goes well, and one that passes, at any time. */
  private static final Bounds FAULTS =
      new Bounds(
          "faults", 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, false, true, false, true, true, false, false);

  /** Clients that fall silent: deadlines end what is left. */
  private static final Bounds SILENCE =
      new Bounds(
          "silence", 1, 2, 1, 1, 1, 0, 0, 0, 1, 0, 1, true, false, false, true, true, false, false);

  /** The time for draining passes, in whatever state. */
  private static final Bounds ABORTS =
      new Bounds(
          "aborts", 1, 2, 1, 1, 1, 0, 0, 1, 1, 0, 0, true, true, true, true, true, false, false);

  /** The time for draining passes while a worker is full, a call fails or a client resets. */
  private static final Bounds RUSH =
      new Bounds(
          "rush", 1, 2, 1, 1, 1, 1, 0, 0, 0, 1, 0, false, true, true, false, false, false, false);

  /** A loop leaves, a descriptor is missing, and the time for draining passes. */
  private static final Bounds LEAVING =
      new Bounds(
          "leaving", 1, 0, 2, 1, 1, 0, 0, 1, 0, 0, 0, false, true, true, false, false, false,
          false);

  /** A reply that comes in parts, to a client that takes no more or goes away. */
  private static final Bounds PARTS =
      new Bounds(
          "parts", 1, 2, 1, 1, 1, 0, 0, 0, 1, 1, 0, false, true, false, true, true, true, false);

  /** Requests that are handled before all of them has come, from clients that may fall silent. */
  private static final Bounds CONTENT =
      new Bounds(
          "content", 1, 2, 1, 1, 1, 0, 1, 0, 1, 0, 0, true, false, false, true, true, false, true);

  /** Whether the drain may have a delay, in which a loop may fail or leave. */
  boolean delays() {
    return silent || (aborts && !lateHandlers);
  }

  /** Backends are asked once whether they live, besides those that do not answer. */
  int beats() {
    return limits > 0 || silent ? 1 : 0;
  }

  Bounds withOneConnection() {
    return with(1, requests, limits, fills, lateHandlers, lasts);
  }

  /** Several threads have so many orders that less of all must do. */
  Bounds withThreads() {
    return with(1, aborts && silent ? 1 : requests, limits, fills, lateHandlers, lasts);
  }

  /**
   * With several processes, what one does with a connection is left to the search of one thread.
   */
  Bounds withProcesses() {
    int fewer = silent || faults > 0 || (aborts && loops > 1) ? 0 : limits;
    return with(1, aborts && silent ? 1 : requests, fewer, aborts ? 0 : fills, false, false);
  }

  private Bounds with(
      int connections, int requests, int limits, int fills, boolean lateHandlers, boolean lasts) {
    return new Bounds(
        name,
        connections,
        requests,
        loops,
        workers,
        queue,
        faults,
        interruptions,
        limits,
        fills,
        resets,
        malformed,
        silent,
        drainsEarly,
        aborts,
        lateHandlers,
        lasts,
        parts,
        content);
  }

  static final List<Bounds> ALL =
      List.of(
          CLIENTS, REQUESTS, TROUBLE, LIMITS, FAULTS, SILENCE, ABORTS, RUSH, LEAVING, PARTS,
          CONTENT);

  static Bounds named(String name) {
    return ALL.stream()
        .filter(bounds -> bounds.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there are no bounds \""
                        + name
                        + "\"; there are "
                        + ALL.stream().map(Bounds::name).toList()));
  }
}
