package io.quintet.web;

import io.quintet.codec.ProtocolException;
import io.quintet.http.PercentEncoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Routes by the segments of their patterns. Built once and not changed; any thread may search it.
 *
 * <p>A path is parted at its slashes first, and each segment is decoded then, RFC 3986 §2.2: a
 * {@code %2F} is data of its segment. At each segment a literal goes before a parameter, and that
 * before the rest of the path. A search looks at each node of the tree at most once.
 */
final class RouteTree {
  private static final int BAD_REQUEST = 400;

  private final Node root = new Node();

  /** Nodes by their whole path, where that has no parameter: most requests end here. */
  private final Map<String, Node> whole = new HashMap<>();

  private final TreeSet<String> methods = new TreeSet<>();
  private int parametersMax;

  /** What follows a beginning of paths. */
  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    @Nullable Node parameter;

    /** Routes that end here, by method. */
    final Map<String, Route> here = new HashMap<>();

    /** Those that take the rest of the path. */
    final Map<String, Route> rest = new HashMap<>();
  }

  RouteTree(Collection<Route> routes) {
    routes.forEach(this::add);
  }

  private void add(Route route) {
    Node node = root;
    boolean rest = false;
    for (String segment : route.segments) {
      if (Route.isRest(segment)) {
        rest = true;
      } else if (Route.isParameter(segment)) {
        node.parameter = node.parameter == null ? new Node() : node.parameter;
        node = node.parameter;
      } else {
        node = node.literals.computeIfAbsent(segment, _ -> new Node());
      }
    }
    Route other = (rest ? node.rest : node.here).putIfAbsent(route.method, route);
    if (other != null) {
      throw new IllegalArgumentException(
          "routes " + other + " and " + route + " match the same requests");
    }
    if (route.parameters() == 0 && route.pattern.chars().allMatch(c -> c > ' ' && c != '%')) {
      whole.put(route.pattern, node); // it is what is sent
    }
    methods.add(route.method);
    parametersMax = Math.max(parametersMax, route.parameters());
  }

  /** The methods that any path has. */
  String allowed() {
    return allowed(methods);
  }

  /** A list for the field Allow, RFC 9110 §10.2.1. */
  private static String allowed(Collection<String> routed) {
    TreeSet<String> all = new TreeSet<>(routed);
    if (all.contains("GET")) {
      all.add("HEAD");
    }
    all.add("OPTIONS");
    return String.join(", ", all);
  }

  /**
   * Finds who answers.
   *
   * @param path as it was sent
   * @return the match, or null: see {@link Search#allowed}
   * @throws ProtocolException with code 400 if the path is malformed or has dot segments
   */
  @Nullable RouteMatch find(String method, String path) {
    Node exact = whole.get(path);
    Route route = exact == null ? null : pick(exact.here, method);
    if (route != null) {
      return route.plain;
    }
    return path.startsWith("/") ? new Search(method, path).match() : null;
  }

  /**
   * The methods that a path has.
   *
   * @return a list for the field Allow, or empty if no route has the path
   */
  String allowed(String path) {
    Search search = new Search("", path);
    search.match();
    return search.allowed.isEmpty() ? "" : allowed(search.allowed);
  }

  /** RFC 9110 §9.3.2: HEAD is GET without the content. */
  private static @Nullable Route pick(Map<String, Route> routes, String method) {
    Route route = routes.get(method);
    return route == null && method.equals("HEAD") ? routes.get("GET") : route;
  }

  /** Decoded segments of a path. */
  private static String[] segments(String path) {
    List<String> segments = new ArrayList<>();
    int at = 1;
    while (at <= path.length()) {
      int slash = path.indexOf('/', at);
      int end = slash < 0 ? path.length() : slash;
      String segment = PercentEncoding.decode(path.substring(at, end));
      if (segment.equals(".") || segment.equals("..")) {
        throw new ProtocolException(BAD_REQUEST, "the path has dot segments");
      }
      if (segment.indexOf('\0') >= 0) {
        throw new ProtocolException(BAD_REQUEST, "the path has a NUL");
      }
      segments.add(segment);
      at = end + 1;
    }
    return segments.toArray(String[]::new);
  }

  private final class Search {
    private final String method;
    private final String[] segments;
    private final String[] values = new String[parametersMax];
    private int count;

    /** Methods of the routes that have the path, as far as it was looked for. */
    final TreeSet<String> allowed = new TreeSet<>();

    Search(String method, String path) {
      this.method = method;
      this.segments = segments(path);
    }

    @Nullable RouteMatch match() {
      Route route = in(root, 0);
      return route == null ? null : new RouteMatch(route, Arrays.copyOf(values, count));
    }

    private @Nullable Route in(Node node, int depth) {
      if (depth == segments.length) {
        return of(node.here);
      }
      String segment = segments[depth];
      Node literal = node.literals.get(segment);
      Route route = literal == null ? null : in(literal, depth + 1);
      if (route == null && node.parameter != null && !segment.isEmpty()) {
        values[count++] = segment;
        route = in(node.parameter, depth + 1);
        count -= route == null ? 1 : 0;
      }
      if (route == null && !node.rest.isEmpty() && isPlain(depth)) {
        route = of(node.rest);
        if (route != null) {
          String[] rest = Arrays.copyOfRange(segments, depth, segments.length);
          values[count++] = String.join("/", rest);
        }
      }
      return route;
    }

    /** The rest of a path cannot tell a slash in a segment from one between two. */
    private boolean isPlain(int depth) {
      for (int i = depth; i < segments.length; i++) {
        if (segments[i].indexOf('/') >= 0) {
          return false;
        }
      }
      return true;
    }

    private @Nullable Route of(Map<String, Route> routes) {
      allowed.addAll(routes.keySet());
      return pick(routes, method);
    }
  }
}
