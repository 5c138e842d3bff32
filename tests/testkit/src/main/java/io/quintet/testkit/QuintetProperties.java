package io.quintet.testkit;

import io.quintet.Pattern;
import io.quintet.codec.Codec;
import io.quintet.service.Handler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a codec and a handler under every pattern on a simulated machine: threads in any order,
 * streams cut anywhere, clients that are slow, silent or gone, calls that fail as their manual
 * pages declare. What must hold: a client gets the replies that the same codec and handler give to
 * the whole stream in one thread, or a beginning of them where its connection was broken; every
 * accepted descriptor is closed exactly once; every reply is encoded or dropped by its codec, once;
 * nothing waits for ever, spins, or stays open.
 *
 * <pre>{@code
 * @Test
 * void shoutsUnderEveryPattern() {
 *   QuintetProperties.of(Line.codec(), line -> line.toUpperCase()).samples("hello\n", "\n").check();
 * }
 * }</pre>
 *
 * <p>The runs are the same each time, whatever the machine; {@code -Dquintet.seed=N} begins with
 * others. A run that fails is made as short as it will go, and told as a story with its seed:
 * {@code -Dquintet.seed=} and that number run it first. The handler must answer the same to the
 * same request, must not block, and may run on any thread.
 *
 * @param <Q> request
 * @param <R> reply
 */
public final class QuintetProperties<Q, R> {
  private static final int RUNS = 500;
  private static final int REQUESTS_MAX = 8;
  private static final int RANDOM_BYTES_MAX = 200;

  private final Codec<Q, R> codec;
  private final Handler<Q, R> handler;
  private List<byte[]> samples = List.of();
  private Simulation.Streams streams = this::stream;
  private List<String> topologies = Pattern.five().stream().map(Pattern::id).toList();
  private boolean faults = true;
  private boolean drains;
  private boolean crowded;
  private boolean rearranged;
  private boolean secured;
  private boolean plain;
  private int runs = RUNS;
  private long seed = Long.getLong("quintet.seed", 1);
  private final Checks checks = new Checks();

  private QuintetProperties(Codec<Q, R> codec, Handler<Q, R> handler) {
    this.codec = codec;
    this.handler = handler;
  }

  /**
   * Properties of a codec and a handler.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler the user's code
   * @return to be refined, then checked
   */
  public static <Q, R> QuintetProperties<Q, R> of(Codec<Q, R> codec, Handler<Q, R> handler) {
    return new QuintetProperties<>(codec, handler);
  }

  /**
   * Checks a codec and a handler with streams of random bytes.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler the user's code
   * @throws AssertionError if a rule was broken, with the seed and the story of a short run
   */
  public static <Q, R> void check(Codec<Q, R> codec, Handler<Q, R> handler) {
    of(codec, handler).check();
  }

  /**
   * What clients send: streams of such requests, whole ones mostly. Without samples they send
   * random bytes.
   *
   * @param requests bytes of one request each, in ISO 8859-1
   * @return this
   */
  public QuintetProperties<Q, R> samples(String... requests) {
    return samples(
        Stream.of(requests)
            .map(text -> text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))
            .toList());
  }

  /**
   * What clients send, as bytes.
   *
   * @param requests bytes of one request each
   * @return this
   */
  public QuintetProperties<Q, R> samples(List<byte[]> requests) {
    samples = List.copyOf(requests);
    return this;
  }

  /** What clients send, drawn for each. */
  QuintetProperties<Q, R> streams(Simulation.Streams given) {
    streams = given;
    return this;
  }

  /**
   * The arrangements to try, in place of the five patterns.
   *
   * @param given ids, or names of files that end with {@code .json}
   * @return this
   */
  public QuintetProperties<Q, R> topologies(String... given) {
    topologies = List.of(given);
    return this;
  }

  /**
   * Whether anything goes wrong around the server.
   *
   * @param happen whether calls fail, backends die and threads stand still
   * @return this
   */
  public QuintetProperties<Q, R> faults(boolean happen) {
    faults = happen;
    return this;
  }

  /**
   * Whether the server may drain while clients are at it. What was sent before that is answered.
   *
   * @param happen whether it may; it does not if this is not said
   * @return this
   */
  public QuintetProperties<Q, R> earlyDrains(boolean happen) {
    drains = happen;
    return this;
  }

  /**
   * Whether many clients come to a server whose processes may open few files, so that most of them
   * wait until another one has gone.
   *
   * @param happen whether they always do; they seldom do if this is not said
   * @return this
   */
  public QuintetProperties<Q, R> crowded(boolean happen) {
    crowded = happen;
    return this;
  }

  /**
   * Whether the server is rearranged as its clients come, and handlers wait a little, so that some
   * clients are queued where nobody accepts any more. One of several processes is not rearranged.
   *
   * @param happen whether it is; it seldom is then if this is not said
   * @return this
   */
  public QuintetProperties<Q, R> rearranged(boolean happen) {
    rearranged = happen;
    return this;
  }

  /**
   * Whether clients speak TLS to the server. What they send and get is as long each time, but not
   * the same.
   *
   * @param happen whether they do; they do not if this is not said
   * @return this
   */
  public QuintetProperties<Q, R> secured(boolean happen) {
    secured = happen;
    return this;
  }

  /** Only with what the runs had before some of it was drawn aside, {@link Extras}. */
  QuintetProperties<Q, R> plain() {
    plain = true;
    return this;
  }

  /**
   * How many runs.
   *
   * @param count at least 1; 500 if it is not said
   * @return this
   */
  public QuintetProperties<Q, R> runs(int count) {
    runs = count;
    return this;
  }

  /**
   * Where the runs begin: the first one has this seed, and each further one the next.
   *
   * @param first as a failure printed it; the system property {@code quintet.seed}, or 1, if it is
   *     not said
   * @return this
   */
  public QuintetProperties<Q, R> seed(long first) {
    seed = first;
    return this;
  }

  /**
   * Runs them, on as many threads as there are processors.
   *
   * @throws AssertionError if a rule was broken, with the lowest seed with which one was, and the
   *     story of a short run
   */
  public void check() {
    Simulation.Subject<Q, R> subject = subject();
    AtomicLong next = new AtomicLong(seed);
    long end = seed + runs;
    AtomicReference<Failure> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      threads.add(
          Thread.ofPlatform()
              .name("quintet-properties-" + i)
              .start(
                  () -> {
                    long current;
                    while ((current = next.getAndIncrement()) < end
                        && !isAbove(current, failure.get())) {
                      failure.accumulateAndGet(attempt(subject, current), Failure::lower);
                    }
                  }));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    if (failure.get() != null) {
      throw explained(subject, failure.get());
    }
  }

  /** What is wrong in the run of one seed, with its story; null if nothing is. */
  @Nullable AssertionError violation(long ofSeed) {
    Simulation.Subject<Q, R> subject = subject();
    Failure found = attempt(subject, ofSeed);
    return found == null ? null : explained(subject, found);
  }

  /**
   * Writes what happens in the run of one seed, step by step, for {@code quintet lab --trace}; a
   * short run with the same end if something is wrong in it. Transitions are in it where they are
   * recorded ({@code -Dquintet.record=4096}).
   *
   * @param ofSeed seed
   * @param file file to write
   * @return whether something is wrong in the run
   * @throws IOException if the file cannot be written
   */
  public boolean tell(long ofSeed, Path file) throws IOException {
    return tell(ofSeed, file, "-Dquintet.seed=" + ofSeed);
  }

  /** The same, saying how it is run again. */
  boolean tell(long ofSeed, Path file, String again) throws IOException {
    Simulation.Subject<Q, R> subject = subject();
    Failure failure = attempt(subject, ofSeed);
    Choices choices = failure == null ? Choices.ofSeed(ofSeed) : shortest(subject, failure.choices);
    Story story = Story.kept();
    String violation = "";
    try {
      Simulation.run(subject, choices, story, new Checks());
    } catch (RuntimeException | Error broken) {
      violation = String.valueOf(broken.getMessage());
    }
    String title = "a simulated run of " + story.topology() + ", seed " + ofSeed;
    story.write(file, title, again, violation);
    return !violation.isEmpty();
  }

  /**
   * How many runs it takes to find a violation; for those who put a bug in to see it found.
   *
   * @return runs, or 0 if none found one
   */
  public int runsToViolation() {
    Simulation.Subject<Q, R> subject = subject();
    for (int i = 0; i < runs; i++) {
      if (attempt(subject, seed + i) != null) {
        return i + 1;
      }
    }
    return 0;
  }

  /** What is wrong in the first run with which something is, as that run ended; null if in none. */
  @Nullable String firstViolation() {
    Simulation.Subject<Q, R> subject = subject();
    for (int i = 0; i < runs; i++) {
      Failure found = attempt(subject, seed + i);
      if (found != null) {
        return "seed " + found.seed + ": " + found.cause;
      }
    }
    return null;
  }

  /** How the clients of all runs so far were checked. */
  Checks checks() {
    return checks;
  }

  private Simulation.Subject<Q, R> subject() {
    return new Simulation.Subject<>(
        codec, handler, streams, topologies, faults, drains, crowded, secured, rearranged);
  }

  private static boolean isAbove(long seed, @Nullable Failure found) {
    return found != null && seed > found.seed;
  }

  private record Failure(long seed, Choices choices, Throwable cause) {
    /** That of the lower seed, whichever thread was faster. */
    static @Nullable Failure lower(@Nullable Failure one, @Nullable Failure other) {
      return one == null || other != null && other.seed < one.seed ? other : one;
    }
  }

  private @Nullable Failure attempt(Simulation.Subject<Q, R> subject, long seed) {
    Choices choices = plain ? Choices.plainOfSeed(seed) : Choices.ofSeed(seed);
    try {
      Simulation.run(subject, choices, Story.untold(), checks);
      return null;
    } catch (RuntimeException | Error violation) {
      return new Failure(seed, choices, violation);
    }
  }

  /** Choices that fail as well, none more of them; first without what was drawn aside. */
  private static Choices shortest(Simulation.Subject<?, ?> subject, Choices failing) {
    Choices plain = failing.plainly();
    if (fails(subject, plain) != null) {
      return plain.again(shrunk(subject, plain));
    }
    return failing.again(shrunk(subject, failing));
  }

  private static int[] shrunk(Simulation.Subject<?, ?> subject, Choices failing) {
    return Shrinking.shrink(failing.taken(), candidate -> fails(subject, failing.again(candidate)));
  }

  /** The choices that were taken if the run fails, else null. */
  private static int @Nullable [] fails(Simulation.Subject<?, ?> subject, Choices choices) {
    try {
      Simulation.run(subject, choices, Story.untold(), new Checks());
      return null;
    } catch (RuntimeException | Error violation) {
      return choices.taken();
    }
  }

  private static <Q, R> AssertionError explained(
      Simulation.Subject<Q, R> subject, Failure failure) {
    Choices shortest = shortest(subject, failure.choices);
    Story story = Story.told();
    Throwable cause = failure.cause;
    try {
      Simulation.run(subject, shortest, story, new Checks());
    } catch (RuntimeException | Error violation) {
      cause = violation;
    }
    return new AssertionError(
        cause.getMessage()
            + "\nseed "
            + failure.seed
            + " (again: -Dquintet.seed="
            + failure.seed
            + "); a short run with this end, of "
            + shortest.given()
            + " choices:\n"
            + story.text(),
        cause);
  }

  private byte[] stream(Choices choices) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    if (samples.isEmpty()) {
      int length = choices.draw(RANDOM_BYTES_MAX);
      for (int i = 0; i < length; i++) {
        stream.write(choices.draw(256));
      }
      return stream.toByteArray();
    }
    int count = choices.draw(REQUESTS_MAX);
    for (int i = 0; i < count; i++) {
      stream.writeBytes(samples.get(choices.draw(samples.size())));
    }
    if (stream.size() > 0 && choices.once(10)) { // a cut or a changed byte
      byte[] bytes = stream.toByteArray();
      int at = choices.draw(bytes.length);
      if (choices.draw(2) == 0) {
        return Arrays.copyOf(bytes, at);
      }
      bytes[at] = (byte) choices.draw(256);
      return bytes;
    }
    return stream.toByteArray();
  }
}
