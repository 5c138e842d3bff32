package io.quintet.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.LengthPrefixed;
import io.quintet.codec.Line;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.memcached.Memcached;
import io.quintet.resp.Resp;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import picocli.CommandLine.Command;

/**
 * What a byte costs a decoder as inputs grow, where they come byte by byte, which is the worst that
 * a client can do: in linear time it costs the same in each.
 */
@Command(
    name = "growth",
    description = "Time to decode a byte of inputs that come byte by byte, as they grow.",
    mixinStandardHelpOptions = true)
final class Growth implements Callable<Integer> {
  private static final int[] LENGTHS = {1_000, 4_000, 16_000, 48_000};
  private static final int READ_BUFFER_BYTES = 64 << 10;
  private static final int RUNS = 20;

  /**
   * Inputs of any length.
   *
   * @param name what they are
   * @param codec reads them
   * @param ofLength an input of about that length
   */
  private record Shape(String name, Codec<?, ?> codec, IntFunction<String> ofLength) {}

  private static final Http.Limits HTTP = new Http.Limits(60_000, 1 << 20);
  private static final Resp.Limits RESP = new Resp.Limits(1 << 16, 16 << 20, 64 << 20, 60_000);
  private static final String HEAD = "GET / HTTP/1.1\r\nHost: a\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\n";

  private static final List<Shape> SHAPES =
      List.of(
          new Shape("HTTP: a long field", Http.codec(HTTP), n -> HEAD + "X: " + "x".repeat(n)),
          new Shape("HTTP: many fields", Http.codec(HTTP), n -> HEAD + "X: y\r\n".repeat(n / 6)),
          new Shape("HTTP: a long target", Http.codec(HTTP), n -> "GET /" + "x".repeat(n)),
          new Shape(
              "HTTP: a body",
              Http.codec(HTTP),
              n -> POST + "Content-Length: " + (n + 1) + "\r\n\r\n" + "x".repeat(n)),
          new Shape(
              "HTTP: tiny chunks",
              Http.codec(HTTP),
              n -> POST + "Transfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(n / 6)),
          new Shape("HTTP: many requests", Http.codec(HTTP), n -> (HEAD + "\r\n").repeat(n / 27)),
          new Shape("RESP: a long bulk", Resp.codec(), n -> "*1\r\n$" + n + "\r\n" + "x".repeat(n)),
          new Shape(
              "RESP: many bulks",
              Resp.codec(),
              n -> "*" + (n / 7 + 1) + "\r\n" + "$1\r\nx\r\n".repeat(n / 7)),
          new Shape("RESP: a long line", Resp.codec(RESP), n -> "PING " + "x".repeat(n)),
          new Shape("line: a long one", Line.codec(60_000), n -> "x".repeat(n)),
          new Shape(
              "frames: a long one",
              LengthPrefixed.of(2),
              n -> (char) (n >> 8) + "" + (char) (n & 0xff) + "x".repeat(n - 1)),
          new Shape(
              "memcached: a long value",
              Memcached.codec(1 << 20),
              n -> "set a 0 0 " + (n + 1) + "\r\n" + "x".repeat(n)));

  @Override
  public Integer call() throws IOException, InterruptedException {
    Bench.moveToCore1();
    System.out.println(Bench.machine());
    System.out.printf("%n| input, byte by byte |");
    for (int length : LENGTHS) {
      System.out.printf(" ns a byte of %,d |", length);
    }
    System.out.printf(" last to first |%n|---|%s---|%n", "---|".repeat(LENGTHS.length));
    for (Shape shape : SHAPES) {
      System.out.printf("| %s |", shape.name);
      double first = 0;
      double last = 0;
      for (int length : LENGTHS) {
        last = nanosPerByte(shape, length);
        first = first == 0 ? last : first;
        System.out.printf(" %.1f |", last);
      }
      System.out.printf(" %.2f |%n", last / first);
    }
    return 0;
  }

  /** The least of many runs, which is that in which the machine did nothing else. */
  private static double nanosPerByte(Shape shape, int length) {
    byte[] bytes = shape.ofLength.apply(length).getBytes(ISO_8859_1);
    Input in = new Input(READ_BUFFER_BYTES);
    double least = Double.MAX_VALUE;
    int runs = RUNS * Math.max(LENGTHS[LENGTHS.length - 1] / length, 1);
    for (int i = 0; i < runs; i++) {
      long began = System.nanoTime();
      feed(shape.codec.decoder(), in, bytes);
      least = Math.min(least, (System.nanoTime() - began) / (double) bytes.length);
    }
    return least;
  }

  /** As a loop does: what is left comes again, in front of the next byte. */
  private static void feed(Decoder<?> decoder, Input in, byte[] bytes) {
    int kept = 0;
    for (byte next : bytes) {
      in.array()[kept] = next;
      in.present(0, kept + 1);
      try {
        while (in.remaining() > 0 && decoder.decode(in) != null) {
          // the next request
        }
      } catch (ProtocolException refused) {
        throw new IllegalStateException("an input was refused: " + refused.getMessage());
      }
      kept = in.remaining();
      if (in.position() > 0 && kept > 0) {
        System.arraycopy(in.array(), in.position(), in.array(), 0, kept);
      }
    }
  }
}
