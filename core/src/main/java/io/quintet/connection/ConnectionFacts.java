package io.quintet.connection;

import java.util.function.ObjIntConsumer;

/**
 * What is seen of a connection under test: what it counts, and what the facts mean that the states
 * of {@code specs/machines/connection.json} name. The loop's thread alone.
 */
final class ConnectionFacts {
  private ConnectionFacts() {}

  static boolean holds(Connection<?, ?> connection, String fact) {
    return switch (fact) {
      case "nothingOwed" -> connection.owed == 0;
      case "owed" -> connection.owed > 0 || connection.session != null;
      case "nothingUnsent" -> connection.outgoing == null;
      case "unsent" -> connection.outgoing != null;
      case "nothingHeld" -> heldBytes(connection) == 0;
      case "betweenRequests" ->
          connection.decoder == null || connection.decoder.outcome().isBetween();
      case "unestablished" -> connection.transport != null;
      case "inSession" -> connection.session != null;
      case "listed" -> connection.yielded;
      case "draining" -> connection.context.loop.isDraining() || connection.hasDrained;
      default -> throw new IllegalStateException("a connection has no fact " + fact);
    };
  }

  static void count(Connection<?, ?> connection, ObjIntConsumer<String> to) {
    to.accept("fd", connection.fd());
    to.accept("owed", connection.owed);
    to.accept("held", heldBytes(connection));
    to.accept("yielded", connection.yielded ? 1 : 0);
    to.accept("dirty", connection.dirty ? 1 : 0);
  }

  /** Bytes that were received and not decoded, also on their way. */
  private static int heldBytes(Connection<?, ?> connection) {
    if (connection.context.inputOwner == connection) {
      return connection.context.input.remaining();
    }
    return Move.heldBytes(connection.held, connection.move);
  }
}
