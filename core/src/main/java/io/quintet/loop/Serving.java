package io.quintet.loop;

import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one loop share: the service, its encoder, the read buffer and the output.
 * One thread.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Serving<Q, R> {
  final Service<Q, R> service;
  final Limits limits;
  final Encoder<Q, R> encoder;
  final ChunkPool chunks = new ChunkPool();

  /** The read buffer. What it holds is {@link #inputOwner}'s. */
  final Input input;

  final long inputAddress;
  final Output output;

  /** The connection whose bytes the read buffer holds. */
  @Nullable Connection<Q, R> inputOwner;

  private @Nullable Decoder<Q> spareDecoder;

  Serving(Service<Q, R> service, Limits limits, Arena arena) {
    this.service = service;
    this.limits = limits;
    this.encoder = service.codec().encoder();
    var readBuffer = arena.allocate(limits.readBufferBytes() + Long.BYTES, 64);
    this.input = new Input(readBuffer);
    this.inputAddress = readBuffer.address();
    this.output =
        new Output(
            arena.allocate(limits.outputBufferBytes(), 64),
            _ -> {
              throw new IllegalStateException("nobody writes");
            });
  }

  /** Empties the read buffer for a connection. */
  void claimInput(Connection<Q, R> owner) {
    inputOwner = owner;
    input.present(0, 0);
  }

  Decoder<Q> lendDecoder() {
    Decoder<Q> decoder = spareDecoder;
    spareDecoder = null;
    return decoder == null ? service.codec().decoder() : decoder;
  }

  void giveBack(Decoder<Q> idle) {
    spareDecoder = idle;
  }
}
