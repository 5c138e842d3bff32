package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Echo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** An echo server gives back every byte in order, on the real kernel. */
class EchoPropertiesTest {
  private static Server server;

  @BeforeContainer
  static void start() {
    server =
        Quintet.server(Echo.codec(), bytes -> bytes)
            .option("readBufferBytes", 4096)
            .option("outputBufferBytes", 4096)
            .option("highWatermarkBytes", 32768)
            .option("lowWatermarkBytes", 8192)
            .start();
  }

  @AfterContainer
  static void stop() {
    server.close();
  }

  @Property(tries = 200)
  void everyByteComesBackInOrderAndThenTheEnd(
      @ForAll("pieces") List<Integer> pieces, @ForAll long seed) throws Exception {
    byte[] stream = new byte[pieces.stream().mapToInt(Integer::intValue).sum()];
    new Random(seed).nextBytes(stream);
    try (Client client = new Client(server.port())) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> send(client, stream, pieces), Thread::startVirtualThread);
      assertArrayEquals(stream, client.receive(stream.length));
      assertEquals(0, client.receiveAll().length, "nothing follows the half-close but the end");
      sender.get();
    }
  }

  private static void send(Client client, byte[] stream, List<Integer> pieces) {
    try {
      int from = 0;
      for (int piece : pieces) {
        client.send(Arrays.copyOfRange(stream, from, from + piece));
        from += piece;
      }
      client.endOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Provide
  Arbitrary<List<Integer>> pieces() {
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(6, Arbitraries.integers().between(1, 200)),
            net.jqwik.api.Tuple.of(2, Arbitraries.integers().between(4000, 4200)),
            net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(50_000, 400_000)))
        .list()
        .ofMaxSize(25);
  }
}
