package io.quintet.testkit;

import io.quintet.Handler;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A codec that counts the requests that are taken of each client, and what becomes of replies:
 * whatever a handler gives is encoded or dropped, once.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class ReplyLedger<Q, R> implements Codec<Q, R> {
  private final Codec<Q, R> codec;
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong encoded = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final Map<Integer, Integer> taken = new ConcurrentHashMap<>();

  ReplyLedger(Codec<Q, R> codec) {
    this.codec = codec;
  }

  /** The same handler, whose replies are counted. */
  Handler<Q, R> counted(Handler<Q, R> handler) {
    return request -> {
      R reply = handler.handle(request);
      if (reply != null) {
        given.incrementAndGet();
      }
      return reply;
    };
  }

  boolean isBalanced() {
    return given.get() == encoded.get() + dropped.get();
  }

  @Override
  public String toString() {
    return "%d replies were given, %d encoded and %d dropped"
        .formatted(given.get(), encoded.get(), dropped.get());
  }

  @Override
  public String name() {
    return codec.name();
  }

  /** Requests that were decoded of what came from a port. */
  int taken(int port) {
    return taken.getOrDefault(port, 0);
  }

  private void take(Peer from) {
    if (from.address().orElse(null) instanceof InetSocketAddress address) {
      taken.merge(address.getPort(), 1, Integer::sum);
    }
  }

  @Override
  public Decoder<Q> decoder() {
    Decoder<Q> decoder = codec.decoder();
    return new Decoder<>() {
      @Override
      public @Nullable Q decode(Input in) {
        Q request = decoder.decode(in);
        if (request != null) {
          take(in.peer());
        }
        return request;
      }

      @Override
      public boolean idle() {
        return decoder.idle();
      }

      @Override
      public byte @Nullable [] interim() {
        return decoder.interim();
      }

      @Override
      public boolean hasHead() {
        return decoder.hasHead();
      }

      @Override
      public boolean hasGiven() {
        return decoder.hasGiven();
      }

      @Override
      public boolean isHolding() {
        return decoder.isHolding();
      }

      @Override
      public boolean isStarving() {
        return decoder.isStarving();
      }

      @Override
      public ProtocolException refusing(ProtocolException cause) {
        return decoder.refusing(cause);
      }

      @Override
      public void end() {
        decoder.end();
      }
    };
  }

  @Override
  public Encoder<Q, R> encoder() {
    Encoder<Q, R> encoder = codec.encoder();
    return new Encoder<>() {
      @Override
      public void encode(Q request, R reply, Output out) {
        encoder.encode(request, reply, out);
        encoded.incrementAndGet();
      }

      @Override
      public void encodeFailure(Q request, Throwable failure, Output out) {
        encoder.encodeFailure(request, failure, out);
      }

      @Override
      public void encodeRefusal(ProtocolException refusal, Output out) {
        encoder.encodeRefusal(refusal, out);
      }
    };
  }

  @Override
  public void drop(R reply) {
    dropped.incrementAndGet();
    codec.drop(reply);
  }

  @Override
  public List<String> applicationProtocols() {
    return codec.applicationProtocols();
  }

  @Override
  public boolean isLast(Q request) {
    return codec.isLast(request);
  }

  @Override
  public boolean isInline(Q request) {
    return codec.isInline(request);
  }

  @Override
  public boolean isOrdered(Q request) {
    return codec.isOrdered(request);
  }

  @Override
  public String describe(Q request) {
    return codec.describe(request);
  }

  @Override
  public Q detach(Q request) {
    return codec.detach(request);
  }
}
