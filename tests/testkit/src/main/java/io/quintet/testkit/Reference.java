package io.quintet.testkit;

import io.quintet.Handler;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a codec and a handler answer to a stream that is there at once, in one thread. */
final class Reference {
  private static final ProtocolException LATE =
      new ProtocolException(ProtocolException.LATE, "request too slow");
  private static final ProtocolException EXCESS =
      new ProtocolException(ProtocolException.EXCESS, "too many connections");
  private static final int REPLIES_MAX = 1 << 20;

  private Reference() {}

  private static Output output() {
    Output out = Output.ofBytes(REPLIES_MAX);
    begin(out);
    return out;
  }

  private static void begin(Output out) {
    out.begin(
        _ -> {
          throw new IllegalStateException("more than " + REPLIES_MAX + " bytes of replies");
        },
        SimulatedKernel.EPOCH_SECONDS,
        false);
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
    Output out = output();
    ProtocolException refusal = answer(codec, handler, stream, pieceBytes, out);
    ProtocolException last = end == null ? refusal : end;
    if (last != null && !out.ended()) {
      codec.encoder().encodeRefusal(last, out);
    }
    return out.toBytes();
  }

  /** Gives why the stream was refused in the end, or null. */
  private static <Q, R> @Nullable ProtocolException answer(
      Codec<Q, R> codec, Handler<Q, R> handler, byte[] stream, int pieceBytes, Output out) {
    Input in = new Input(stream.length);
    Decoder<Q> decoder = codec.decoder();
    Encoder<Q, R> encoder = codec.encoder();
    int arrived = 0;
    while (true) {
      if (in.remaining() == 0 && arrived == stream.length) {
        return null;
      }
      Q request = null;
      if (in.remaining() > 0) {
        try {
          request = decoder.decode(in);
        } catch (ProtocolException refusal) {
          return refusal;
        }
      }
      if (request == null && arrived == stream.length) {
        return null;
      }
      if (request == null) {
        int piece = Math.min(pieceBytes, stream.length - arrived);
        System.arraycopy(stream, arrived, in.array(), arrived, piece);
        arrived += piece;
        in.present(in.position(), arrived);
        continue;
      }
      begin(out);
      boolean last = codec.isLast(request);
      try {
        encoder.encode(
            request, Objects.requireNonNull(handler.handle(request), "the handler's reply"), out);
      } catch (Exception failure) {
        encoder.encodeFailure(request, failure, out);
      }
      if (last || out.ended()) {
        return null;
      }
    }
  }
}
