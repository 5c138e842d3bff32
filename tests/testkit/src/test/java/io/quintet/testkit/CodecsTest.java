package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.LengthPrefixed;
import io.quintet.memcached.Memcached;
import io.quintet.memcached.MemcachedCommand;
import io.quintet.memcached.MemcachedReply;
import io.quintet.resp.Resp;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each codec under all patterns, on the simulated kernel: any pieces, any order, any error. */
class CodecsTest {
  private static final int RUNS = Integer.getInteger("quintet.runs", 10_000) / 20;

  @Test
  void netstringsAreACodecOfAUsersOwn() {
    QuintetProperties.of(new Netstring(), String::toUpperCase)
        .samples("5:hello,", "0:,", "12:more than one,")
        .runs(RUNS)
        .check();
  }

  @Test
  void theReadmeShowsThatCodecAsItIs() throws IOException {
    Path root = Path.of(System.getProperty("quintet.root"));
    Path file = root.resolve("tests/testkit/src/test/java/io/quintet/testkit/Netstring.java");
    List<String> lines = Files.readAllLines(file);
    List<String> shown =
        lines.subList(lines.indexOf("/** Netstrings: {@code 5:hello,}. */"), lines.size());
    List<String> code = shown.stream().filter(line -> !line.contains("@Override")).toList();
    assertTrue(code.stream().filter(line -> !line.isBlank()).count() < 60, code.size() + " lines");
    String readme = Files.readString(root.resolve("README.md"));
    assertTrue(readme.contains(String.join("\n", shown)), "README.md has another text");
  }

  @Test
  void framesUnderEveryPattern() {
    QuintetProperties.of(LengthPrefixed.of(2), frame -> frame)
        .samples(List.of(bytes("\0\3abc"), bytes("\0\0")))
        .runs(RUNS)
        .check();
    QuintetProperties.of(LengthPrefixed.varint(), frame -> frame)
        .samples(List.of(bytes("\3abc"), bytes("\u0080\1" + "x".repeat(128))))
        .runs(RUNS)
        .check();
  }

  @Test
  void respUnderEveryPatternAlsoWhereAConnectionChangesItsVersion() {
    QuintetProperties.of(Resp.codec(), CodecsTest::answer)
        .samples(
            "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n",
            "NOTHING\r\n",
            "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n",
            "HELLO 2\r\n",
            "*1\r\n$4\r\nTREE\r\n",
            "QUIT\r\n")
        .runs(RUNS)
        .check();
  }

  private static RespReply answer(RespCommand command) {
    return switch (command.name()) {
      case "ECHO" -> new RespReply.Bulk(command.argument(0));
      case "HELLO" ->
          new RespReply.Hello(
              Integer.parseInt(command.text(0)),
              new RespReply.Dictionary(Map.of(RespReply.bulk("proto"), RespReply.NIL)));
      case "TREE" -> {
        Map<RespReply, RespReply> map = new LinkedHashMap<>();
        map.put(new RespReply.Truth(true), new RespReply.Fraction(0.5));
        map.put(new RespReply.Whole(-7), new RespReply.Array(List.of(RespReply.NIL)));
        yield new RespReply.Dictionary(map);
      }
      case "QUIT" -> RespReply.OK;
      default -> RespReply.NIL;
    };
  }

  @Test
  void memcachedUnderEveryPattern() {
    QuintetProperties.of(Memcached.codec(16), CodecsTest::answer)
        .samples(
            "get a b\r\n",
            "gets a\r\n",
            "set a 1 0 3\r\nabc\r\n",
            "set a 1 0 3 noreply\r\nabc\r\n",
            "set a 1 0 20\r\n" + "x".repeat(20) + "\r\n",
            "nonsense\r\n",
            "quit\r\n")
        .runs(RUNS)
        .check();
  }

  private static MemcachedReply answer(MemcachedCommand command) {
    return switch (command) {
      case MemcachedCommand.Get get -> {
        List<MemcachedReply.Item> items = new ArrayList<>();
        get.keys().forEach(key -> items.add(new MemcachedReply.Item(key, 7, bytes(key), 1)));
        yield new MemcachedReply.Items(items);
      }
      case MemcachedCommand.Malformed malformed -> malformed.answer();
      default -> MemcachedReply.STORED;
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
