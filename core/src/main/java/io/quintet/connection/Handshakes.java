package io.quintet.connection;

import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import io.quintet.metrics.Refusal;
import io.quintet.transport.Tls;
import io.quintet.transport.Transport;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What comes before the requests of connections: for all connections of a loop, one at a time. The
 * loop's thread alone, but for what tells that a step was computed.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Handshakes<Q, R> {
  private static final ProtocolException IN_PLAIN =
      ProtocolException.insecure("a plain request was sent to a port that speaks TLS");

  private final ConnectionContext<Q, R> context;
  private final Tls.@Nullable Scratch scratch;

  Handshakes(ConnectionContext<Q, R> context) {
    this.context = context;
    this.scratch = context.layers.areSecured() ? new Tls.Scratch(context.chunks) : null;
  }

  /** What layers want of a connection, whichever loop has it. */
  private record Owner(Connection<?, ?> connection) implements Transport.Owner {
    @Override
    public void take(byte[] bytes, int offset, int length) {
      connection.say(bytes, offset, length);
    }

    @Override
    public void comesFrom(@Nullable InetSocketAddress source) {
      connection.ends = new Ends(source, null);
    }

    @Override
    public void computed() {
      Errand.computed(connection);
    }
  }

  /** Null where requests come at once. */
  @Nullable Transport begin(Connection<Q, R> connection) {
    return context.layers.areNone()
        ? null
        : context.layers.begin(connection, new Owner(connection), context.input.capacity());
  }

  ConnectionEvent receive(Connection<Q, R> connection) {
    Transport transport = transport(connection);
    long received = context.reader.receive(connection, transport.room());
    if (received <= 0) {
      return context.reader.notReceived(connection, received);
    }
    transport.receive(context.wireAddress, (int) received);
    transport.count(context.chunks);
    return ConnectionEvent.HANDSHAKE;
  }

  /** What is to be said leaves before anything else is computed. */
  ConnectionEvent goOn(Connection<Q, R> connection) {
    ConnectionEvent outcome = goOn(connection, transport(connection));
    if (connection.transport != null) {
      connection.transport.count(context.chunks);
    }
    return outcome;
  }

  private ConnectionEvent goOn(Connection<Q, R> connection, Transport transport) {
    transport.collect();
    ConnectionEvent left = send(connection, ConnectionEvent.ESTABLISHED);
    if (left != ConnectionEvent.ESTABLISHED) {
      return left;
    }
    return switch (transport.goOn()) {
      case INCOMPLETE -> send(connection, ConnectionEvent.INCOMPLETE);
      case COMPUTING -> {
        context.writer.sendWhatGoes(connection);
        yield ConnectionEvent.COMPUTING;
      }
      case ESTABLISHED -> established(connection, transport);
      case PLAIN -> inPlain(connection);
      case INSECURE -> context.reader.insecure(connection, transport.why());
      case UNADMITTED -> context.reader.untrusted(connection, Refusal.UNADMITTED, transport.why());
      case REJECTED -> {
        context.loop.refused(Refusal.UNPROXIED);
        yield ConnectionEvent.REJECTED;
      }
      case ENDED -> context.reader.endOfStream(connection);
    };
  }

  /** Where the call was interrupted it is made again once the socket is writable. */
  private ConnectionEvent send(Connection<Q, R> connection, ConnectionEvent sent) {
    if (connection.outgoing == null) {
      return sent;
    }
    ConnectionEvent left = context.writer.flush(connection);
    if (connection.outgoing == null) {
      return sent;
    }
    return left == ConnectionEvent.BROKEN ? left : ConnectionEvent.BLOCKED;
  }

  private ConnectionEvent established(Connection<Q, R> connection, Transport transport) {
    connection.transport = null;
    transport.release(context.chunks);
    connection.tls = scratch == null ? null : transport.tls(scratch);
    connection.secured = connection.tls != null;
    if (connection.tls == null) {
      byte[] rest = transport.rest();
      Input input = context.reader.takeInput(connection);
      System.arraycopy(rest, 0, input.array(), 0, rest.length);
      input.present(0, rest.length);
    }
    return ConnectionEvent.ESTABLISHED;
  }

  /** Who has begun without TLS would not understand an alert. */
  private ConnectionEvent inPlain(Connection<Q, R> connection) {
    transport(connection).release(context.chunks);
    connection.transport = null;
    connection.secured = false;
    context.refusal = IN_PLAIN;
    return ConnectionEvent.MALFORMED;
  }

  /** What secures a connection that comes from another loop. */
  void share(Tls layer) {
    layer.share(Objects.requireNonNull(scratch, "all loops of a server are secured"));
  }

  /** Nobody waits for what is computed. */
  void forsake(Connection<Q, R> connection) {
    if (connection.transport != null) {
      connection.transport.forsake();
      connection.transport.release(context.chunks);
    }
  }

  private static Transport transport(Connection<?, ?> connection) {
    return Objects.requireNonNull(connection.transport, "what comes before requests");
  }
}
