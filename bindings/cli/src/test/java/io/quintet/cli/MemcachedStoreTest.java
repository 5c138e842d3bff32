package io.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Peer;
import io.quintet.memcached.Memcached;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of memcached with their options; expected is what memcached 1.6.18 answers. */
class MemcachedStoreTest {
  private static final int VALUE_BYTES_MAX = 8;
  private static final String LARGE = "123456789";
  private static final String TOO_LARGE = "SERVER_ERROR object too large for cache|";

  /** Lines are written as {@code a|b|}. */
  private static String answers(MemcachedStore store, String stream) {
    return answers(store, stream, 1 << 16);
  }

  private static String answers(MemcachedStore store, String stream, int pieceBytes) {
    return Answers.of(
            Memcached.codec(VALUE_BYTES_MAX),
            store::answer,
            Peer.unconnected(),
            stream.replace("|", "\r\n"),
            pieceBytes)
        .replace("\r\n", "|");
  }

  private static String fresh(String stream) {
    String whole = answers(new MemcachedStore(), stream);
    assertEquals(whole, answers(new MemcachedStore(), stream, 1), "byte by byte");
    return whole;
  }

  @ParameterizedTest
  @CsvSource({
    "flush_all 0 noreply|",
    "flush_all noreply|",
    "flush_all 10 noreply|",
    "flush_all x noreply|",
    "verbosity 1 noreply|",
    "verbosity noreply|",
    "delete n noreply|",
    "delete n 0 noreply|",
    "delete n 1 noreply|",
    "delete missing noreply|",
    "incr n 1 noreply|",
    "decr n 1 noreply|",
    "incr n x noreply|",
    "incr missing 1 noreply|",
    "touch n 10 noreply|",
    "touch n x noreply|",
    "touch missing 10 noreply|",
    "set n 0 0 1 noreply|5|",
    "set n 0 0 9 noreply|123456789|",
    "add n 0 0 1 noreply|5|",
    "add n 0 0 9 noreply|123456789|",
    "replace n 0 0 1 noreply|5|",
    "append n 0 0 1 noreply|5|",
    "prepend n 0 0 9 noreply|123456789|",
    "cas n 0 0 1 99 noreply|5|",
    "cas n 0 0 9 99 noreply|123456789|",
  })
  void noReplyIsNone(String command) {
    assertEquals(
        "STORED|VERSION 1.6.0-quintet|", fresh("set n 0 0 1|5|" + command + "version|"), command);
  }

  @Test
  void ofAKeyThatIsTooLongNothingIsSaidWhereNothingIsWanted() {
    String key = "k".repeat(251);
    for (String command : List.of("incr " + key + " 1", "delete " + key, "touch " + key + " 1")) {
      assertEquals("VERSION 1.6.0-quintet|", fresh(command + " noreply|version|"), command);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "flush_all|, OK|",
    "flush_all 0|, OK|",
    "flush_all -1|, OK|",
    "flush_all x|, CLIENT_ERROR invalid exptime argument|",
    "flush_all noreply 0|, CLIENT_ERROR invalid exptime argument|",
    "verbosity|, ERROR|",
    "verbosity 1|, OK|",
    "verbosity x|, CLIENT_ERROR bad command line format|",
    "delete|, ERROR|",
    "delete n 0|, DELETED|",
    "delete missing 0|, NOT_FOUND|",
    "delete n 1|, CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]|",
    "delete n x|, CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]|",
    "incr n|, ERROR|",
    "incr n 1|, 6|",
    "incr n -1|, CLIENT_ERROR invalid numeric delta argument|",
    "incr n 18446744073709551616|, CLIENT_ERROR invalid numeric delta argument|",
    "touch n|, ERROR|",
    "touch n -1|get n|, TOUCHED|END|",
    "touch n x|, CLIENT_ERROR invalid exptime argument|",
    "set n 0 -1 1|v|get n|, STORED|END|",
    "append n 9 9 2|bc|get n|, STORED|VALUE n 0 3|5bc|END|",
    "prepend n 9 9 2|yz|get n|, STORED|VALUE n 0 3|yz5|END|",
    "append none 0 0 1|x|get none|, NOT_STORED|END|",
    "prepend none 0 0 1|x|get none|, NOT_STORED|END|",
    "nonsense noreply|, ERROR|",
    "version|, VERSION 1.6.0-quintet|",
  })
  void eachOptionIsRead(String commands, String expected) {
    assertEquals("STORED|" + expected, fresh("set n 0 0 1|5|" + commands));
  }

  @Test
  void aValueThatIsTooLargeLeavesNoOldOneBehind() {
    String set = "set k 0 0 1|v|";
    assertEquals("STORED|" + TOO_LARGE + "END|", fresh(set + "set k 0 0 9|" + LARGE + "|get k|"));
    assertEquals("STORED|END|", fresh(set + "set k 0 0 9 noreply|" + LARGE + "|get k|"));
    assertEquals(TOO_LARGE + "END|", fresh("set k 0 0 9|" + LARGE + "|get k|"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "add k 0 0 9",
        "replace k 0 0 9",
        "append k 0 0 9",
        "prepend k 0 0 9",
        "cas k 0 0 9 1"
      })
  void whatCouldNotBeStoredConditionallyChangesNothing(String command) {
    assertEquals(
        "STORED|" + TOO_LARGE + "VALUE k 0 1|v|END|",
        fresh("set k 0 0 1|v|" + command + "|" + LARGE + "|get k|"));
  }

  @Test
  void aFlushWithADelayTakesWhatIsThereThen() throws Exception {
    MemcachedStore store = new MemcachedStore();
    String there = "VALUE k 0 1|v|END|";
    assertEquals("STORED|OK|" + there, answers(store, "set k 0 0 1|v|flush_all 1|get k|"));
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (answers(store, "get k|").equals(there)) {
      assertTrue(System.nanoTime() < deadline, "it is still there");
      Thread.onSpinWait();
    }
    assertEquals("END|STORED|" + there, answers(store, "get k|set k 0 0 1|v|get k|"));
    assertEquals("OK|OK|END|", answers(store, "flush_all 100|flush_all 0|get k|"));
    assertEquals("STORED|" + there, answers(store, "set k 0 0 1|v|get k|"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1|Host: x||flush_all|",
        "GET / HTTP/1.0|flush_all|",
        "post / HTTP/1.1|flush_all|",
        "PUT /x HTTP/1.1|flush_all|",
        "Host: x|flush_all|",
        "HOST:x|flush_all|",
        "POST /|flush_all|",
      })
  void textOfHttpEndsTheConnectionBeforeItsCommands(String text) {
    assertEquals("STORED|CLIENT_ERROR this is not HTTP|(end)", fresh("set k 0 0 1|v|" + text));
  }

  @Test
  void keysAndValuesThatLookLikeHttpAreNone() {
    assertEquals(
        "STORED|VALUE POST 0 8|HTTP/1.1|END|END|",
        fresh("set POST 0 0 8|HTTP/1.1|get POST HTTP/1.1|get Host:|"));
  }
}
