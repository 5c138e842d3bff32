package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Line;
import io.quintet.kernel.Interleaving;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Simulated runs of whole servers: what must hold holds, and what does not is found and told. */
class SimulationTest {
  /** Runs of all patterns together; {@code -Dquintet.runs=1000000} is the long way. */
  private static final int RUNS = Integer.getInteger("quintet.runs", 10_000);

  @Test
  void nothingIsLostOrLeftOpenUnderAnyPatternWhateverFails() {
    long began = System.nanoTime();
    Services.LINES.check(Arrangements.PATTERNS, RUNS);
    System.out.printf(
        "%,d simulated runs from seed %d, faults on: 0 violations, %.1f s%n",
        RUNS, Long.getLong("quintet.seed", 1), (System.nanoTime() - began) / 1e9);
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLostUnderArrangementsOfAUsersOwn(Services service) {
    service.check(Arrangements.OWN, RUNS / (service == Services.SECURE_LINES ? 1_000 : 10));
  }

  /** Each listener of a process has its turn where another connection's end frees a descriptor. */
  @Test
  void whoWaitsForADescriptorHasItsTurnUnderEveryPattern() {
    Services.CROWDED_LINES.check(Arrangements.PATTERNS, RUNS / 5);
  }

  @Test
  void whoComesWhileTheServerIsRearrangedIsServedUnderEveryPattern() {
    Services.REARRANGED_LINES.check(Arrangements.PATTERNS, RUNS / 10);
  }

  @Test
  void rawBytesComeBackUnderEveryPattern() {
    Services.ECHO.check(Arrangements.PATTERNS, RUNS / 20);
  }

  @Test
  void httpIsAnsweredUnderEveryPatternAlsoWhereItIsMalformed() {
    Services.HTTP.check(Arrangements.PATTERNS, RUNS / 20);
  }

  @Test
  void contentIsStreamedThroughUnderEveryPattern() {
    Services.STREAMING_HTTP.check(Arrangements.PATTERNS, RUNS / 5);
  }

  @Test
  void messagesComeBackByWebSocketsUnderEveryPattern() {
    Services.WEBSOCKET.check(Arrangements.PATTERNS, RUNS / 20);
  }

  @Test
  void everySeedThatEverFailedIsOfAServiceThatIsSimulated() {
    List<String> known =
        Stream.of(Services.values())
            .flatMap(
                service ->
                    Stream.of(Arrangements.values()).map(each -> service.id() + " " + each.id()))
            .toList();
    FailedSeeds.all()
        .forEach(
            failed ->
                assertTrue(
                    known.contains(failed.service() + " " + failed.arrangements()),
                    failed.toString()));
  }

  @Test
  void linesAreAnsweredByTlsUnderEveryPattern() {
    Services.SECURE_LINES.check(Arrangements.PATTERNS, RUNS / 500);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSameSeedGivesTheSameRun(boolean secured) {
    assertEquals(story(4711, secured), story(4711, secured));
    assertTrue(!story(4711, secured).equals(story(4712, secured)));
  }

  /** The other kind of spinning, that of a thread which makes calls, ends by their number. */
  @Test
  void aThreadThatLooksForEverForWhatDoesNotComeIsEnded() {
    AtomicInteger spinning = new AtomicInteger();
    Simulation.Subject<String, String> subject =
        new Simulation.Subject<>(
            Line.codec(),
            line -> {
              while (Thread.currentThread().getName().startsWith("quintet-loop")) {
                spinning.incrementAndGet();
                Interleaving.spin();
              }
              return line;
            },
            _ -> "a\n".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            List.of("multi-thread"),
            false,
            false,
            false,
            false,
            false);
    List<String> ends = new ArrayList<>();
    for (int seed = 1; seed <= 5; seed++) {
      try {
        Simulation.run(subject, Choices.ofSeed(seed), Story.untold(), new Checks());
      } catch (SimulatedMachine.Violation violation) {
        ends.add(violation.getMessage());
      }
    }
    assertTrue(spinning.get() > 0);
    assertTrue(ends.toString().contains("steps without a call: somebody spins"), ends.toString());
  }

  /** By what a run tells. */
  @Test
  void connectionsLeaveBusyLoopsWhereTheArrangementSaysSo() {
    assertTrue(
        LongStream.rangeClosed(1, 200)
            .anyMatch(
                seed -> story(seed, false, Shouting.restless()).contains(" went to other loops")));
  }

  private static String story(long seed, boolean secured) {
    return story(seed, secured, "load-balanced");
  }

  private static String story(long seed, boolean secured, String topology) {
    Story story = Story.told();
    Simulation.Subject<String, String> subject =
        new Simulation.Subject<>(
            Line.codec(),
            line -> line,
            choices ->
                (choices.draw(100) + "\n")
                    .repeat(1 + choices.draw(16))
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8),
            List.of(topology),
            true,
            true,
            false,
            secured,
            false);
    Simulation.run(subject, Choices.ofSeed(seed), story, new Checks());
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
        public Outcome outcome() {
          return decoder.outcome();
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
    long pieces = message.lines().filter(told -> told.contains("[client 0 sends ")).count();
    assertTrue(pieces > 1, message);
    assertTrue(message.contains("connection serving --RECEIVED / DECODE-> serving"), message);
    assertTrue(message.lines().filter(told -> !Story.isTransition(told)).count() < 60, message);
  }
}
