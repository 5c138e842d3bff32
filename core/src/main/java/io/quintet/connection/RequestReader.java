package io.quintet.connection;

import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import io.quintet.exchange.Exchange;
import io.quintet.ffi.Memory;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.LoopContext;
import io.quintet.transport.Tls;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a connection receives and decodes requests from it: for all connections of a loop, one
 * at a time. The loop's thread alone.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class RequestReader<Q, R> {
  private static final ProtocolException LARGE =
      new ProtocolException(413, "request larger than the read buffer");

  private final ConnectionContext<Q, R> context;
  private final LoopContext loop;

  RequestReader(ConnectionContext<Q, R> context) {
    this.context = context;
    this.loop = context.loop;
  }

  ConnectionEvent read(Connection<Q, R> connection) {
    if (connection.transport != null) {
      return context.handshakes.receive(connection);
    }
    Input input = takeInput(connection);
    if (connection.tls != null) {
      return readSecurely(connection, connection.tls, input);
    }
    int kept = input.limit();
    long received = receive(connection, input.capacity() - kept);
    if (received <= 0) {
      return notReceived(connection, received);
    }
    Memory.copy(context.wireAddress, input.array(), kept, (int) received);
    input.present(input.position(), kept + (int) received);
    return ConnectionEvent.RECEIVED;
  }

  /** Receives at the wire's address. As recv(2) gives it. */
  long receive(Connection<Q, R> connection, int most) {
    long received = loop.kernel().recv(connection.fd(), context.wireAddress, most, 0);
    if (received > 0) {
      loop.metrics().received(received);
      connection.receivedBytes += received;
    }
    return received;
  }

  ConnectionEvent notReceived(Connection<Q, R> connection, long result) {
    return result == 0 ? endOfStream(connection) : context.failed(connection, Call.RECV, result);
  }

  ConnectionEvent endOfStream(Connection<Q, R> connection) {
    endRequests(connection);
    return ConnectionEvent.END_OF_STREAM;
  }

  /** Whether the peer has said behind what was decrypted that nothing follows. */
  boolean isEndedSecurely(Connection<Q, R> connection) {
    return connection.tls != null && connection.tls.isEnded();
  }

  /** Nothing more will be decoded. */
  void endDecoder(Connection<Q, R> connection) {
    endRequests(connection);
    context.sessions.end(connection);
  }

  private void endRequests(Connection<Q, R> connection) {
    if (connection.decoder != null) {
      connection.decoder.end();
    }
  }

  private ConnectionEvent readSecurely(Connection<Q, R> connection, Tls layer, Input input) {
    int kept = layer.begin();
    long received = receive(connection, Math.min(layer.room(), context.wireBytes));
    if (received <= 0) {
      return notReceived(connection, received);
    }
    Memory.copy(context.wireAddress, layer.array(), kept, (int) received);
    try {
      boolean progress = layer.received(kept + (int) received, input);
      if (layer.isEnded() && input.remaining() == 0) {
        return endOfStream(connection);
      }
      return progress ? ConnectionEvent.RECEIVED : ConnectionEvent.WOULD_BLOCK;
    } catch (SSLException e) {
      return insecure(connection, String.valueOf(e.getMessage()));
    }
  }

  /** The peer is told why; nothing else can be told to it any more. */
  ConnectionEvent insecure(Connection<Q, R> connection, String why) {
    return untrusted(connection, Refusal.INSECURE, why);
  }

  /** Likewise, for a reason that has its own counter. */
  ConnectionEvent untrusted(Connection<Q, R> connection, Refusal refusal, String why) {
    loop.refused(refusal, why);
    endDecoder(connection);
    context.exchanges.forgetOwed(connection);
    context.writer.sendWhatGoes(connection);
    return ConnectionEvent.INSECURE;
  }

  /** Whether more content has come out of records that were received before. */
  boolean isRefilled(Connection<Q, R> connection, Input input) throws SSLException {
    return connection.tls != null && connection.tls.refill(input);
  }

  ConnectionEvent decode(Connection<Q, R> connection) {
    try {
      return connection.session == null
          ? decode(connection, takeInput(connection))
          : context.sessions.receive(connection, connection.session);
    } catch (SSLException e) {
      return insecure(connection, String.valueOf(e.getMessage()));
    }
  }

  private ConnectionEvent decode(Connection<Q, R> connection, Input input) throws SSLException {
    if (input.remaining() == 0 && !isRefilled(connection, input)) {
      return isEndedSecurely(connection) ? endOfStream(connection) : ConnectionEvent.EXHAUSTED;
    }
    boolean ofGiven = connection.decoder != null && connection.decoder.outcome().isOfGiven();
    if (connection.owed > 0 && takesNoMore(connection) && !ofGiven) {
      return ConnectionEvent.SATURATED;
    }
    if (context.budget == 0 || context.writer.isAboveWatermark(connection)) {
      return ConnectionEvent.BUDGET_SPENT;
    }
    Decoder<Q> current = connection.decoder == null ? context.decoder() : connection.decoder;
    Q request;
    try {
      request = current.decode(input);
      while (request == null && isRefilled(connection, input)) {
        request = current.decode(input);
      }
    } catch (ProtocolException e) {
      abandon(connection, current);
      return malformed(connection, e);
    }
    Decoder.Outcome outcome = current.outcome();
    if (outcome.isBetween() != (connection.decoder == null)) {
      keep(connection, current, outcome.isBetween());
    }
    return request == null
        ? undecoded(connection, current, outcome, ofGiven)
        : decoded(connection, current, request);
  }

  private ConnectionEvent decoded(Connection<Q, R> connection, Decoder<Q> current, Q request) {
    context.budget--;
    connection.heat++;
    loop.metrics().decoded();
    context.request = request;
    if (connection.decoder != null) {
      say(connection, current.interim());
    }
    return context.codec.isLast(request) ? ConnectionEvent.LAST_REQUEST : ConnectionEvent.REQUEST;
  }

  /** What follows where the bytes that are there make no request whole. */
  private ConnectionEvent undecoded(
      Connection<Q, R> connection, Decoder<Q> current, Decoder.Outcome outcome, boolean ofGiven)
      throws SSLException {
    Input input = context.input;
    return switch (outcome) {
      case HOLDING, WITHOUT_CONTENT -> ConnectionEvent.SATURATED; // what was held is looked at anew
      case STARVING, PASSING -> needed(connection, current);
      case IDLE, NEED_HEAD, NEED_CONTENT, ENDED ->
          ofGiven && input.remaining() > 0
              ? decode(connection, input) // of the next request, if that may come
              : needed(connection, current);
    };
  }

  /** Nothing can be done before more has come. */
  private ConnectionEvent needed(Connection<Q, R> connection, Decoder<Q> current)
      throws SSLException {
    Input input = context.input;
    if (input.remaining() > input.capacity() - context.spareBytes) {
      return malformed(connection, current.refusing(LARGE));
    }
    if (isEndedSecurely(connection)) {
      return endOfStream(connection);
    }
    if (say(connection, current.interim())) {
      return ConnectionEvent.EXHAUSTED;
    }
    boolean whole = connection.decoder == null && input.remaining() == 0;
    return whole || (connection.owed > 0 && !isStarving(connection))
        ? ConnectionEvent.EXHAUSTED
        : ConnectionEvent.INCOMPLETE;
  }

  /**
   * Whether no further request is taken while replies are owed. What is taken is answered, so the
   * reply that says that it is the last must have no other behind it.
   */
  private boolean takesNoMore(Connection<Q, R> connection) {
    return connection.owed >= context.limits.pipelineMax()
        || connection.lastBegun
        || connection.isLeaving();
  }

  /** Says what the peer waits for, behind the replies that are owed. */
  private boolean say(Connection<Q, R> connection, byte @Nullable [] interim) {
    if (interim == null) {
      return false;
    }
    context.exchanges.owe(connection, Exchange.saying(connection, interim));
    context.exchanges.reply(connection, ConnectionEvent.EXHAUSTED);
    return true;
  }

  /** A decoder in the middle of a request stays with the connection until the request is whole. */
  private void keep(Connection<Q, R> connection, Decoder<Q> current, boolean between) {
    if (between) {
      connection.decoder = null;
    } else {
      connection.decoder = current;
      context.replaceDecoder();
    }
  }

  /** What state a decoder is in that refused is unknown. */
  private void abandon(Connection<Q, R> connection, Decoder<Q> current) {
    current.end();
    connection.decoder = null;
    if (current == context.decoder()) {
      context.replaceDecoder();
    }
  }

  private ConnectionEvent malformed(Connection<Q, R> connection, ProtocolException cause) {
    context.refusal = cause;
    return ConnectionEvent.MALFORMED;
  }

  /** What came before the deadline was set is counted in its favour, once. */
  ConnectionEvent judge(Connection<Q, R> connection) {
    long received = connection.receivedBytes;
    connection.receivedBytes = 0;
    boolean inBody = connection.decoder != null && connection.decoder.outcome().hasHead();
    return inBody && received >= context.limits.requestBytesMin()
        ? ConnectionEvent.ENOUGH
        : ConnectionEvent.LATE;
  }

  /** Whether content of a request that is handled has not arrived. */
  boolean isStarving(Connection<Q, R> connection) {
    return connection.decoder != null && connection.decoder.outcome() == Decoder.Outcome.STARVING;
  }

  ConnectionEvent discard(Connection<Q, R> connection) {
    long received = receive(connection, context.input.capacity());
    if (received > 0) {
      return ConnectionEvent.DISCARDED;
    }
    ConnectionEvent outcome = notReceived(connection, received);
    boolean ended =
        outcome == ConnectionEvent.END_OF_STREAM
            || outcome == ConnectionEvent.WOULD_BLOCK && isEndedSecurely(connection);
    if (!ended) {
      return outcome;
    }
    context.writer.endSecurely(connection);
    return connection.outgoing == null
        ? endOfStream(connection)
        : ConnectionEvent.WOULD_BLOCK; // it is to be sent yet
  }

  /** Makes the read buffer this connection's, with what it had held back. */
  Input takeInput(Connection<Q, R> connection) {
    Input input = context.input;
    if (context.inputOwner != connection) {
      context.claimInput(connection);
      if (connection.held != null) {
        int length = (int) connection.held.length();
        connection.held.drainTo(input.array());
        input.present(0, length);
        context.chunks.giveBack(connection.held);
        connection.held = null;
      }
    }
    return input;
  }

  void dropInput(Connection<Q, R> connection) {
    context.inputOwner = context.inputOwner == connection ? null : context.inputOwner;
    if (connection.held != null) {
      context.chunks.giveBack(connection.held);
      connection.held = null;
    }
    if (connection.tls != null) {
      connection.tls.drop();
    }
  }
}
