package io.quintet.tests;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;

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
    List<String> decoded = new ArrayList<>();
    feed(
            codec.decoder(),
            new Input(64 << 10),
            stream,
            begin -> ends.stream().filter(end -> end > begin).findFirst().orElse(stream.length),
            request -> decoded.add(text.apply(codec.detach(request))))
        .ifPresent(refusal -> decoded.add("refused with " + refusal.code()));
    return decoded;
  }

  /**
   * Decodes a stream in pieces; any other exception than the codec's own comes out.
   *
   * @param end where the piece ends that begins at an index
   * @param each takes a request, and says whether another one may follow
   * @return the refusal, if there is one
   */
  static <Q> Optional<ProtocolException> feed(
      Decoder<Q> decoder, Input input, byte[] stream, IntUnaryOperator end, Predicate<Q> each) {
    int begin = 0;
    input.present(0, 0);
    while (begin < stream.length) {
      int kept = input.remaining();
      int count = end.applyAsInt(begin) - begin;
      System.arraycopy(input.array(), input.position(), input.array(), 0, kept);
      System.arraycopy(stream, begin, input.array(), kept, count);
      input.present(0, kept + count);
      begin += count;
      try {
        Q request;
        while (input.remaining() > 0 && (request = decoder.decode(input)) != null) {
          if (!each.test(request)) {
            return Optional.empty();
          }
        }
      } catch (ProtocolException e) {
        return Optional.of(e);
      }
    }
    return Optional.empty();
  }
}
