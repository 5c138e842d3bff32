package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A method and a pattern of paths, and who answers. Immutable. */
final class Route {
  private static final String[] NO_VALUES = {};

  final String method;
  final String pattern;

  /** The segments of the pattern: literals, and parameters in braces. */
  final List<String> segments;

  /** Whether a virtual thread runs the handler. */
  final boolean blocking;

  /** Answers before it returns, or null. */
  final @Nullable Handler<? super WebRequest, HttpResponse> handler;

  /** May answer later, or null. */
  final @Nullable AsyncHandler<? super WebRequest, HttpResponse> later;

  private final List<String> names = new ArrayList<>();

  /** What it is found as where it has no parameters. */
  final RouteMatch plain = new RouteMatch(this, NO_VALUES);

  private Route(
      String method,
      String pattern,
      boolean blocking,
      @Nullable Handler<? super WebRequest, HttpResponse> handler,
      @Nullable AsyncHandler<? super WebRequest, HttpResponse> later) {
    this.method = method;
    this.pattern = pattern;
    this.blocking = blocking;
    this.handler = handler;
    this.later = later;
    if (method.isEmpty() || !method.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw bad("has no method");
    }
    if (!pattern.startsWith("/")) {
      throw bad("does not begin with /");
    }
    segments = List.of(pattern.substring(1).split("/", -1));
    for (int i = 0; i < segments.size(); i++) {
      check(segments.get(i), i == segments.size() - 1);
    }
  }

  static Route of(
      String method, String pattern, Handler<? super WebRequest, HttpResponse> handler) {
    return new Route(method, pattern, false, Objects.requireNonNull(handler, "handler"), null);
  }

  static Route blocking(
      String method, String pattern, Handler<? super WebRequest, HttpResponse> handler) {
    return new Route(method, pattern, true, Objects.requireNonNull(handler, "handler"), null);
  }

  static Route later(
      String method, String pattern, AsyncHandler<? super WebRequest, HttpResponse> handler) {
    return new Route(method, pattern, false, null, Objects.requireNonNull(handler, "handler"));
  }

  private void check(String segment, boolean last) {
    if (segment.equals(".") || segment.equals("..") || segment.indexOf('\0') >= 0) {
      throw bad("has a segment that no path may have");
    }
    if (segment.indexOf('{') < 0 && segment.indexOf('}') < 0) {
      return;
    }
    String name = name(segment);
    boolean braces = segment.startsWith("{") && segment.endsWith("}");
    if (!braces || name.isEmpty() || name.indexOf('{') >= 0 || name.indexOf('}') >= 0) {
      throw bad("has a parameter that is not a whole segment, as {name} is");
    }
    if (isRest(segment) && !last) {
      throw bad("goes on behind {" + name + "...}");
    }
    if (names.contains(name)) {
      throw bad("has two parameters " + name);
    }
    names.add(name);
  }

  static boolean isParameter(String segment) {
    return segment.startsWith("{");
  }

  /** Whether it stands for all segments that follow. */
  static boolean isRest(String segment) {
    return segment.startsWith("{") && segment.endsWith("...}");
  }

  private static String name(String segment) {
    String inner =
        segment.substring(Math.min(1, segment.length()), Math.max(1, segment.length() - 1));
    return inner.endsWith("...") ? inner.substring(0, inner.length() - "...".length()) : inner;
  }

  private IllegalArgumentException bad(String why) {
    return new IllegalArgumentException("route " + this + " " + why);
  }

  /** Whether it answers before it returns, on the thread that asks. */
  boolean answersAtOnce() {
    return handler != null && !blocking;
  }

  int parameters() {
    return names.size();
  }

  /** The place of a parameter among the values of a match. */
  int indexOf(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("route " + this + " has no parameter " + name);
    }
    return index;
  }

  @Override
  public String toString() {
    return method + " " + pattern;
  }
}
