package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.quintet.Pattern;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

/**
 * The clients of Redis and memcached against the store and the cache of {@code quintet serve} under
 * each pattern; each is skipped where it is missing.
 */
@ParameterizedClass
@EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
class StoreClientsTest {
  private static final int DEADLINE_MILLIS = 60_000;

  @Parameter Pattern pattern;

  private static Command.Serving resp;
  private static Command.Serving memcached;

  @BeforeParameterizedClassInvocation
  static void serve(Pattern pattern) throws Exception {
    resp = Command.Serving.of(pattern, "--protocol", "resp");
    memcached = Command.Serving.of(pattern, "--protocol", "memcached");
  }

  @AfterParameterizedClassInvocation
  static void end() throws Exception {
    try (Command.Serving first = resp;
        Command.Serving second = memcached) {
      assertEquals(0, first.end("TERM").exit());
      assertEquals(0, second.end("TERM").exit());
    }
  }

  @Test
  void redisCliSpeaksBothVersions() throws Exception {
    Command.needs("redis-cli");
    for (String version : List.of("-2", "-3")) {
      List<String> lines =
          List.of(
              "SET cli v", "GET cli", "INCR cli:n", "EXPIRE cli 100", "TTL cli", "DEL cli cli:n");
      Command.Result result =
          Command.run(
              "sh",
              "-c",
              "printf '%s\\n' \"$@\" | redis-cli " + version + " -p " + resp.port,
              "sh",
              lines.get(0),
              lines.get(1),
              lines.get(2),
              lines.get(3),
              lines.get(4),
              lines.get(5));
      assertEquals("OK\nv\n1\n1\n100\n2\n", result.out(), result.err());
    }
  }

  @Test
  void redisBenchmarkFindsNoErrorWithAndWithoutAPipeline() throws Exception {
    Command.needs("redis-benchmark");
    for (String pipeline : List.of("1", "16")) {
      Command.Result result =
          Command.run(
              "timeout",
              "60",
              "redis-benchmark",
              "-p",
              Integer.toString(resp.port),
              "-P",
              pipeline,
              "-n",
              "20000",
              "-e",
              "-t",
              "ping,set,get,incr,mset",
              "--csv");
      assertEquals(0, result.exit(), result.err());
      assertEquals(7, result.out().lines().count(), result.out());
      assertTrue(!result.out().contains("Error") && !result.err().contains("Error"), result.err());
    }
  }

  @Test
  void jedisIsServed() {
    try (Jedis jedis = new Jedis("127.0.0.1", resp.port, DEADLINE_MILLIS)) {
      jedis.flushDB();
      assertEquals("PONG", jedis.ping());
      assertEquals("OK", jedis.set("a", "1"));
      assertNull(jedis.set("a", "2", SetParams.setParams().nx()));
      assertEquals("OK", jedis.set("b", "x", SetParams.setParams().ex(100)));
      assertEquals(2, jedis.incr("a"));
      assertEquals(List.of("2", "x"), jedis.mget("a", "b"));
      assertEquals(100, jedis.ttl("b"));
      assertEquals(-1, jedis.ttl("a"));
      assertEquals(Set.of("a", "b"), jedis.keys("*"));
      assertEquals(1, jedis.expire("a", 0));
      assertNull(jedis.get("a"));
      assertThrows(JedisDataException.class, () -> jedis.incr("b"));
      assertEquals(1, jedis.dbSize());
      assertTrue(jedis.exists("b"));
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> counts = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        counts.add(pipeline.incr("n"));
      }
      pipeline.sync();
      for (int i = 0; i < 1000; i++) {
        assertEquals(i + 1, counts.get(i).get());
      }
    }
  }

  @Test
  void lettuceIsServedInRespThree() {
    RedisURI uri =
        RedisURI.builder()
            .withHost("127.0.0.1")
            .withPort(resp.port)
            .withTimeout(Duration.ofMillis(DEADLINE_MILLIS))
            .build();
    RedisClient client = RedisClient.create(uri);
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      RedisCommands<String, String> commands = connection.sync();
      assertEquals("OK", commands.flushdb());
      assertEquals("OK", commands.set("k", "v", SetArgs.Builder.px(100_000).nx()));
      assertEquals("v", commands.get("k"));
      assertTrue(commands.ttl("k") > 90);
      assertEquals("OK", commands.mset(Map.of("x", "1", "y", "2")));
      assertEquals(3, commands.dbsize());
      assertEquals(2, commands.del("x", "y", "z"));
      assertNull(commands.get("x"));
    } finally {
      client.shutdown();
    }
  }

  @Test
  void theToolsOfMemcachedAreServed(@TempDir Path folder) throws Exception {
    Command.needs("memccp");
    Command.needs("memccat");
    assumeTrue(
        pattern != Pattern.MULTI_PROCESS, "skipped: each tool connects anew, to any backend");
    Path file = Files.writeString(folder.resolve("greeting"), "Hello");
    String servers = "--servers=127.0.0.1:" + memcached.port;
    assertEquals(0, Command.run("memccp", servers, file.toString()).exit());
    assertEquals("Hello\n", Command.run("memccat", servers, "greeting").out());
    assertEquals(0, Command.run("memcrm", servers, "greeting").exit());
    assertTrue(Command.run("memccat", servers, "greeting").exit() != 0, "it is gone");
    assertEquals(0, Command.run("memcping", servers).exit());
  }

  @Test
  void memcachedAnswersByItsProtocol() throws Exception {
    try (Client client = new Client(memcached.port)) {
      client.send(
          "flush_all\r\nset a 7 0 1\r\n5\r\nadd a 0 0 1\r\nx\r\nincr a 10\r\ndecr a 100\r\n");
      client.send(
          "get a b\r\ntouch a 100\r\nreplace b 0 0 1 noreply\r\nx\r\ndelete a\r\nget a\r\n");
      client.send("set big 0 0 2000000\r\n" + "x".repeat(2_000_000) + "\r\n");
      client.send("nothing\r\nversion\r\nquit\r\n");
      String expected =
          "OK\r\n"
              + "STORED\r\n"
              + "NOT_STORED\r\n"
              + "15\r\n"
              + "0\r\n"
              + "VALUE a 7 1\r\n"
              + "0\r\n"
              + "END\r\n"
              + "TOUCHED\r\n"
              + "DELETED\r\n"
              + "END\r\n"
              + "SERVER_ERROR object too large for cache\r\n"
              + "ERROR\r\n"
              + "VERSION 1.6.0-quintet\r\n";
      assertEquals(expected, client.receiveAllText());
    }
  }
}
