package io.quintet.specs;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An arrangement of listeners, loops and workers: immutable data, checked when it was read.
 *
 * @param id name, for example {@code single-thread}
 * @param title name for people
 * @param description what it is
 * @param choose when to choose it
 * @param costs what it costs
 * @param exemplars known systems that work so
 * @param listeners {@code one} in all, {@code one-a-loop} by SO_REUSEPORT, {@code shared} by all
 *     loops with EPOLLEXCLUSIVE, or {@code one-a-backend}, each on a port of its own
 * @param accepts who calls accept4(2): {@code loop}, {@code acceptor}, a loop that only accepts,
 *     {@code front}, a process that does, or {@code backend}
 * @param owns who owns connections: {@code loop}, or {@code backend}, a process of one loop
 * @param executes who runs the handler: {@code loop} or {@code worker}
 * @param loops how many loops own connections: {@code one} or {@code cores}
 * @param workers who the workers are: {@code none}, {@code cores} threads, or {@code virtual}
 *     threads, one a request
 * @param backends how many processes the front starts: {@code none} or {@code cores}
 * @param connections policy by which connections are placed on loops or backends; {@code self}
 *     where they stay
 * @param requests policy by which requests are placed on workers, or the queues in which they wait
 *     until a worker takes them: {@code shared}, {@code bounded}, {@code stealing} or {@code
 *     reserved}; {@code self} where they stay
 * @param bound requests that may wait or run at each worker where they are {@code bounded}, the
 *     rest waits in one queue; 0 elsewhere
 * @param reserved workers that serve only short requests where some are {@code reserved}; 0
 *     elsewhere
 * @param rebalance when a loop that is much busier than others gives connections away; empty where
 *     connections stay
 * @param governor when the server changes its arrangement by itself; empty where it does not
 */
public record Topology(
    String id,
    String title,
    String description,
    String choose,
    String costs,
    List<String> exemplars,
    String listeners,
    String accepts,
    String owns,
    String executes,
    String loops,
    String workers,
    String backends,
    String connections,
    String requests,
    int bound,
    int reserved,
    Optional<Rebalance> rebalance,
    Optional<Governing> governor) {
  /** What stays where it is. */
  public static final String SELF = "self";

  /** Where some workers serve only short requests. */
  private static final String RESERVED = "reserved";

  private static final Set<String> CONNECTION_POLICIES =
      Set.of(SELF, "round-robin", "least-connections", "power-of-two");
  private static final Set<String> REQUEST_POLICIES =
      Set.of(
          SELF,
          "round-robin",
          "least-loaded",
          "shortest-of-two",
          "shared",
          "bounded",
          "stealing",
          RESERVED);

  /** Where no worker is chosen when a request comes. */
  private static final Set<String> QUEUES = Set.of("shared", "bounded", "stealing", RESERVED);

  /** Requests at each worker where they are bounded and the file does not say by how much. */
  private static final int BOUND = 2;

  private static final int BOUND_MAX = 1 << 20;

  /** Workers that are reserved where the file does not say how many. */
  private static final int RESERVED_WORKERS = 1;

  private static final int RESERVED_MAX = 1024;

  static Topology of(Node root) {
    Map<String, Node> members =
        root.object(
            Set.of(
                "id",
                "title",
                "description",
                "choose",
                "costs",
                "exemplars",
                "listeners",
                "accepts",
                "owns",
                "executes",
                "loops",
                "workers",
                "backends",
                "placement"),
            Set.of("$schema", "governor"));
    Map<String, Node> placement =
        members
            .get("placement")
            .object(Set.of("connections", "requests"), Set.of("bound", RESERVED, "rebalance"));
    String requests = placement.get("requests").choice(REQUEST_POLICIES);
    Topology topology =
        new Topology(
            members.get("id").text(),
            members.get("title").text(),
            members.get("description").text(),
            members.get("choose").text(),
            members.get("costs").text(),
            members.get("exemplars").array().stream().map(Node::text).toList(),
            members.get("listeners").choice(Set.of("one", "one-a-loop", "shared", "one-a-backend")),
            members.get("accepts").choice(Set.of("loop", "acceptor", "front", "backend")),
            members.get("owns").choice(Set.of("loop", "backend")),
            members.get("executes").choice(Set.of("loop", "worker")),
            members.get("loops").choice(Set.of("one", "cores")),
            members.get("workers").choice(Set.of("none", "cores", "virtual")),
            members.get("backends").choice(Set.of("none", "cores")),
            placement.get("connections").choice(CONNECTION_POLICIES),
            requests,
            boundOf(requests, placement),
            reservedOf(requests, placement),
            Optional.ofNullable(placement.get("rebalance")).map(Rebalance::of),
            Optional.ofNullable(members.get("governor")).map(Governing::of));
    topology.check(members, placement);
    return topology;
  }

  private static int boundOf(String requests, Map<String, Node> placement) {
    Node bound = placement.get("bound");
    if (bound == null) {
      return requests.equals("bounded") ? BOUND : 0;
    }
    require(requests.equals("bounded"), bound, "only \"bounded\" requests have a bound");
    return bound.integer(1, BOUND_MAX);
  }

  private static int reservedOf(String requests, Map<String, Node> placement) {
    Node reserved = placement.get(RESERVED);
    if (reserved == null) {
      return requests.equals(RESERVED) ? RESERVED_WORKERS : 0;
    }
    require(
        requests.equals(RESERVED),
        reserved,
        "only where requests are \"reserved\" are workers kept for short ones");
    return reserved.integer(1, RESERVED_MAX);
  }

  /** What the parts say must fit together. */
  private void check(Map<String, Node> members, Map<String, Node> placement) {
    boolean front = accepts.equals("front");
    boolean ports = accepts.equals("backend");
    boolean acceptor = accepts.equals("acceptor") || front;
    boolean worker = executes.equals("worker");
    boolean processes = front || ports;
    require(
        ports == listeners.equals("one-a-backend"),
        members.get("listeners"),
        ports ? "backends accept, so each has one" : "only backends that accept have one each");
    require(
        processes == owns.equals("backend"),
        members.get("owns"),
        processes ? "backends own what they get" : "only a front has backends");
    require(
        processes != backends.equals("none"),
        members.get("backends"),
        processes ? "backends own, so there must be some" : "only a front has backends");
    require(
        !processes || (loops.equals("one") && executes.equals("loop")),
        members.get(loops.equals("one") ? "executes" : "loops"),
        "a backend is a single thread");
    require(
        !acceptor || listeners.equals("one"),
        members.get("listeners"),
        "an acceptor has one listener, so this must be \"one\"");
    require(
        acceptor || !listeners.equals("one") || loops.equals("one"),
        members.get("loops"),
        "several loops need an acceptor, a listener each or a shared one");
    require(
        acceptor != connections.equals(SELF),
        placement.get("connections"),
        acceptor
            ? "an acceptor owns no connections, so a policy must place them"
            : "loops own what they accept, so this must be \"self\"");
    require(
        worker != workers.equals("none"),
        members.get("workers"),
        worker ? "workers run the handler, so there must be some" : "no worker runs anything");
    require(
        worker != requests.equals(SELF),
        placement.get("requests"),
        worker
            ? "workers run the handler, so a policy must place requests"
            : "loops run the handler, so this must be \"self\"");
    require(
        !queuesRequests() || workers.equals("cores"),
        placement.get("requests"),
        "each request has a thread of its own, so none waits in a queue");
    require(
        rebalance.isEmpty() || owns.equals("loop") && loops.equals("cores"),
        placement.get("rebalance"),
        "only connections of several loops of one process go from one to another");
    require(
        governor.isEmpty() || owns.equals("loop"),
        members.get("governor"),
        "only a server of one process changes its arrangement");
  }

  /**
   * Whether requests wait in queues from which workers take them, and none is given to a worker.
   *
   * @return whether they do
   */
  public boolean queuesRequests() {
    return QUEUES.contains(requests);
  }

  /**
   * Whether another topology arranges listeners, loops and workers as this one does.
   *
   * @param other the other one
   * @return whether only words, and rules of changes, differ
   */
  public boolean arrangesAs(Topology other) {
    return List.of(listeners, accepts, owns, executes, loops, workers, backends)
            .equals(
                List.of(
                    other.listeners,
                    other.accepts,
                    other.owns,
                    other.executes,
                    other.loops,
                    other.workers,
                    other.backends))
        && queuesRequests() == other.queuesRequests();
  }

  private static void require(boolean holds, Node node, String reason) {
    if (!holds) {
      throw node.broken(reason);
    }
  }

  /**
   * Of what it has several, how many the options of a server say.
   *
   * @return some of loops, workers, backends
   */
  public Set<String> counts() {
    Set<String> counts = new LinkedHashSet<>();
    if (loops.equals("cores")) {
      counts.add("loops");
    }
    if (workers.equals("cores")) {
      counts.add("workers");
    }
    if (backends.equals("cores")) {
      counts.add("backends");
    }
    if (governor.isPresent()) { // for what the server may become
      counts.addAll(Set.of("loops", "workers"));
    }
    return Collections.unmodifiableSet(counts);
  }

  /**
   * The same arrangement with another policy, which takes the place of the one that it has.
   *
   * @param policy for example {@code round-robin}
   * @return the arrangement
   * @throws IllegalArgumentException if the policy is none for what this arrangement places
   */
  public Topology withPolicy(String policy) {
    boolean places = !connections.equals(SELF);
    if (!(places ? CONNECTION_POLICIES : REQUEST_POLICIES).contains(policy)
        || policy.equals(SELF)
        || (!places && requests.equals(SELF))
        || (!places && QUEUES.contains(policy) && workers.equals("virtual"))) {
      throw new IllegalArgumentException(
          "option policy is " + policy + "; valid for " + id + " are " + policies());
    }
    return new Topology(
        id,
        title,
        description,
        choose,
        costs,
        exemplars,
        listeners,
        accepts,
        owns,
        executes,
        loops,
        workers,
        backends,
        places ? policy : connections,
        places ? requests : policy,
        places ? bound : boundOf(policy),
        places ? reserved : reservedOf(policy),
        rebalance,
        governor);
  }

  private int boundOf(String policy) {
    if (!policy.equals("bounded")) {
      return 0;
    }
    return bound == 0 ? BOUND : bound;
  }

  private int reservedOf(String policy) {
    if (!policy.equals(RESERVED)) {
      return 0;
    }
    return reserved == 0 ? RESERVED_WORKERS : reserved;
  }

  private String policies() {
    if (!connections.equals(SELF)) {
      return "round-robin, least-connections, power-of-two";
    }
    if (requests.equals(SELF)) {
      return "none";
    }
    String placed = "round-robin, least-loaded, shortest-of-two";
    return workers.equals("virtual") ? placed : placed + ", shared, bounded, stealing, reserved";
  }
}
