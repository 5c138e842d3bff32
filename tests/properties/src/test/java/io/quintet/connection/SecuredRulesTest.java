package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.codec.Peer;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import io.quintet.transport.Layers;
import io.quintet.transport.SecureEnd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection that is secured says and does, record by record, without a socket. */
class SecuredRulesTest {
  private static final int FD = 50;
  private static final int IN = Linux.EPOLLIN();
  private static final int OUT = Linux.EPOLLOUT();
  private static final String NEWEST = "TLSv1.3";
  private static final String OLDER = "TLSv1.2";
  private static final Map<String, Integer> LIMITS =
      Map.of("readBufferBytes", 40_000, "outputBufferBytes", 20_000, "highWatermarkBytes", 50_000);

  private static final Function<Peer, SSLEngine> SERVERS = SecureEnd.servers();

  private final ScriptedKernel machine = new ScriptedKernel();

  /** Steps of handshakes that another thread is to compute. */
  private final Deque<Runnable> steps = new ArrayDeque<>();

  private final Service<String, String> service =
      Service.of(Line.codec(100), line -> line.toUpperCase(Locale.ROOT));
  private final ScriptedLoop loop = loop(false, SERVERS).listening(false);

  private ScriptedLoop loop(boolean proxied, Function<Peer, SSLEngine> maker) {
    return new ScriptedLoop(
        machine,
        service,
        LIMITS,
        ScriptedLoop.limiter(Map.of()),
        new Layers(
            proxied,
            Optional.empty(),
            Optional.of(maker),
            step -> {
              steps.add(step);
              return () -> {};
            },
            steps::add),
        Optional.empty());
  }

  /** A client that has come and said nothing. */
  private SecureEnd client(String version) throws Exception {
    loop.accepts(FD);
    machine.calls();
    return new SecureEnd(version);
  }

  /** One that has shaken hands. */
  private SecureEnd established(String version) throws Exception {
    SecureEnd client = client(version);
    String says = client.begin();
    while (!says.isEmpty()) {
      loop.receives(FD, says);
      says = client.hears(computed());
    }
    client.heard();
    machine.calls();
    return client;
  }

  /** All that waits is computed. Gives what was said to the client then. */
  private String computed() {
    while (!steps.isEmpty()) {
      steps.remove().run();
      loop.turn();
    }
    return machine.sent();
  }

  /** What the client hears of what was said. */
  private String heard(SecureEnd client) throws Exception {
    client.hears(machine.sent());
    return client.heard();
  }

  private boolean hasSaidItsEnd() {
    return machine.calls("shutdown").contains("shutdown " + FD);
  }

  private static long slack(long millis) {
    return millis + millis / 128 + 1;
  }

  @ParameterizedTest
  @ValueSource(strings = {NEWEST, OLDER})
  void whatIsSaidIsEncryptedBothWays(String version) throws Exception {
    SecureEnd client = established(version);
    assertEquals(0, loop.figure("queuedBytes"));
    assertEquals(IN, machine.events(FD));
    loop.receives(FD, client.says("a\nb\n"));
    assertEquals(1, machine.calls("send").size(), "both leave together");
    assertEquals("A\nB\n", heard(client));
    loop.receives(FD, client.says("c\n"));
    assertEquals("C\n", heard(client));
    assertEquals(3, loop.figure("requests"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void nothingIsReadWhileAStepIsComputed() throws Exception {
    SecureEnd client = client(NEWEST);
    String hello = client.begin();
    loop.receives(FD, hello);
    assertEquals(1, steps.size());
    assertEquals(0, machine.events(FD));
    assertEquals("", machine.sent());
    assertEquals(hello.length(), loop.figure("queuedBytes"), "what it is computed with");
    steps.remove().run();
    assertEquals("", machine.sent(), "the loop says it");
    loop.turn();
    assertFalse(machine.sent().isEmpty());
    assertEquals(IN, machine.events(FD));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aStepIsComputedOnceItsRecordIsWhole() throws Exception {
    SecureEnd client = client(NEWEST);
    String hello = client.begin();
    for (int i = 0; i < hello.length() - 1; i++) {
      loop.receives(FD, hello.substring(i, i + 1));
      assertEquals(0, steps.size(), i + " bytes");
      assertEquals(i + 1, loop.figure("queuedBytes"));
    }
    loop.receives(FD, hello.substring(hello.length() - 1));
    assertEquals(1, steps.size());
    assertFalse(client.hears(computed()).isEmpty());
  }

  @Test
  void aRequestThatComesWithTheEndOfTheHandshakeIsAnswered() throws Exception {
    SecureEnd client = client(NEWEST);
    loop.receives(FD, client.begin());
    String last = client.hears(computed());
    loop.receives(FD, last + client.says("a\n"));
    client.hears(computed());
    assertEquals("A\n", client.heard());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aRecordInPartsIsHeldUntilItIsWhole() throws Exception {
    SecureEnd client = established(NEWEST);
    String record = client.says("a\n");
    loop.receives(FD, record.substring(0, 7));
    assertEquals(7, loop.figure("queuedBytes"));
    loop.receives(FD, record.substring(7, 9));
    assertEquals(9, loop.figure("queuedBytes"));
    loop.receives(FD, record.substring(9));
    assertEquals("A\n", heard(client));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aRequestInSeveralRecordsIsOne() throws Exception {
    SecureEnd client = established(NEWEST);
    loop.receives(FD, client.says("he") + client.says("llo\nwo"));
    assertEquals("HELLO\n", heard(client));
    loop.receives(FD, client.says("rld\n"));
    assertEquals("WORLD\n", heard(client));
  }

  @Test
  void moreThanTheReadBufferHoldsIsDecryptedBitByBit() throws Exception {
    SecureEnd client = established(NEWEST);
    String lines = ("x".repeat(99) + "\n").repeat(640); // almost four records
    String wire = client.says(lines);
    StringBuilder all = new StringBuilder();
    machine.arrives(FD, wire);
    for (int i = 0; i < 400 && all.length() < lines.length(); i++) {
      loop.readable(FD);
      all.append(heard(client));
    }
    assertEquals(lines.toUpperCase(Locale.ROOT), all.toString());
    assertEquals(640, loop.figure("requests"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whoSpeaksPlainIsToldSoInPlain() throws Exception {
    client(NEWEST);
    loop.receives(FD, "hello\n");
    assertEquals("error: a plain request was sent to a port that speaks TLS\n", machine.sent());
    assertEquals(1, loop.figure("refusedInsecure"));
    assertTrue(hasSaidItsEnd());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whatIsNoHandshakeIsAnsweredByAnAlert() throws Exception {
    client(NEWEST);
    loop.receives(FD, "\u0016\u0003\u0001\u0000\u0004what");
    String said = computed();
    assertEquals('\u0015', said.charAt(0));
    assertEquals(1, loop.figure("refusedInsecure"));
    assertTrue(hasSaidItsEnd());
    assertEquals(1, loop.figure("open"), "the peer may not have read it yet");
    loop.receives(FD, "");
    assertEquals(0, loop.figure("open"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aRecordThatCannotBeDecryptedIsAnsweredByAnAlertToo() throws Exception {
    SecureEnd client = established(NEWEST);
    String record = client.says("a\n");
    int last = record.length() - 1;
    loop.receives(FD, record.substring(0, last) + (char) (record.charAt(last) ^ 1));
    assertEquals(1, loop.figure("refusedInsecure"));
    assertEquals(0, loop.figure("requests"));
    assertFalse(machine.sent().isEmpty());
    assertTrue(hasSaidItsEnd());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @ParameterizedTest
  @ValueSource(strings = {NEWEST, OLDER})
  void whoSaysThatNothingFollowsIsToldTheSame(String version) throws Exception {
    SecureEnd client = established(version);
    loop.receives(FD, client.says("a\n") + client.ends());
    assertEquals("A\n", heard(client));
    assertTrue(client.isToldTheEnd());
    assertEquals(0, loop.figure("open"), "nothing is left to wait for");
    assertEquals(0, loop.figure("refusedInsecure"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whoIsIdleIsToldThatNothingFollows() throws Exception {
    SecureEnd client = established(NEWEST);
    loop.pass(slack(2_000));
    heard(client);
    assertTrue(client.isToldTheEnd());
    assertTrue(hasSaidItsEnd());
    loop.receives(FD, client.ends());
    loop.receives(FD, "");
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void anAbortSaysTheEndAsWell() throws Exception {
    SecureEnd client = established(NEWEST);
    loop.loop().abort();
    loop.turn();
    heard(client);
    assertTrue(client.isToldTheEnd());
    assertTrue(machine.calls("close").contains("close " + FD));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aHandshakeThatTakesTooLongIsRefused() throws Exception {
    SecureEnd client = client(NEWEST);
    loop.receives(FD, client.begin().substring(0, 3));
    loop.pass(2_999);
    assertEquals(0, loop.figure("refusedLate"));
    loop.pass(slack(3_000) - 2_999);
    assertEquals(1, loop.figure("refusedLate"));
    assertEquals("", machine.sent(), "it would not understand");
    assertTrue(hasSaidItsEnd());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whatNobodyWaitsForIsNotComputed() throws Exception {
    SecureEnd client = client(NEWEST);
    loop.receives(FD, client.begin());
    machine.ready(FD, Linux.EPOLLHUP());
    loop.turn();
    assertEquals(0, loop.figure("open"));
    assertEquals(0, loop.figure("queuedBytes"));
    assertEquals("", computed());
    assertEquals(List.of(), machine.said());
  }

  @Test
  void norAnEngineMade() throws Exception {
    List<Peer> asked = new ArrayList<>();
    ScriptedLoop other =
        loop(
                false,
                peer -> {
                  asked.add(peer);
                  return SERVERS.apply(peer);
                })
            .listening(false);
    other.accepts(FD);
    other.receives(FD, new SecureEnd(NEWEST).begin());
    other.loop().abort();
    other.turn();
    computed();
    assertEquals(List.of(), asked);
  }

  @Test
  void aRecordInPartsCountsNoMoreWhenItsConnectionEnds() throws Exception {
    SecureEnd client = established(NEWEST);
    loop.receives(FD, client.says("a\n").substring(0, 7));
    assertEquals(7, loop.figure("queuedBytes"));
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    assertEquals(0, loop.figure("open"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whatTheSocketDoesNotTakeOfAHandshakeWaitsUntilItIsWritable() throws Exception {
    SecureEnd client = client(NEWEST);
    loop.receives(FD, client.begin());
    machine.answer("send", 10);
    String first = computed();
    assertEquals(10, first.length());
    assertEquals(OUT, machine.events(FD));
    assertTrue(loop.figure("queuedBytes") > 0);
    loop.writable(FD);
    assertEquals(IN, machine.events(FD));
    assertEquals(0, loop.figure("queuedBytes"));
    String last = client.hears(first + machine.sent());
    loop.receives(FD, last);
    client.hears(computed());
    loop.receives(FD, client.says("a\n"));
    assertEquals("A\n", heard(client));
  }

  @Test
  void aHandshakeWhosePeerIsGoneEnds() throws Exception {
    SecureEnd client = client(NEWEST);
    loop.receives(FD, client.begin());
    machine.fail("send", Linux.ECONNRESET());
    computed();
    assertEquals(0, loop.figure("open"));
    loop.accepts(51);
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(51);
    assertEquals(0, loop.figure("open"));
    loop.accepts(52);
    loop.receives(52, "");
    assertEquals(0, loop.figure("open"));
    assertEquals(List.of(), machine.said());
  }

  @Test
  void anEngineThatCannotBeMadeEndsItsConnection() throws Exception {
    ScriptedLoop broken =
        loop(
            false,
            _ -> {
              throw new IllegalStateException("no keys");
            });
    broken.listening(false);
    broken.accepts(FD);
    broken.receives(FD, new SecureEnd(NEWEST).begin());
    steps.remove().run();
    broken.turn();
    assertEquals(0, broken.figure("open"));
    assertEquals(1, machine.said().size());
  }

  @Test
  void recordsWithoutContentAreTakenForAWhile() throws Exception {
    SecureEnd client = established(NEWEST);
    for (int i = 0; i < 32; i++) {
      bringsNothing(client);
    }
    loop.receives(FD, client.says("a\n"));
    assertEquals("A\n", heard(client));
    bringsNothing(client);
    assertEquals(0, loop.figure("refusedInsecure"), "it has got one back");
    bringsNothing(client);
    assertEquals(1, loop.figure("refusedInsecure"));
    assertTrue(hasSaidItsEnd());
  }

  /** A new key costs a computation and has no content. */
  private void bringsNothing(SecureEnd client) throws Exception {
    loop.receives(FD, client.begin());
    heard(client);
  }

  @Test
  void aNewKeyIsTakenAndAnswered() throws Exception {
    SecureEnd client = established(NEWEST);
    loop.receives(FD, client.begin());
    heard(client);
    loop.receives(FD, client.says("a\n"));
    assertEquals("A\n", heard(client));
  }

  @Test
  void aSecondHandshakeIsRefused() throws Exception {
    SecureEnd client = established(OLDER);
    loop.receives(FD, client.begin());
    assertEquals(1, loop.figure("refusedInsecure"));
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void whatCouldNotBeDecryptedGoesAlongToAnotherLoop() throws Exception {
    ScriptedLoop other = loop(false, SERVERS);
    SecureEnd client = established(NEWEST);
    String record = client.says("a\n");
    loop.receives(FD, record.substring(0, 7));
    loop.loop().give(List.of(other.loop()), MoveOrder.ALL);
    loop.turn();
    loop.turn();
    assertEquals(0, loop.figure("queuedBytes"));
    other.turn();
    loop.turn();
    assertEquals(7, other.figure("queuedBytes"));
    other.receives(FD, record.substring(7));
    assertEquals("A\n", heard(client));
    assertEquals(0, other.figure("queuedBytes"));
  }

  @Test
  void aDrainLetsAHandshakeEndAndAnswersOneRequest() throws Exception {
    SecureEnd client = client(NEWEST);
    loop.receives(FD, client.begin());
    loop.loop().drain();
    loop.turn();
    loop.receives(FD, client.hears(computed()) + client.says("a\n"));
    client.hears(computed());
    assertEquals("A\n", client.heard());
  }

  @Test
  void twoShakeHandsAtOnce() throws Exception {
    SecureEnd one = client(NEWEST);
    loop.accepts(51);
    SecureEnd two = new SecureEnd(OLDER);
    loop.receives(FD, one.begin());
    loop.receives(51, two.begin());
    assertEquals(2, steps.size());
    Runnable ofOne = steps.remove();
    String toTwo = computed();
    ofOne.run();
    loop.turn();
    String toOne = machine.sent();
    loop.receives(FD, one.hears(toOne));
    one.hears(computed());
    loop.receives(51, two.hears(toTwo));
    two.hears(computed());
    loop.receives(51, two.says("b\n"));
    assertEquals("B\n", heard(two));
    loop.receives(FD, one.says("a\n"));
    assertEquals("A\n", heard(one));
  }

  @Test
  void aProxysHeaderComesBeforeAll() throws Exception {
    ScriptedLoop proxied = loop(true, SERVERS).listening(false);
    proxied.accepts(FD);
    SecureEnd client = new SecureEnd(NEWEST);
    String hello = client.begin();
    proxied.receives(FD, "PROXY TCP4 192.0.2.1 ");
    assertEquals(21, proxied.figure("queuedBytes"));
    proxied.receives(FD, "192.0.2.2 1 2\r\n" + hello.substring(0, 9));
    assertEquals(9, proxied.figure("queuedBytes"));
    proxied.receives(FD, hello.substring(9));
    steps.remove().run();
    proxied.turn();
    assertFalse(client.hears(machine.sent()).isEmpty());
    proxied.accepts(51);
    proxied.receives(51, hello);
    assertEquals(1, proxied.figure("refusedUnproxied"));
    assertEquals(1, proxied.figure("open"));
    assertEquals("", machine.sent());
  }
}
