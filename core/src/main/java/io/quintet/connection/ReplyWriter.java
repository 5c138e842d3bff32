package io.quintet.connection;

import io.quintet.buffer.ByteQueue;
import io.quintet.codec.Output;
import io.quintet.exchange.Exchange;
import io.quintet.fault.SeededBug;
import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.LoopContext;
import io.quintet.transport.Tls;
import javax.net.ssl.SSLException;

/**
 * Sends what is encoded for a connection, and keeps what its socket does not take: for all
 * connections of a loop, one at a time. The loop's thread alone.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class ReplyWriter<Q, R> {
  private final ConnectionContext<Q, R> context;
  private final LoopContext loop;

  ReplyWriter(ConnectionContext<Q, R> context) {
    this.context = context;
    this.loop = context.loop;
  }

  void sendWhatGoes(Connection<Q, R> connection) {
    ByteQueue queue = connection.outgoing;
    if (queue != null && queue.length() > 0) {
      long sent = send(connection, queue.headAddress(), queue.headLength());
      queue.consume((int) Math.max(sent, 0));
      if (queue.length() == 0) {
        context.chunks.giveBack(queue);
        connection.outgoing = null;
      }
    }
  }

  /** Many requests that arrived at once may have had more replies than the socket took. */
  boolean isAboveWatermark(Connection<Q, R> connection) {
    return connection.outgoing != null
        && connection.outgoing.length() > context.highWatermarkBytes();
  }

  /** Sends; above the high watermark the connection is congested. */
  ConnectionEvent flush(Connection<Q, R> connection) {
    return flush(connection, false);
  }

  /** Sends where it was congested: it is so until the low watermark. */
  ConnectionEvent relieve(Connection<Q, R> connection) {
    return flush(connection, true);
  }

  private ConnectionEvent flush(Connection<Q, R> connection, boolean relieved) {
    Output out = context.output;
    loop.timeAnswers();
    if (connection.outgoing == null && out.length() > 0 && !connection.secured) {
      long sent = send(connection, out);
      if (sent < 0) {
        ConnectionEvent failure = context.failed(connection, Call.SEND, sent);
        if (failure != ConnectionEvent.WOULD_BLOCK) {
          return failure;
        }
        sent = 0;
      }
      queue(connection, out, (int) sent);
      out.clear();
      return left(connection, relieved);
    }
    return connection.outgoing == null && out.length() == 0
        ? left(connection, relieved)
        : flushQueue(connection, out, relieved);
  }

  private ConnectionEvent flushQueue(Connection<Q, R> connection, Output out, boolean relieved) {
    queue(connection, out, 0);
    out.clear();
    ByteQueue queue = connection.outgoing;
    if (queue == null) {
      return left(connection, relieved); // nothing can be told before the handshake
    }
    while (queue.length() > 0) {
      int length = queue.headLength();
      long sent = send(connection, queue.headAddress(), length);
      if (sent < 0) {
        ConnectionEvent failure = context.failed(connection, Call.SEND, sent);
        return failure == ConnectionEvent.WOULD_BLOCK ? left(connection, relieved) : failure;
      }
      queue.consume((int) sent);
      if (sent < length) {
        return left(connection, relieved); // a short count means a full socket buffer, send(2)
      }
    }
    context.chunks.giveBack(queue);
    connection.outgoing = null;
    return left(connection, relieved);
  }

  long send(Connection<Q, R> connection, Output out) {
    Memory.copy(out.array(), 0, context.wireAddress, out.length());
    return send(connection, context.wireAddress, out.length());
  }

  long send(Connection<Q, R> connection, long address, int length) {
    loop.metrics().sending();
    long sent = loop.kernel().send(connection.fd(), address, length, Linux.MSG_NOSIGNAL());
    loop.metrics().sent(sent);
    return sent;
  }

  void queue(Connection<Q, R> connection, Output out, int from) {
    if (from < out.length() && !(from > 0 && SeededBug.PARTIAL_WRITE_DROPPED.isOn())) {
      if (!connection.secured) {
        queue(connection, out.array(), from, out.length() - from);
      } else if (connection.tls != null) {
        encrypt(connection, connection.tls, out);
      }
    }
  }

  private void encrypt(Connection<Q, R> connection, Tls layer, Output out) {
    try {
      layer.send(out.array(), 0, out.length());
    } catch (SSLException e) {
      // the peer has ended it: the next event of the socket tells
      loop.refused(Refusal.INSECURE, String.valueOf(e.getMessage()));
    }
  }

  void queue(Connection<Q, R> connection, byte[] bytes, int offset, int length) {
    if (length > 0) {
      if (connection.outgoing == null) {
        connection.outgoing = context.chunks.lendQueue();
      }
      connection.outgoing.append(bytes, offset, length);
    }
  }

  /** What is left after a flush, the most pressing first. */
  private ConnectionEvent left(Connection<Q, R> connection, boolean relieved) {
    ByteQueue queue = connection.outgoing;
    if (queue != null) {
      int high = context.highWatermarkBytes(); // with what is queued for this one
      int most =
          relieved || connection.congested
              ? Math.min(context.limits.lowWatermarkBytes(), high)
              : high;
      connection.congested = queue.length() > most;
      return connection.congested ? ConnectionEvent.CONGESTED : ConnectionEvent.BLOCKED;
    }
    connection.congested = false;
    if (connection.session != null) {
      return context.sessions.left(connection, connection.session);
    }
    Exchange<Q, R> first = connection.firstOwed;
    if (first != null) {
      if (first.isReady()) {
        connection.replyReady(); // the watermark held it back
      }
      return context.reader.isStarving(connection)
          ? ConnectionEvent.HOLDING
          : ConnectionEvent.OWING;
    }
    if (connection.tls != null && connection.tls.isHolding()) {
      return ConnectionEvent.HOLDING;
    }
    boolean undecoded =
        context.inputOwner == connection ? context.input.remaining() > 0 : connection.held != null;
    boolean inside = connection.decoder != null && !connection.decoder.outcome().isBetween();
    return undecoded || inside ? ConnectionEvent.HOLDING : ConnectionEvent.CLEAR;
  }

  /** Tells the peer that no more follows, if the socket takes it at once. */
  void endSecurely(Connection<Q, R> connection) {
    if (connection.tls != null && !connection.saidEnd) {
      connection.saidEnd = true;
      try {
        connection.tls.end();
      } catch (SSLException e) {
        return; // it was broken before
      }
      sendWhatGoes(connection);
    }
  }

  ConnectionEvent endOutput(Connection<Q, R> connection) {
    context.reader.dropInput(connection);
    context.handshakes.forsake(connection);
    endSecurely(connection);
    if (connection.outgoing != null) {
      return ConnectionEvent.BLOCKED;
    }
    int result = loop.kernel().shutdown(connection.fd(), Linux.SHUT_WR());
    if (result < 0) {
      context.failed(connection, Call.SHUTDOWN, result);
      return ConnectionEvent.BROKEN;
    }
    return ConnectionEvent.ENDED;
  }
}
