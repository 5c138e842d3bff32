package io.quintet.connection;

import java.util.List;

/**
 * Says which connections of a busy loop go to which of others, so that the busiest of them all
 * becomes less busy. How much work a connection is, is taken from its share of the requests.
 */
final class Leveling {
  /** Work is measured so badly that a gain of a tenth of a connection's work may be none. */
  private static final double MARGIN = 1.1;

  private static final double THOUSANDTHS = 1000;

  /** Requests that are as much work as each loop has; first of the loop that gives. */
  private double own;

  private final double[] others;

  /**
   * Nothing goes yet.
   *
   * @param requests those of all connections of the loop that gives
   * @param loads how busy the others are, in thousandths of how busy that loop is
   */
  Leveling(long requests, List<Integer> loads) {
    own = requests;
    others = loads.stream().mapToDouble(load -> load * requests / THOUSANDTHS).toArray();
  }

  /**
   * Which of the others gets a connection. One that would only make another loop as busy as this
   * one is, stays: it would come back.
   *
   * @param requests those of the connection
   * @return index, or -1 where it stays
   */
  int next(int requests) {
    int least = 0;
    for (int i = 1; i < others.length; i++) {
      least = others[i] < others[least] ? i : least;
    }
    if (requests == 0 || others[least] + requests * MARGIN >= own) {
      return -1;
    }
    own -= requests;
    others[least] += requests;
    return least;
  }
}
