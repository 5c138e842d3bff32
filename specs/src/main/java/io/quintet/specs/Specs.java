package io.quintet.specs;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The specs that Quintet ships. Any thread may call; each call reads anew.
 *
 * <p>For experiments, files in the folder that the system property {@code quintet.specs} names take
 * the place of those of the same name, such as {@code machines/listener.json}.
 */
public final class Specs {
  private static final List<String> MACHINES =
      List.of(
          "listener",
          "connection",
          "loop",
          "worker",
          "mailbox-wakeup",
          "reply",
          "streamed-reply",
          "request-content",
          "server",
          "backend",
          "control",
          "rearrangement",
          "governor",
          "websocket",
          "successor",
          "predecessor");
  private static final List<String> TOPOLOGIES =
      List.of("single-thread", "multi-thread", "load-balanced", "reuseport", "multi-process");

  /** The five, and the one that changes from one of them to another. */
  private static final List<String> SERVED =
      Stream.concat(TOPOLOGIES.stream(), Stream.of("adaptive")).toList();

  private static final String DISPOSITIONS = "dispositions";

  private static final String FOLDER = System.getProperty("quintet.specs", "");

  private Specs() {}

  /**
   * Which machines there are.
   *
   * @return their ids
   */
  public static List<String> machineIds() {
    return MACHINES;
  }

  /**
   * Which patterns there are.
   *
   * @return the ids of their topologies
   */
  public static List<String> topologyIds() {
    return TOPOLOGIES;
  }

  /**
   * Which topologies are shipped, by which a server can be started.
   *
   * @return the ids of the patterns, and {@code adaptive}
   */
  public static List<String> servedIds() {
    return SERVED;
  }

  /**
   * A machine.
   *
   * @param id one of {@link #machineIds()}
   * @return the machine
   * @throws IllegalArgumentException if there is none of that id
   */
  public static Machine machine(String id) {
    return SpecReader.machine(id + ".json", open("machines/" + known(id, MACHINES)));
  }

  /**
   * A topology.
   *
   * @param id one of {@link #servedIds()}
   * @return the topology
   * @throws IllegalArgumentException if there is none of that id
   */
  public static Topology topology(String id) {
    return SpecReader.topology(id + ".json", open("topologies/" + known(id, SERVED)));
  }

  /**
   * A spec as plain data.
   *
   * @param id one of {@link #machineIds()} or {@link #servedIds()}, or {@code dispositions}
   * @return immutable maps, lists, strings, longs and booleans, as the file has them
   * @throws IllegalArgumentException if there is none of that id
   */
  @SuppressWarnings("unchecked") // the root of every spec that was read is an object
  public static Map<String, Object> data(String id) {
    String folder = SERVED.contains(id) ? "topologies/" : "machines/";
    if (id.equals(DISPOSITIONS)) {
      folder = "";
    }
    List<String> all =
        Stream.of(MACHINES, SERVED, List.of(DISPOSITIONS)).flatMap(List::stream).toList();
    return (Map<String, Object>) JsonTree.read(id + ".json", open(folder + known(id, all)));
  }

  /**
   * What follows from the errors of each call.
   *
   * @return for each call the disposition of each errno, both by name
   */
  public static Map<String, Map<String, Disposition>> dispositions() {
    Node root = SpecReader.root(DISPOSITIONS + ".json", open(DISPOSITIONS + ".json"));
    Map<String, Map<String, Disposition>> calls = new LinkedHashMap<>();
    root.object(Set.of("description", "calls"), Set.of("$schema"))
        .get("calls")
        .object()
        .forEach((call, node) -> calls.put(call, errnos(node)));
    return Collections.unmodifiableMap(calls);
  }

  private static Map<String, Disposition> errnos(Node call) {
    Set<String> valid =
        Stream.of(Disposition.values()).map(Specs::spelled).collect(Collectors.toSet());
    Map<String, Disposition> errnos = new LinkedHashMap<>();
    call.object(Set.of("source", "errnos"), Set.of())
        .get("errnos")
        .object()
        .forEach(
            (errno, node) ->
                errnos.put(
                    errno,
                    Disposition.valueOf(
                        node.choice(valid).replace('-', '_').toUpperCase(Locale.ROOT))));
    return Collections.unmodifiableMap(errnos);
  }

  private static String spelled(Disposition disposition) {
    return disposition.name().replace('_', '-').toLowerCase(Locale.ROOT);
  }

  /**
   * A machine's file.
   *
   * @param id one of {@link #machineIds()}
   * @return its text
   * @throws IllegalArgumentException if there is none of that id
   */
  public static String text(String id) {
    return read("machines/" + known(id, MACHINES));
  }

  private static String known(String id, List<String> ids) {
    if (!ids.contains(id)) {
      throw new IllegalArgumentException("there is no spec \"" + id + "\"; there are " + ids);
    }
    return id + ".json";
  }

  private static Reader open(String resource) {
    return new StringReader(read(resource));
  }

  private static String read(String resource) {
    try (InputStream in = stream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream stream(String resource) throws IOException {
    Path own = Path.of(FOLDER, resource);
    if (!FOLDER.isEmpty() && Files.exists(own)) {
      return Files.newInputStream(own);
    }
    InputStream in = Specs.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IOException("the jar lacks " + resource);
    }
    return in;
  }
}
