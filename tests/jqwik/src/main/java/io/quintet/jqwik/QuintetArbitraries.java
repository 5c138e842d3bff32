package io.quintet.jqwik;

import com.google.gson.Gson;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * What jqwik draws for tests of codecs and servers: streams of requests, right ones and damaged
 * ones; how a stream is cut; what clients do; how a server is arranged. All shrink towards what is
 * short, whole and in one piece. A project that uses it has jqwik of its own, and the version of
 * JUnit that this asks for.
 *
 * <pre>{@code
 * @Property
 * void anyCutGivesTheSame(@ForAll("cut") List<byte[]> pieces) { ... }
 *
 * @Provide
 * Arbitrary<List<byte[]>> cut() {
 *   List<byte[]> requests = List.of("GET a\n".getBytes(), "PUT b\n".getBytes());
 *   return QuintetArbitraries.streams(requests, 10).flatMap(QuintetArbitraries::chunkings);
 * }
 * }</pre>
 */
public final class QuintetArbitraries {
  private static final int CUTS_MAX = 12;

  private QuintetArbitraries() {}

  /**
   * Streams of whole requests.
   *
   * @param requests bytes of one request each, at least one of them
   * @param requestsMax requests of a stream at most, 0 or more
   * @return streams, an empty one among them
   * @throws IllegalArgumentException if there are no requests, or the number is negative
   */
  public static Arbitrary<byte[]> streams(List<byte[]> requests, int requestsMax) {
    if (requests.isEmpty() || requestsMax < 0) {
      throw new IllegalArgumentException(
          requestsMax + " of " + requests.size() + " requests: 0 or more of at least one");
    }
    List<byte[]> given = List.copyOf(requests);
    return Arbitraries.integers()
        .between(0, given.size() - 1)
        .list()
        .ofMaxSize(requestsMax)
        .map(
            numbers -> {
              ByteArrayOutputStream stream = new ByteArrayOutputStream();
              numbers.forEach(number -> stream.writeBytes(given.get(number)));
              return stream.toByteArray();
            });
  }

  /**
   * Streams that are nearly right: of each one something is cut off, changed, left out, or put in.
   *
   * @param streams what is damaged
   * @return streams that a decoder takes, refuses, or waits to see more of, but never breaks on
   */
  public static Arbitrary<byte[]> damaged(Arbitrary<byte[]> streams) {
    Objects.requireNonNull(streams, "streams");
    return Combinators.combine(
            streams,
            Arbitraries.of(Damage.class),
            Arbitraries.integers().between(0, Integer.MAX_VALUE),
            Arbitraries.bytes())
        .as((stream, damage, place, value) -> damage.to(stream, place, value));
  }

  private enum Damage {
    CUT,
    CHANGED,
    LEFT_OUT,
    PUT_IN;

    byte[] to(byte[] stream, int place, byte value) {
      if (stream.length == 0) {
        return this == PUT_IN ? new byte[] {value} : stream;
      }
      int at = place % stream.length;
      ByteArrayOutputStream result = new ByteArrayOutputStream();
      result.write(stream, 0, at);
      if (this == CHANGED || this == PUT_IN) {
        result.write(value);
      }
      if (this != CUT) {
        int rest = this == PUT_IN ? at : at + 1;
        result.write(stream, rest, stream.length - rest);
      }
      return result.toByteArray();
    }
  }

  /**
   * Ways to cut a stream. No piece is empty, and joined they are the stream.
   *
   * @param stream what is cut
   * @return its pieces, thirteen at most or one for each byte; none of an empty stream
   */
  public static Arbitrary<List<byte[]>> chunkings(byte[] stream) {
    if (stream.length == 0) {
      return Arbitraries.just(List.of());
    }
    Arbitrary<List<Integer>> few =
        Arbitraries.integers()
            .between(0, stream.length - 1)
            .set()
            .ofMaxSize(CUTS_MAX)
            .map(List::copyOf);
    List<Integer> each = new ArrayList<>();
    for (int i = 1; i < stream.length; i++) {
      each.add(i);
    }
    return Arbitraries.frequencyOf(Tuple.of(9, few), Tuple.of(1, Arbitraries.just(each)))
        .map(cuts -> pieces(stream, cuts));
  }

  private static List<byte[]> pieces(byte[] stream, List<Integer> cuts) {
    List<byte[]> pieces = new ArrayList<>();
    int from = 0;
    for (int cut : cuts.stream().sorted().toList()) {
      if (cut > from) {
        pieces.add(Arrays.copyOfRange(stream, from, cut));
        from = cut;
      }
    }
    pieces.add(Arrays.copyOfRange(stream, from, stream.length));
    return List.copyOf(pieces);
  }

  /**
   * Clients that send such streams, cut in some way, and end in some way.
   *
   * @param streams what they send
   * @return clients, to be played beside others against a server
   */
  public static Arbitrary<ClientBehaviour> clients(Arbitrary<byte[]> streams) {
    Objects.requireNonNull(streams, "streams");
    return Combinators.combine(
            streams.flatMap(QuintetArbitraries::chunkings),
            Arbitraries.of(ClientBehaviour.End.class))
        .as(ClientBehaviour::new);
  }

  /**
   * Arrangements of threads and sockets: all that a server in one process, or a front with
   * backends, can be told by data. Saved in a file, each is a value of the option {@code topology}.
   *
   * @return texts in JSON, as {@code specs/schema} describes them
   */
  public static Arbitrary<String> topologies() {
    return Combinators.combine(
            Arbitraries.of(Reception.class),
            Arbitraries.of("none", "cores", "virtual"),
            Arbitraries.of(Policy.class))
        .as(QuintetArbitraries::topology);
  }

  /** Who listens and who accepts. */
  private enum Reception {
    ONE_LOOP("one", "loop"),
    ACCEPTOR("one", "acceptor"),
    FRONT("one", "front"),
    LISTENER_A_LOOP("one-a-loop", "loop"),
    SHARED_LISTENER("shared", "loop");

    private final String listeners;
    private final String accepts;

    Reception(String listeners, String accepts) {
      this.listeners = listeners;
      this.accepts = accepts;
    }
  }

  /** By which connections and requests are placed. */
  private enum Policy {
    ROUND_ROBIN("round-robin", "round-robin"),
    LEAST("least-connections", "least-loaded"),
    TWO("power-of-two", "shortest-of-two");

    private final String connections;
    private final String requests;

    Policy(String connections, String requests) {
      this.connections = connections;
      this.requests = requests;
    }
  }

  private static String topology(Reception reception, String drawn, Policy policy) {
    boolean front = reception == Reception.FRONT;
    boolean places = front || reception == Reception.ACCEPTOR;
    String workers = front ? "none" : drawn; // a backend is a single thread
    boolean worker = !workers.equals("none");
    boolean single = front || reception == Reception.ONE_LOOP;
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", "drawn");
    for (String text : List.of("title", "description", "choose", "costs")) {
      json.put(text, "drawn for a test");
    }
    json.put("exemplars", List.of());
    json.put("listeners", reception.listeners);
    json.put("accepts", reception.accepts);
    json.put("owns", front ? "backend" : "loop");
    json.put("executes", worker ? "worker" : "loop");
    json.put("loops", single ? "one" : "cores");
    json.put("workers", workers);
    json.put("backends", front ? "cores" : "none");
    json.put(
        "placement",
        Map.of(
            "connections", places ? policy.connections : "self",
            "requests", worker ? policy.requests : "self"));
    return new Gson().toJson(json);
  }
}
