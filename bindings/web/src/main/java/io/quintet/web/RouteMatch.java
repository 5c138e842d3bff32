package io.quintet.web;

/**
 * A route that was found.
 *
 * @param route who answers
 * @param values of its parameters, in their order; not to be changed
 */
record RouteMatch(Route route, String[] values) {
  String value(String name) {
    return values[route.indexOf(name)];
  }
}
