package io.quintet.testkit;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Netstrings: {@code 5:hello,}. */
final class Netstring implements Codec<String, String> {
  @Override
  public String name() {
    return "netstring";
  }

  @Override
  public Decoder<String> decoder() {
    return new Decoder<>() {
      @Override
      public @Nullable String decode(Input in) {
        int length = 0;
        for (int i = 0; i < Math.min(in.remaining(), 5); i++) {
          byte b = in.peek(i);
          if (b == ':' && i > 0) {
            return in.remaining() < i + length + 2 ? null : take(in, i + 1, length);
          }
          if (b < '0' || b > '9') {
            throw new ProtocolException(0, "no length");
          }
          length = 10 * length + b - '0';
        }
        if (in.remaining() < 5) {
          return null; // what is not consumed comes again with what follows
        }
        throw new ProtocolException(0, "longer than 9999 bytes");
      }

      @Override
      public Outcome outcome() {
        return Outcome.IDLE;
      }
    };
  }

  private static String take(Input in, int from, int length) {
    if (in.peek(from + length) != ',') {
      throw new ProtocolException(0, "no comma");
    }
    in.skip(from);
    String text = in.takeText(length, StandardCharsets.UTF_8);
    in.skip(1);
    return text;
  }

  @Override
  public Encoder<String, String> encoder() {
    return new Encoder<>() {
      @Override
      public void encode(String request, String reply, Output out) {
        byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
        out.putDecimal(bytes.length);
        out.put((byte) ':');
        out.put(bytes);
        out.put((byte) ',');
      }

      @Override
      public void encodeFailure(String request, Throwable failure, Output out) {
        encode(request, "failed", out);
      }

      @Override
      public void encodeRefusal(ProtocolException refusal, Output out) {
        encode("", "refused: " + refusal.getMessage(), out);
        out.endConnection();
      }
    };
  }
}
