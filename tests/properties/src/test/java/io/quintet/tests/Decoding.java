package io.quintet.tests;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Feeds a decoder as a loop does: what it leaves is presented again in front of what follows. */
final class Decoding {
  private Decoding() {}

  /**
   * Decodes a stream in pieces.
   *
   * @param ends where the pieces end, ascending; the last piece ends with the stream
   * @return the requests as texts, and last the refusal if there is one
   */
  static <Q> List<String> inPieces(
      Codec<Q, ?> codec, byte[] stream, List<Integer> ends, Function<Q, String> text) {
    Decoder<Q> decoder = codec.decoder();
    Input input = new Input(64 << 10);
    List<String> decoded = new ArrayList<>();
    int begin = 0;
    List<Integer> all = new ArrayList<>(ends);
    all.add(stream.length);
    for (int end : all) {
      int kept = input.remaining();
      System.arraycopy(input.array(), input.position(), input.array(), 0, kept);
      System.arraycopy(stream, begin, input.array(), kept, end - begin);
      input.present(0, kept + end - begin);
      begin = end;
      try {
        Q request = null;
        while (input.remaining() > 0 && (request = decoder.decode(input)) != null) {
          decoded.add(text.apply(codec.detach(request)));
        }
      } catch (ProtocolException e) {
        decoded.add("refused with " + e.code());
        return decoded;
      }
    }
    return decoded;
  }
}
