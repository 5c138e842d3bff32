package io.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.quintet.codec.Peer;
import io.quintet.resp.Resp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands of Redis with their options; expected is what Redis 7.0.15 answers. */
class RespStoreTest {
  private final RespStore store = new RespStore(() -> "single-thread");
  private final Peer peer = Peer.unconnected();

  private String answers(Peer from, String stream, int pieceBytes) {
    return Answers.of(Resp.codec(), store::answer, from, stream.replace("|", "\r\n"), pieceBytes)
        .replace("\r\n", "|");
  }

  private String answers(String stream) {
    return answers(peer, stream, 1 << 16);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1|Host: x||FLUSHALL|",
        "POST|FLUSHALL|",
        "post x|FLUSHALL|",
        "  Post|FLUSHALL|",
        "\"POST\" x|FLUSHALL|",
        "Host: x|FLUSHALL|",
        "HOST:|FLUSHALL|",
        "host:x|FLUSHALL|",
      })
  void textOfHttpEndsTheConnectionBeforeItsCommands(String text) {
    String refused = "-ERR Protocol error: this is not HTTP|(end)";
    assertEquals("+OK|" + refused, answers("SET k v|" + text));
    assertEquals(refused, answers(peer, text, 1));
    assertEquals("$1|v|", answers("GET k|"), "nothing ran");
  }

  @Test
  void otherMethodsOfHttpEndAtTheirHost() {
    String get = answers("SET k v|GET / HTTP/1.1|Host: x|X: y||FLUSHALL|");
    assertEquals(
        "+OK|-ERR wrong number of arguments for 'get' command"
            + "|-ERR Protocol error: this is not HTTP|(end)",
        get);
    assertEquals("$1|v|", answers("GET k|"));
  }

  @Test
  void wordsThatLookLikeHttpAreServedWhereTheyAreNoCommand() {
    assertEquals(
        "$4|POST|$5|Host:|-ERR unknown command 'POSTS'|-ERR unknown command 'HOST'|",
        answers("ECHO POST|ECHO Host:|POSTS|HOST|"));
    assertEquals("-ERR unknown command 'POST'|", answers("*1|$4|POST|"));
  }

  @Test
  void aClientIsCalledAsItSaid() {
    assertEquals(
        "$-1|+OK|$1|a|+OK|$2|~!|+OK|$-1|",
        answers(
            "CLIENT GETNAME|CLIENT SETNAME a|client getname|CLIENT SETNAME ~!|CLIENT GETNAME|"
                + "CLIENT SETNAME \"\"|CLIENT GETNAME|"));
    answers("CLIENT SETNAME mine|");
    Peer other = Peer.unconnected();
    assertEquals("$-1|", answers(other, "CLIENT GETNAME|", 1));
    answers(other, "CLIENT SETNAME theirs|", 1);
    assertEquals("$4|mine|", answers("CLIENT GETNAME|"));
    assertNotEquals(answers("CLIENT ID|"), answers(other, "CLIENT ID|", 1));
    assertEquals(answers("CLIENT ID|"), answers("CLIENT ID|"));
  }

  @Test
  void helloNamesAClientToo() {
    String hello = answers("HELLO 3 SETNAME n|CLIENT GETNAME|CLIENT SETNAME \"\"|CLIENT GETNAME|");
    assertEquals("$1|n|+OK|_|", hello.substring(hello.length() - 11));
    String again = answers("HELLO|");
    assertEquals("%7|", again.substring(0, 3), "version 3 stays");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "CLIENT SETNAME \"a b\";"
            + "ERR Client names cannot contain spaces, newlines or special characters.",
        "CLIENT SETNAME \"a\\x7f\";"
            + "ERR Client names cannot contain spaces, newlines or special characters.",
        "CLIENT SETNAME;ERR wrong number of arguments for 'client|setname' command",
        "CLIENT SETNAME a b;ERR wrong number of arguments for 'client|setname' command",
        "CLIENT GETNAME a;ERR wrong number of arguments for 'client|getname' command",
        "CLIENT ID 3;ERR wrong number of arguments for 'client|id' command",
        "CLIENT;ERR wrong number of arguments for 'client' command",
        "FLUSHALL x;ERR syntax error",
        "FLUSHDB ASYNCX;ERR syntax error",
      })
  void whatIsNotServedIsRefused(String command, String expected) {
    assertEquals("+OK|-" + expected + "|$1|v|", answers("SET k v|" + command + "|GET k|"), command);
  }

  @Test
  void aFlushTakesItsOption() {
    assertEquals(
        "+OK|+OK|$-1|+OK|:0|", answers("SET k v|FLUSHALL ASYNC|GET k|FLUSHDB sync|DBSIZE|"));
  }
}
