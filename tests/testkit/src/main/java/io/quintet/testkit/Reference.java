package io.quintet.testkit;

import io.quintet.Handler;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.util.Arrays;
import java.util.Objects;

/** What a codec and a handler answer to a stream that is there at once, in one thread. */
final class Reference {
  private static final int REPLIES_MAX = 1 << 20;

  private Reference() {}

  /** What follows the replies where a request was begun and not ended in time. */
  static <Q, R> byte[] late(Codec<Q, R> codec) {
    Output out = Output.ofBytes(REPLIES_MAX);
    codec
        .encoder()
        .encodeRefusal(new ProtocolException(ProtocolException.LATE, "request too slow"), out);
    return out.toBytes();
  }

  static <Q, R> byte[] replies(Codec<Q, R> codec, Handler<Q, R> handler, byte[] stream) {
    Input in = Input.of(Arrays.copyOf(stream, stream.length));
    Output.Spill none =
        _ -> {
          throw new IllegalStateException("more than " + REPLIES_MAX + " bytes of replies");
        };
    Output out = new Output(REPLIES_MAX, none);
    Decoder<Q> decoder = codec.decoder();
    Encoder<Q, R> encoder = codec.encoder();
    while (in.remaining() > 0 && !out.ended()) {
      out.begin(none, SimulatedKernel.EPOCH_SECONDS, false);
      Q request;
      try {
        request = decoder.decode(in);
      } catch (ProtocolException refusal) {
        encoder.encodeRefusal(refusal, out);
        break;
      }
      if (request == null) {
        break;
      }
      boolean last = codec.isLast(request);
      try {
        encoder.encode(
            request, Objects.requireNonNull(handler.handle(request), "the handler's reply"), out);
      } catch (Exception failure) {
        encoder.encodeFailure(request, failure, out);
      }
      if (last) {
        break;
      }
    }
    return out.toBytes();
  }
}
