package io.quintet.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import java.util.function.Function;

/** What a store answers to the bytes of one connection. */
final class Answers {
  private static final int BYTES_MAX = 1 << 16;

  private Answers() {}

  /** The replies to a stream that arrives in pieces, as far as the connection goes. */
  static <Q, R> String of(
      Codec<Q, R> codec, Function<Q, R> store, Peer peer, String stream, int pieceBytes) {
    byte[] bytes = stream.getBytes(ISO_8859_1);
    Input in = new Input(bytes.length);
    in.from(peer);
    in.present(0, 0);
    System.arraycopy(bytes, 0, in.array(), 0, bytes.length);
    Output out = Output.ofBytes(BYTES_MAX);
    Decoder<Q> decoder = codec.decoder();
    Encoder<Q, R> encoder = codec.encoder();
    try {
      for (int arrived = 0; arrived < bytes.length && !out.ended(); ) {
        arrived = Math.min(arrived + pieceBytes, bytes.length);
        in.present(in.position(), arrived);
        Q request;
        while (in.remaining() > 0 && !out.ended() && (request = decoder.decode(in)) != null) {
          encoder.encode(request, store.apply(request), out);
        }
      }
    } catch (ProtocolException refusal) {
      encoder.encodeRefusal(refusal, out);
    }
    return new String(out.toBytes(), ISO_8859_1) + (out.ended() ? "(end)" : "");
  }
}
