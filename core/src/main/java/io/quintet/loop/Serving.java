package io.quintet.loop;

import io.quintet.balance.Balancer;
import io.quintet.buffer.ChunkPool;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import io.quintet.service.Handler;
import io.quintet.service.Service;
import io.quintet.transport.Tls;
import java.lang.foreign.Arena;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one loop share: the service, its encoder, the read buffer and the output.
 * One thread.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Serving<Q, R> {
  final Codec<Q, R> codec;
  final @Nullable Handler<Q, R> handler;
  final Service<Q, R> service;

  /** Who runs the handler where the loop itself does not. */
  final @Nullable Balancer<Executor> executors;

  final Limits limits;
  final Encoder<Q, R> encoder;
  final ChunkPool chunks = new ChunkPool();

  /** The read buffer. What it holds is {@link #inputOwner}'s. */
  final Input input;

  final Output output;

  private final @Nullable Function<Peer, SSLEngine> tls;
  private final Tls.@Nullable Scratch scratch;

  /** Room that the input must have for what is received next. */
  final int spareBytes;

  /** Bytes of the memory at {@link #wireAddress}. */
  final int wireBytes;

  /** Native memory through which bytes reach recv(2) and send(2). */
  final long wireAddress;

  /** Requests that the connection at work may still decode in this turn. */
  int budget;

  /** The request that was decoded and is handled next. */
  @Nullable Q request;

  /** Why the bytes at the front of the input are no request. */
  @Nullable ProtocolException refusal;

  /** The connection whose bytes the read buffer holds. */
  @Nullable Connection<Q, R> inputOwner;

  private Decoder<Q> decoder;
  private @Nullable SocketAddress local;

  Serving(
      Service<Q, R> service,
      @Nullable Balancer<Executor> executors,
      Limits limits,
      @Nullable Function<Peer, SSLEngine> tls,
      Arena arena) {
    this.tls = tls;
    this.scratch = tls == null ? null : new Tls.Scratch();
    this.spareBytes = tls == null ? 1 : Tls.RECORD_BYTES_MAX;
    this.service = service;
    this.executors = executors;
    this.codec = service.codec();
    this.handler = service.handler();
    this.limits = limits;
    this.encoder = codec.encoder();
    this.decoder = codec.decoder();
    this.input = new Input(limits.readBufferBytes());
    this.output =
        new Output(
            limits.outputBufferBytes(),
            _ -> {
              throw new IllegalStateException("nobody writes");
            });
    this.wireBytes = Math.max(limits.readBufferBytes(), limits.outputBufferBytes());
    this.wireAddress = arena.allocate(wireBytes, 64).address();
  }

  /** The layer that secures one more connection, where they are secured. */
  @Nullable Tls secured(Peer peer, Tls.Sink sink) {
    Function<Peer, SSLEngine> engines = tls;
    return engines == null
        ? null
        : new Tls(
            () -> engines.apply(peer),
            Objects.requireNonNull(scratch, "one comes with the other"),
            sink);
  }

  /** Bytes queued for a connection above which it is not read. */
  int highWatermarkBytes() {
    return chunks.lentBytes() > limits.bufferBytesMax() ? 0 : limits.highWatermarkBytes();
  }

  /** Empties the read buffer for a connection. */
  void claimInput(Connection<Q, R> owner) {
    inputOwner = owner;
    input.present(0, 0);
    input.from(owner);
  }

  /** The same object for the same address: most connections of a loop have this end in common. */
  @Nullable SocketAddress shared(@Nullable SocketAddress address) {
    if (address == null || !address.equals(local)) {
      local = address;
    }
    return local;
  }

  /** The decoder of connections that are not in the middle of a request. */
  Decoder<Q> decoder() {
    return decoder;
  }

  /** Another decoder takes that place, since this one stays with its connection. */
  void replaceDecoder() {
    decoder = codec.decoder();
  }
}
