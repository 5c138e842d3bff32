package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Line;
import io.quintet.codec.ProtocolException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server refuses is counted by its reason, whatever number a protocol has for it. */
class RefusalReasonTest {
  /** Refuses whatever comes, with a number that HTTP has for something else. */
  private record Refusing(int code, Codec<String, String> lines) implements Codec<String, String> {
    @Override
    public String name() {
      return "refusing";
    }

    @Override
    public Decoder<String> decoder() {
      return new Decoder<>() {
        @Override
        public String decode(Input in) {
          if (in.remaining() > 0) {
            throw new ProtocolException(code, "not spoken here");
          }
          return null;
        }

        @Override
        public Outcome outcome() {
          return Outcome.IDLE;
        }
      };
    }

    @Override
    public Encoder<String, String> encoder() {
      return lines.encoder();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 400, 408, 503})
  void whatACodecRefusesIsMalformed(int code) throws IOException {
    try (Server server =
            Quintet.server(new Refusing(code, Line.codec()), line -> line)
                .listen("127.0.0.1", 0)
                .start();
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      client.getOutputStream().write('x');
      client.getInputStream().readAllBytes(); // its end follows the refusal
      Map<?, ?> loop = (Map<?, ?>) ((List<?>) server.stats().get("loops")).getFirst();
      assertEquals(1L, loop.get("refusedMalformed"));
      assertEquals(0L, loop.get("refusedLate"));
      assertEquals(0L, loop.get("refusedExcess"));
    }
  }
}
