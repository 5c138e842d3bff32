package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.LengthPrefixed;
import io.quintet.codec.Line;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.memcached.Memcached;
import io.quintet.resp.Resp;
import io.quintet.testkit.HttpCorpus;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bytes that nobody meant, at each codec: examples that are cut, joined, repeated and damaged. What
 * is no request is refused by the codec's own exception, the pieces change nothing, and neither
 * memory nor work is more than the bytes account for.
 */
class CodecFuzzTest {
  private static final int INPUTS = Integer.getInteger("quintet.inputs", 60_000);

  /** Objects, copies and growth for each byte; and what the first ones cost, such as a list. */
  private static final int ALLOCATED_PER_BYTE = 256;

  private static final int ALLOCATED_ANYWAY = 1 << 20;

  /** A codec with small limits, and examples of what it reads. */
  enum Subject {
    HTTP(Http.codec(new Http.Limits(1024, 4096)), httpExamples()),
    RESP(
        Resp.codec(new Resp.Limits(64, 1024, 4096, 256)),
        "*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$10\r\n0123456789\r\n",
        "*0\r\n*-1\r\nPING\r\n",
        "SET a \"b\\x00\\n\" 'c\\''\r\n",
        "*1\r\n$1024\r\n"),
    LINE(Line.codec(256), "abc\r\n", "\n", "\u00c3\u00a9\n", "a\rb\n"),
    FRAMES_1(LengthPrefixed.of(1), "\3abc", "\0", "\u00ffabc"),
    FRAMES_4(LengthPrefixed.of(4).bytesMax(4096), "\0\0\0\3abc", "\0\0\u0010\0", "\u00ff\0\0\0"),
    FRAMES_8(LengthPrefixed.of(8).bytesMax(4096), "\0\0\0\0\0\0\0\1a", "\u0080\0\0\0\0\0\0\0"),
    VARINT(LengthPrefixed.varint().bytesMax(4096), "\3abc", "\u0080\1", "\u00ff\u00ff\u00ff"),
    MEMCACHED(
        Memcached.codec(1024),
        "get a b\r\n",
        "set a 1 0 3\r\nabc\r\n",
        "cas a 1 0 3 7 noreply\r\nabc\r\n",
        "set a 1 0 99999\r\n",
        "incr a 1\r\ndelete a\r\ntouch a 1\r\n",
        "quit\r\n");

    private final Codec<?, ?> codec;
    private final List<byte[]> examples = new ArrayList<>();

    Subject(Codec<?, ?> codec, String... examples) {
      this.codec = codec;
      for (String example : examples) {
        this.examples.add(example.getBytes(ISO_8859_1));
      }
    }

    private static String[] httpExamples() {
      return HttpCorpus.cases().stream()
          .map(HttpCorpus.Case::request)
          .filter(request -> !request.isEmpty() && request.length() < 600)
          .toArray(String[]::new);
    }
  }

  /** What came of some bytes. */
  private record Outcome(int requests, int refusal, int left) {}

  @ParameterizedTest
  @EnumSource
  void noInputDoesMoreThanItMay(Subject subject) {
    SplittableRandom random = new SplittableRandom(Seeded.SEED);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Input input = new Input(16 << 10);
    long bytes = 0;
    long refused = 0;
    long requests = 0;
    long mostAllocated = 0;
    long started = System.nanoTime();
    for (int i = 0; i < INPUTS; i++) {
      byte[] stream = mutant(subject, random);
      bytes += stream.length;
      long before = threads.getCurrentThreadAllocatedBytes();
      Outcome whole = run(subject.codec, input, stream, stream.length);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      mostAllocated = Math.max(mostAllocated, allocated);
      assertTrue(
          allocated <= ALLOCATED_ANYWAY + (long) ALLOCATED_PER_BYTE * stream.length,
          () -> allocated + " bytes were allocated for " + describe(stream));
      Outcome pieces = run(subject.codec, input, stream, 1 + random.nextInt(7));
      assertEquals(whole, pieces, () -> "in pieces, of " + describe(stream));
      refused += whole.refusal < 0 ? 0 : 1;
      requests += whole.requests;
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    System.out.printf(
        "%s: %,d inputs of %,d bytes from seed %d: %,d requests, %,d refused, at most %,d bytes"
            + " allocated for one, %.1f s%n",
        subject, INPUTS, bytes, Seeded.SEED, requests, refused, mostAllocated, seconds);
    assertTrue(refused > 0 || subject == Subject.FRAMES_1, "nothing was refused");
    assertTrue(requests > 0, "nothing was a request");
  }

  private static String describe(byte[] stream) {
    return new String(stream, ISO_8859_1)
        .chars()
        .mapToObj(c -> c >= ' ' && c < 127 ? Character.toString(c) : "\\x%02x".formatted(c))
        .reduce("", String::concat);
  }

  private static byte[] mutant(Subject subject, SplittableRandom random) {
    byte[] stream = new byte[0];
    int parts = 1 + random.nextInt(4);
    for (int i = 0; i < parts; i++) {
      byte[] example = subject.examples.get(random.nextInt(subject.examples.size()));
      int from = random.nextInt(8) == 0 ? random.nextInt(example.length) : 0;
      int to =
          random.nextInt(8) == 0 ? from + random.nextInt(example.length - from) : example.length;
      stream = joined(stream, Arrays.copyOfRange(example, from, to));
    }
    int damages = random.nextInt(4);
    for (int i = 0; i < damages && stream.length > 0; i++) {
      int at = random.nextInt(stream.length);
      switch (random.nextInt(5)) {
        case 0 -> stream[at] = (byte) random.nextInt(256);
        case 1 -> stream[at] = (byte) "\r\n :;,\0$*0-9\"".charAt(random.nextInt(13));
        case 2 -> stream[at] ^= (byte) (1 << random.nextInt(8));
        case 3 -> {
          byte[] tail = Arrays.copyOfRange(stream, at, stream.length);
          byte[] repeated = new byte[1 + random.nextInt(300)];
          Arrays.fill(repeated, stream[at]);
          stream = joined(joined(Arrays.copyOf(stream, at), repeated), tail);
        }
        default ->
            stream =
                joined(
                    Arrays.copyOf(stream, at),
                    Arrays.copyOfRange(stream, Math.min(at + 1, stream.length), stream.length));
      }
    }
    // A line that is wrong may be refused when it ends, so the last one does.
    return joined(stream, new byte[] {'\n'});
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static <Q> Outcome run(Codec<Q, ?> codec, Input input, byte[] stream, int size) {
    Decoder<Q> decoder = codec.decoder();
    int[] requests = {0};
    boolean[] last = {false};
    int refusal =
        Decoding.feed(
                decoder,
                input,
                stream,
                begin -> Math.min(begin + size, stream.length),
                request -> {
                  requests[0]++;
                  last[0] = codec.isLast(request);
                  return !last[0];
                })
            .map(ProtocolException::code)
            .orElse(-1);
    boolean ended = refusal >= 0 || last[0];
    boolean idle = decoder.outcome() == Decoder.Outcome.IDLE;
    return new Outcome(requests[0], refusal, ended || idle ? 0 : 1);
  }
}
