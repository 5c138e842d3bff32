package io.quintet.testkit;

import io.quintet.Handler;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** What a codec and a handler answer to a stream that is there at once, in one thread. */
final class Reference {
  private static final ProtocolException LATE =
      new ProtocolException(ProtocolException.LATE, "request too slow");
  private static final ProtocolException EXCESS =
      new ProtocolException(ProtocolException.EXCESS, "too many connections");
  private static final int OUTPUT_BYTES = 4096;

  private Reference() {}

  /** Where all replies to a stream are written, however long they are. */
  private static final class Written {
    private final ByteArrayOutputStream before = new ByteArrayOutputStream();
    private final Output out = new Output(OUTPUT_BYTES, this::spill);

    Written() {
      begin();
    }

    void begin() {
      out.begin(this::spill, SimulatedKernel.EPOCH_SECONDS, false);
    }

    private void spill(Output full) {
      before.writeBytes(full.toBytes());
      full.clear();
    }

    byte[] bytes() {
      spill(out);
      return before.toByteArray();
    }
  }

  /**
   * What a client may get.
   *
   * @param certain the replies to all that it sends, byte by byte
   * @param otherwise what it may get instead, or a beginning of that: in one piece more may be
   *     wrong with a request that is not whole, and one that never gets whole is refused in the end
   */
  record Replies(byte[] certain, List<byte[]> otherwise) {}

  /** The replies to a stream, which may be one too many. */
  static <Q, R> Replies replies(
      Codec<Q, R> codec, Handler<Q, R> handler, byte[] stream, boolean refusable) {
    List<byte[]> otherwise = new ArrayList<>();
    otherwise.add(answered(codec, handler, stream, Math.max(stream.length, 1), null));
    otherwise.add(answered(codec, handler, stream, 1, LATE));
    otherwise.add(answered(codec, handler, stream, 1, codec.decoder().refusing(LATE)));
    if (refusable) {
      otherwise.add(answered(codec, handler, new byte[0], 1, EXCESS));
    }
    return new Replies(answered(codec, handler, stream, 1, null), otherwise);
  }

  /** The replies to a stream that comes in pieces, and a refusal if that is what is left. */
  private static <Q, R> byte[] answered(
      Codec<Q, R> codec,
      Handler<Q, R> handler,
      byte[] stream,
      int pieceBytes,
      @Nullable ProtocolException end) {
    Written written = new Written();
    Decoder<Q> decoder = codec.decoder();
    ProtocolException refusal = answer(codec, handler, decoder, stream, pieceBytes, written);
    ProtocolException last = end == null ? refusal : decoder.refusing(end);
    if (last != null && !written.out.ended()) {
      codec.encoder().encodeRefusal(last, written.out);
    }
    return written.bytes();
  }

  /** Gives why the stream was refused in the end, or null. */
  private static <Q, R> @Nullable ProtocolException answer(
      Codec<Q, R> codec,
      Handler<Q, R> handler,
      Decoder<Q> decoder,
      byte[] stream,
      int pieceBytes,
      Written written) {
    Output out = written.out;
    Arriving<Q> arriving = new Arriving<>(decoder, stream, pieceBytes);
    Encoder<Q, R> encoder = codec.encoder();
    Draining draining = null;
    try {
      while (true) {
        Q request = arriving.next(draining);
        if (draining != null && draining.hasFailed()) {
          return null; // the connection ends without the end of the reply
        }
        if (request == null) {
          return null;
        }
        written.begin();
        boolean last = codec.isLast(request);
        try {
          encoder.encode(
              request, Objects.requireNonNull(handler.handle(request), "the handler's reply"), out);
        } catch (Exception failure) {
          encoder.encodeFailure(request, failure, out);
        }
        draining = out.parts() == null ? null : new Draining(out.parts(), out);
        if (draining == null && (last || out.ended())) {
          return null;
        }
      }
    } catch (ProtocolException refusal) {
      return refusal;
    }
  }

  /** A stream that comes in pieces, and what is decoded of it. */
  private static final class Arriving<Q> {
    private final Decoder<Q> decoder;
    private final byte[] stream;
    private final int pieceBytes;
    private final Input in;
    private int arrived;

    Arriving(Decoder<Q> decoder, byte[] stream, int pieceBytes) {
      this.decoder = decoder;
      this.stream = stream;
      this.pieceBytes = pieceBytes;
      this.in = new Input(stream.length);
    }

    /** The next request, or null where there is none, or the connection ends before it. */
    @Nullable Q next(@Nullable Draining draining) {
      while (draining == null || !draining.endsConnection()) {
        boolean inContent = decoder.hasGiven();
        Q request = in.remaining() > 0 ? decoder.decode(in) : null;
        if (request != null) {
          return request;
        }
        if (inContent && !decoder.hasGiven() && in.remaining() > 0) {
          continue; // behind the content
        }
        if (arrived == stream.length) {
          decoder.end();
          return null;
        }
        int piece = Math.min(pieceBytes, stream.length - arrived);
        System.arraycopy(stream, arrived, in.array(), arrived, piece);
        arrived += piece;
        in.present(in.position(), arrived);
      }
      return null;
    }
  }

  /** A reply that comes in parts, as they are published. */
  private static final class Draining implements Flow.Subscriber<byte[]> {
    private final ReplyParts parts;
    private final Output out;
    private boolean failed;

    Draining(ReplyParts parts, Output out) {
      this.parts = parts;
      this.out = out;
      parts.publisher().subscribe(this);
    }

    boolean hasFailed() {
      return failed;
    }

    boolean endsConnection() {
      return failed || out.ended();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(byte[] part) {
      parts.encode(part, out);
    }

    @Override
    public void onError(Throwable failure) {
      failed = true;
    }

    @Override
    public void onComplete() {
      parts.encodeEnd(out);
    }
  }
}
