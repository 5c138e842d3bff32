package io.quintet.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is agreed on, what is sent, and what a bomb costs, RFC 7692. */
class WebSocketDeflateTest {
  private static final String NAME = "permessage-deflate";
  private static final byte[] TAIL = {0, 0, -1, -1};

  private static String answer(WebSocketDeflate deflate, String... fields) {
    return DeflateTerms.of(List.of(fields), deflate).map(DeflateTerms::answer).orElse("none");
  }

  /** S and C stand for no context takeover, s and c for windows. */
  private static String written(String terms) {
    return terms
        .replace("S", "server_no_context_takeover")
        .replace("C", "client_no_context_takeover")
        .replaceAll("s\\b", "server_max_window_bits")
        .replaceAll("c\\b", "client_max_window_bits")
        .replaceAll("\\bd\\b", NAME);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          d                    | d; S; C            | d
          d; S                 | d; S; C            | d; S
          d; C                 | d; S; C            | d; C
          d; S; C              | d; S; C            | d; S; C
          d ;S ; C             | d; S; C            | d; S; C
          d; c                 | d; S; C            | d
          d; c=8               | d; S; C            | d
          d; c=15; C           | d; S; C            | d; C
          d; c="12"            | d; S; C            | d
          d; s=15              | d; S; C; s=15      | d; s=15
          d; s="15"            | d; S; C; s=15      | d; s=15
          d; s="1\\5"          | d; S; C; s=15      | d; s=15
          d; s=14              | none               | none
          d; s=8, d            | d; S; C            | d
          d; s=8, d; C, d; S   | d; S; C            | d; C
          d; s=8, d; s=9       | none               | none
          d; s                 | none               | none
          d; s=16              | none               | none
          d; s=015             | none               | none
          d; c=7               | none               | none
          d; c=16              | none               | none
          d; c=08              | none               | none
          d; c=x               | none               | none
          d; S=1               | none               | none
          d; C=1               | none               | none
          d; S; S              | none               | none
          d; c; c              | none               | none
          d; x                 | none               | none
          d; x, d              | d; S; C            | d
          x, d                 | d; S; C            | d
          x; a=b; q="r", , d   | d; S; C            | d
          x                    | none               | none
          """)
  void theFirstOfferThatCanBeKeptIsTaken(String offer, String alone, String context) {
    assertEquals(written(alone), answer(WebSocketDeflate.MESSAGES, written(offer)));
    assertEquals(written(context), answer(WebSocketDeflate.CONTEXT, written(offer)));
  }

  @Test
  void offersMayBeInSeveralFields() {
    assertEquals("none", answer(WebSocketDeflate.MESSAGES));
    assertEquals(
        written("d; C"), answer(WebSocketDeflate.CONTEXT, written("d; s=9"), written("d; C")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          d;
          ;d
          d;=15
          d; s=
          d; s=""
          d; s="15
          d; s="1 5"
          d; s="15\\
          d d
          d; s=1 5
          d(
          """)
  void aMalformedFieldIsRefused(String field) {
    assertThrows(
        IllegalArgumentException.class, () -> answer(WebSocketDeflate.MESSAGES, written(field)));
  }

  @Test
  void settingsHaveNames() {
    WebSocketSettings given = WebSocketSettings.of(Map.of("deflate", "context"));
    assertEquals(WebSocketDeflate.CONTEXT, given.deflate());
    assertEquals(1024, given.deflateBytesMin());
    assertEquals(WebSocketDeflate.OFF, WebSocketSettings.DEFAULT.deflate());
    assertThrows(
        IllegalArgumentException.class, () -> WebSocketSettings.of(Map.of("deflate", "yes")));
    assertThrows(
        IllegalArgumentException.class, () -> WebSocketSettings.of(Map.of("deflateBytesMin", -1)));
  }

  private static byte[] written(Outbox outbox) {
    Output out = Output.ofBytes(1 << 20);
    outbox.write(out);
    return out.toBytes();
  }

  private static List<byte[]> payloads(int seed) {
    Random random = new Random(seed);
    List<byte[]> payloads = new ArrayList<>();
    for (int size : new int[] {0, 1, 5, 99, 100, 101, 1000, 4095, 4096, 70_000, 200_000}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      payloads.add(noise);
      byte[] letters = noise.clone();
      for (int i = 0; i < size; i++) {
        letters[i] = (byte) ('a' + (letters[i] & 3));
      }
      payloads.add(letters);
      payloads.add(letters);
    }
    return payloads;
  }

  /** Reads what is sent as a client would, with one inflater for all where that is agreed. */
  @ParameterizedTest
  @EnumSource(
      value = WebSocketDeflate.class,
      names = {"MESSAGES", "CONTEXT"})
  void whatIsSentIsRead(WebSocketDeflate deflate) throws Exception {
    boolean context = deflate == WebSocketDeflate.CONTEXT;
    Deflation deflation = new Deflation(context, 100);
    Inflater inflater = new Inflater(true);
    Outbox outbox = new Outbox(1 << 20);
    for (byte[] payload : payloads(1)) {
      assertEquals(0, outbox.bytes());
      deflation.send(WebSocketMessage.binary(payload), outbox);
      byte[] frame = written(outbox);
      boolean compressed = (frame[0] & Frame.COMPRESSED) != 0;
      assertEquals(Frame.FINAL | Frame.BINARY, frame[0] & 0xff & ~Frame.COMPRESSED);
      int head = frame[1] == Frame.LENGTH_64 ? 10 : frame[1] == Frame.LENGTH_16 ? 4 : 2;
      byte[] carried = Arrays.copyOfRange(frame, head, frame.length);
      assertTrue(payload.length >= 100 || !compressed, "a small message is compressed");
      assertTrue(context || carried.length <= payload.length, "it has grown");
      if (compressed) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(carried);
        whole.writeBytes(TAIL);
        inflater.setInput(whole.toByteArray());
        byte[] read = new byte[payload.length + 1];
        int length = 0;
        for (int n; (n = inflater.inflate(read, length, read.length - length)) > 0; ) {
          length += n;
        }
        carried = Arrays.copyOf(read, length);
        if (!context) {
          inflater.reset();
        }
      }
      assertArrayEquals(payload, carried);
    }
    inflater.end();
    assertEquals(context, deflation.isHeld());
    deflation.end();
    assertFalse(deflation.isHeld());
  }

  @Test
  void nothingIsCompressedBehindTheEnd() {
    Deflation deflation = new Deflation(true, 0);
    Outbox outbox = new Outbox(1 << 20);
    deflation.end();
    assertEquals(Outbox.Taken.IN_VAIN, deflation.send(WebSocketMessage.text("too late"), outbox));
    assertFalse(deflation.isHeld());
    assertFalse(outbox.hasFrames());
  }

  @Test
  void aMessageToManyIsCompressedOnce() {
    WebSocketMessage message = WebSocketMessage.text("a".repeat(5000));
    assertSame(message.deflated(), message.deflated());
    assertTrue(message.deflated().length < 100);
  }

  /** A thousand times what is allowed, in little. */
  @Test
  void aBombTakesNoMoreMemoryThanAMessage() {
    int most = 1 << 20;
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    byte[] form = new byte[most];
    int length = 0;
    byte[] zeros = new byte[most];
    for (int i = 0; i < 200; i++) {
      deflater.setInput(zeros);
      length += deflater.deflate(form, length, most - length, Deflater.NO_FLUSH);
    }
    length += deflater.deflate(form, length, most - length, Deflater.SYNC_FLUSH);
    deflater.end();
    int bomb = length;
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    Inflation inflation = new Inflation(most, false);
    long before = threads.getCurrentThreadAllocatedBytes();
    inflation.begin(false);
    ProtocolException refused =
        assertThrows(ProtocolException.class, () -> inflation.take(form, 0, bomb));
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    inflation.end();
    assertEquals(CloseCode.TOO_BIG, refused.code());
    assertTrue(allocated < 4L * most, allocated + " bytes for a bomb of " + bomb);
  }

  /** Others have their turn behind so much. */
  @Test
  void manyMessagesInOnePieceAreTakenInTurns() {
    byte[] form = Deflation.deflate("a".repeat(1 << 19).getBytes(UTF_8));
    Inflation inflation = new Inflation(1 << 20, false);
    inflation.beginTurn();
    int taken = 0;
    while (!inflation.isSpent()) {
      inflation.begin(true);
      inflation.take(form, 0, form.length);
      assertEquals(1 << 19, inflation.finish().length);
      taken++;
    }
    assertEquals(2, taken);
    assertTrue(inflation.isSpent(1), "there is more to read");
    assertFalse(inflation.isSpent(0), "there is nothing to read");
    assertFalse(inflation.isHeld());
  }
}
