package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.jqwik.ClientBehaviour;
import io.quintet.jqwik.QuintetArbitraries;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;

/** What users draw for tests of their own is what it is called. */
class QuintetArbitrariesTest {
  private static final List<byte[]> REQUESTS = List.of(bytes("a\n"), bytes("hello, you\n"));

  private static Server server;

  @BeforeContainer
  static void start() {
    server = Quintet.server(Line.codec(), line -> line.toUpperCase(Locale.ROOT)).start();
  }

  @AfterContainer
  static void stop() {
    assertTrue(server.drain(), "drained in time");
    assertEquals(0, Stats.sum(server, "open"), "what clients leave is closed");
  }

  @Property(tries = 300)
  void aStreamIsWholeRequests(@ForAll("streams") byte[] stream) {
    assertEquals("", text(stream).replace("hello, you\n", "").replace("a\n", ""));
  }

  @Property(tries = 500)
  void damageIsACutOrOneByte(@ForAll("damaged") byte[] damaged) {
    byte[] whole = REQUESTS.get(1);
    int same = Arrays.mismatch(damaged, whole);
    if (same < 0 || same == damaged.length) {
      return; // as it was, by a byte that was changed to itself, or cut
    }
    byte[] rest = Arrays.copyOfRange(damaged, same, damaged.length);
    byte[] right = Arrays.copyOfRange(whole, Math.min(same, whole.length), whole.length);
    boolean changed = rest.length == right.length && endsWith(right, rest, 1);
    boolean leftOut = rest.length == right.length - 1 && endsWith(right, rest, 0);
    boolean putIn = rest.length == right.length + 1 && endsWith(rest, right, 0);
    assertTrue(changed || leftOut || putIn, () -> text(damaged));
  }

  /** Whether one ends with the other, but for so many of the other's first bytes. */
  private static boolean endsWith(byte[] one, byte[] other, int but) {
    return text(one).endsWith(text(other).substring(but));
  }

  @Property(tries = 500)
  void piecesAreTheStreamAndNoneIsEmpty(@ForAll("cut") List<byte[]> pieces) {
    for (byte[] piece : pieces) {
      assertFalse(piece.length == 0, "a piece is empty");
    }
    assertEquals("", text(joined(pieces)).replace("hello, you\n", "").replace("a\n", ""));
  }

  @Property(tries = 200)
  void aClientGetsAllRepliesOrGoes(@ForAll("clients") ClientBehaviour client) throws IOException {
    SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
    String asked = text(joined(client.pieces()));
    byte[] received = client.play(address);
    boolean reads = client.end() == ClientBehaviour.End.HALF_CLOSE;
    assertEquals(reads ? asked.toUpperCase(Locale.ROOT) : "", text(received), client::toString);
  }

  @Test
  void aStreamIsCutInEveryWayUpToOneByteAPiece() {
    byte[] stream = bytes("abc");
    List<String> ways =
        QuintetArbitraries.chunkings(stream)
            .allValues()
            .orElseThrow()
            .distinct()
            .map(pieces -> pieces.stream().map(QuintetArbitrariesTest::text).toList().toString())
            .distinct()
            .sorted()
            .toList();
    assertEquals(List.of("[a, b, c]", "[a, bc]", "[ab, c]", "[abc]"), ways);
  }

  @Test
  void noRequestsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> QuintetArbitraries.streams(List.of(), 3));
    assertThrows(IllegalArgumentException.class, () -> QuintetArbitraries.streams(REQUESTS, -1));
  }

  @Provide
  Arbitrary<byte[]> streams() {
    return QuintetArbitraries.streams(REQUESTS, 4);
  }

  @Provide
  Arbitrary<byte[]> damaged() {
    return QuintetArbitraries.damaged(Arbitraries.just(REQUESTS.get(1)));
  }

  @Provide
  Arbitrary<List<byte[]>> cut() {
    return streams().flatMap(QuintetArbitraries::chunkings);
  }

  @Provide
  Arbitrary<ClientBehaviour> clients() {
    return QuintetArbitraries.clients(streams());
  }

  private static byte[] joined(List<byte[]> pieces) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    pieces.forEach(stream::writeBytes);
    return stream.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
