package io.quintet.connection;

import io.quintet.codec.Decoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.codec.Session;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.exchange.Exchange;
import io.quintet.fault.SeededBug;
import io.quintet.metrics.HandlerEvent;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.LoopContext;
import io.quintet.service.Handler;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * What becomes of a connection's requests: they are handled here or given to workers, their replies
 * are owed in order, and encoded as they become ready. For all connections of a loop, one at a
 * time. The loop's thread alone.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Exchanges<Q, R> {
  private static final ProtocolException SLOW = ProtocolException.late("request too slow");

  private final ConnectionContext<Q, R> context;
  private final LoopContext loop;

  Exchanges(ConnectionContext<Q, R> context) {
    this.context = context;
    this.loop = context.loop;
  }

  ConnectionEvent handle(Connection<Q, R> connection) {
    Q taken = Objects.requireNonNull(context.request, "a request");
    context.request = null;
    if (context.executors != null && !context.codec.isInline(taken)) {
      Exchange<Q, R> reply = Exchange.to(connection, context.codec.detach(taken));
      reply.earlier = connection.lastOwed;
      owe(connection, reply);
      reply.handlerReturned(); // as far as the loop is concerned
      return place(connection);
    }
    Handler<Q, R> handler = context.handler;
    return handler != null && connection.firstOwed == null
        ? handleNow(connection, taken, handler)
        : handleLater(connection, context.codec.detach(taken));
  }

  /** Gives the request that was decoded last to a worker, unless it has one. */
  ConnectionEvent place(Connection<Q, R> connection) {
    Exchange<Q, R> reply = connection.lastOwed;
    if (reply == null || reply.placed || isBehindAnother(reply)) {
      return ConnectionEvent.LATER;
    }
    if (context.executors == null) { // it waited for a worker in another loop
      handleHere(reply);
      return ConnectionEvent.LATER;
    }
    HandlerExecutor executor = context.executors.choose();
    if (executor == null) {
      context.crowded(connection);
      return ConnectionEvent.CROWDED;
    }
    reply.placed = true;
    if (!executor.execute(reply)) {
      reply.undelivered();
    }
    return ConnectionEvent.LATER;
  }

  /** Whether it is handled by who handles the one before it, since their order matters. */
  private boolean isBehindAnother(Exchange<Q, R> reply) {
    Exchange<Q, R> before = reply.earlier;
    reply.earlier = null;
    if (before == null || !(before.isOrdered() || reply.isOrdered())) {
      return false;
    }
    reply.placed = before.isFollowedBy(reply);
    return reply.placed;
  }

  private ConnectionEvent handleNow(Connection<Q, R> connection, Q taken, Handler<Q, R> handler) {
    Output out = beginReply(connection, true);
    R reply;
    try {
      reply =
          HandlerEvent.PROBE.isEnabled()
              ? handleRecorded(connection, taken, handler)
              : handler.handle(taken);
      Objects.requireNonNull(reply, "the handler's reply");
    } catch (Throwable failure) {
      loop.handlerFailed(connection.describe(taken), failure);
      context.encoder.encodeFailure(taken, failure, out);
      return answered(connection, out);
    }
    connection.encode(taken, reply, out);
    ReplyParts rest = out.parts();
    if (rest != null) {
      connection.lastBegun |= out.ended();
      loop.metrics().replied(out.kind());
      owe(connection, Exchange.begun(connection, context.codec.detach(taken), rest));
      return reply(connection, ConnectionEvent.LATER);
    }
    begin(connection, out);
    return answered(connection, out);
  }

  /** What follows the reply is a session, where that says so. */
  private void begin(Connection<Q, R> connection, Output out) {
    Session session = out.session();
    if (session != null) {
      context.sessions.begin(connection, session);
    }
  }

  private R handleRecorded(Connection<Q, R> connection, Q taken, Handler<Q, R> handler)
      throws Exception {
    HandlerEvent event = new HandlerEvent();
    event.loop = loop.name();
    event.begin();
    try {
      return handler.handle(taken);
    } finally {
      event.end();
      if (event.shouldCommit()) {
        event.request = connection.describe(taken);
        event.commit();
      }
    }
  }

  private ConnectionEvent answered(Connection<Q, R> connection, Output out) {
    loop.metrics().replied(out.kind());
    loop.metrics().answered();
    return out.ended() ? ConnectionEvent.LAST_REPLIED : ConnectionEvent.REPLIED;
  }

  private ConnectionEvent handleLater(Connection<Q, R> connection, Q taken) {
    Exchange<Q, R> reply = Exchange.to(connection, taken);
    reply.earlier = connection.hasMoved ? connection.lastOwed : null;
    owe(connection, reply);
    if (!isBehindAnother(reply)) {
      handleHere(reply);
    }
    reply.handlerReturned();
    return reply(connection, ConnectionEvent.LATER);
  }

  void encode(Connection<Q, R> connection, Q request, R reply, Output out) {
    try {
      context.encoder.encode(request, reply, out);
    } catch (RuntimeException | Error failure) {
      loop.handlerFailed(connection.describe(request), failure);
      connection.drop(request, reply);
      if (out.restart()) {
        context.encoder.encodeFailure(request, failure, out);
      }
      out.endConnection();
    }
  }

  private void handleHere(Exchange<Q, R> reply) {
    reply.placed = true;
    reply.handle();
    reply.done();
  }

  void owe(Connection<Q, R> connection, Exchange<Q, R> reply) {
    if (connection.lastOwed == null) {
      connection.firstOwed = reply;
    } else {
      connection.lastOwed.later = reply;
    }
    connection.lastOwed = reply;
    connection.owed++;
  }

  /** Encodes the replies at the front that are ready; of one in parts, as many as in a turn. */
  ConnectionEvent reply(Connection<Q, R> connection, ConnectionEvent otherwise) {
    if (connection.session != null) {
      return context.sessions.write(connection, connection.session, otherwise);
    }
    Exchange<Q, R> reply;
    if (SeededBug.SWAPPED_REPLIES.isOn()) {
      readyFirst(connection);
    }
    while ((reply = connection.firstOwed) != null
        && reply.isReady()
        && !context.writer.isAboveWatermark(connection)) {
      Output out = beginReply(connection, reply.later == null);
      boolean whole = reply.encode(out);
      loop.metrics().replied(out.kind());
      if (!whole) {
        connection.lastBegun |= out.ended();
        context.budget = Math.max(context.budget - 1, 0);
        if (context.budget == 0) {
          break;
        }
        continue;
      }
      if (reply.isToRequest()) {
        loop.metrics().took(loop.kernel().nanoTime() - reply.beganNanos, 1);
      }
      connection.firstOwed = reply.later;
      connection.lastOwed = connection.firstOwed == null ? null : connection.lastOwed;
      connection.owed--;
      if (out.ended() || connection.lastBegun) {
        forgetOwed(connection);
        return ConnectionEvent.LAST_REPLIED;
      }
      begin(connection, out);
    }
    return otherwise;
  }

  /** Encodes and sends what is ready, in the middle of a request. */
  ConnectionEvent answer(Connection<Q, R> connection) {
    ConnectionEvent replied = reply(connection, ConnectionEvent.REPLIED);
    if (replied == ConnectionEvent.LAST_REPLIED) {
      return replied;
    }
    ConnectionEvent left = context.writer.flush(connection);
    return left == ConnectionEvent.RETRY ? ConnectionEvent.AGAIN : left;
  }

  /** The bug of that name: the second reply goes first if it is ready and the first is not. */
  private void readyFirst(Connection<Q, R> connection) {
    Exchange<Q, R> first = connection.firstOwed;
    Exchange<Q, R> second = first == null ? null : first.later;
    if (second != null && second.isReady() && !first.isReady()) {
      first.later = second.later;
      second.later = first;
      connection.firstOwed = second;
      connection.lastOwed = connection.lastOwed == second ? first : connection.lastOwed;
    }
  }

  void forgetOwed(Connection<Q, R> connection) {
    for (Exchange<Q, R> reply = connection.firstOwed; reply != null; reply = reply.later) {
      reply.abandon();
    }
    connection.firstOwed = null;
    connection.lastOwed = null;
    connection.owed = 0;
  }

  ConnectionEvent refuse(Connection<Q, R> connection, ProtocolException cause) {
    Refusal why = Refusal.of(cause);
    loop.refused(why, why == Refusal.MALFORMED ? String.valueOf(cause.getMessage()) : "");
    owe(connection, Exchange.refusing(connection, cause));
    reply(connection, ConnectionEvent.REFUSED);
    return ConnectionEvent.REFUSED;
  }

  ConnectionEvent refuseLate(Connection<Q, R> connection) {
    Decoder<Q> current = connection.decoder == null ? context.decoder() : connection.decoder;
    ProtocolException refusal = current.refusing(SLOW);
    context.reader.endDecoder(connection);
    return refuse(connection, refusal);
  }

  /** Begins a reply, which is the last one where no other is owed and the connection ends. */
  private Output beginReply(Connection<Q, R> connection, boolean owedLast) {
    Output out = context.output;
    out.begin(connection, loop.epochSeconds(), owedLast && connection.isLeaving());
    return out;
  }

  ConnectionEvent giveUp(Connection<Q, R> connection) {
    if (connection.session != null) {
      return context.sessions.giveUp(connection, connection.session);
    }
    connection.givenUp = true;
    context.reader.endDecoder(connection);
    loop.refused(
        Refusal.OVERDUE, connection.firstOwed == null ? "" : connection.firstOwed.toString());
    Throwable cause = new TimeoutException("the handler did not answer in time");
    for (Exchange<Q, R> reply = connection.firstOwed; reply != null; reply = reply.later) {
      reply.giveUp(cause);
    }
    reply(connection, ConnectionEvent.REFUSED);
    if (connection.session != null) { // it was just answered
      connection.session.conclude();
      return context.sessions.giveUp(connection, connection.session);
    }
    return ConnectionEvent.REFUSED;
  }
}
