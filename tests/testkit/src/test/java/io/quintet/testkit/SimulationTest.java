package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Echo;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Simulated runs of whole servers: what must hold holds, and what does not is found and told. */
class SimulationTest {
  /** Runs of all patterns together; {@code -Dquintet.runs=1000000} is the long way. */
  private static final int RUNS = Integer.getInteger("quintet.runs", 10_000);

  /** The same runs each time, unless others are asked for: {@code -Dquintet.seed=4711}. */
  private static final long SEED = Long.getLong("quintet.seed", 1);

  @Test
  void nothingIsLostOrLeftOpenUnderAnyPatternWhateverFails() {
    long began = System.nanoTime();
    Shouting.properties().runs(RUNS).seed(SEED).check();
    System.out.printf(
        "%,d simulated runs from seed %d, faults on: 0 violations, %.1f s%n",
        RUNS, SEED, (System.nanoTime() - began) / 1e9);
  }

  @Test
  void nothingIsLostUnderArrangementsOfAUsersOwn() {
    Shouting.properties()
        .topologies(Shouting.example("shared-listener"), Shouting.example("blocking-handlers"))
        .runs(RUNS / 10)
        .seed(SEED)
        .check();
  }

  /** Each listener of a process has its turn where another connection's end frees a descriptor. */
  @Test
  void whoWaitsForADescriptorHasItsTurnUnderEveryPattern() {
    Shouting.properties().crowded(true).runs(RUNS / 5).seed(SEED).check();
  }

  @Test
  void rawBytesComeBackUnderEveryPattern() {
    QuintetProperties.of(Echo.codec(), bytes -> bytes).runs(RUNS / 20).seed(SEED).check();
  }

  @Test
  void httpIsAnsweredUnderEveryPatternAlsoWhereItIsMalformed() {
    Codec<HttpRequest, HttpResponse> codec = Http.codec();
    QuintetProperties.of(codec, request -> HttpResponse.text(request.path()))
        .samples(
            "GET /a HTTP/1.1\r\nHost: b\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\nhello",
            "GET /last HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n")
        .runs(RUNS / 20)
        .seed(SEED)
        .check();
  }

  @Test
  void contentIsStreamedThroughUnderEveryPattern() {
    StreamingThrough.properties().runs(RUNS / 5).seed(SEED).check();
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    assertEquals(story(4711), story(4711));
    assertTrue(!story(4711).equals(story(4712)));
  }

  private static String story(long seed) {
    Story story = Story.told();
    Simulation.Subject<String, String> subject =
        new Simulation.Subject<>(
            Line.codec(),
            line -> line,
            choices -> (choices.draw(100) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8),
            List.of("load-balanced"),
            true,
            true,
            false);
    Simulation.run(subject, Choices.ofSeed(seed), story);
    return story.text();
  }

  /** Lines, of which a part that came without its end is forgotten. */
  private static final class Forgetful implements Codec<String, String> {
    private final Codec<String, String> line = Line.codec();

    @Override
    public String name() {
      return "forgetful";
    }

    @Override
    public Decoder<String> decoder() {
      Decoder<String> decoder = line.decoder();
      return new Decoder<>() {
        @Override
        public @Nullable String decode(Input in) {
          if (in.indexOf((byte) '\n', 0) < 0) {
            in.skip(in.remaining());
          }
          return decoder.decode(in);
        }

        @Override
        public boolean idle() {
          return decoder.idle();
        }
      };
    }

    @Override
    public Encoder<String, String> encoder() {
      return line.encoder();
    }
  }

  @Test
  void aCodecThatForgetsIsFoundAndAShortStoryTold() {
    AssertionError failure =
        assertThrows(
            AssertionError.class,
            () ->
                QuintetProperties.of(new Forgetful(), line -> line)
                    .samples("ab\n")
                    .topologies("single-thread")
                    .faults(false)
                    .seed(1)
                    .check());
    String message = failure.getMessage();
    assertTrue(message.contains(" got "), message);
    assertTrue(message.contains("seed "), message);
    assertTrue(message.contains(" sends 1 bytes]"), message);
    assertTrue(message.contains("connection serving --RECEIVED / DECODE-> serving"), message);
    assertTrue(message.lines().filter(told -> !told.contains("    ")).count() < 60, message);
  }
}
