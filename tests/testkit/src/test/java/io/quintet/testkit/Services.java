package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Echo;
import io.quintet.codec.LengthPrefixed;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.memcached.Memcached;
import io.quintet.memcached.MemcachedCommand;
import io.quintet.memcached.MemcachedReply;
import io.quintet.resp.Resp;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What is simulated: a service for each codec. */
enum Services {
  LINES(Shouting::properties),
  CROWDED_LINES(() -> Shouting.properties().crowded(true)),
  REARRANGED_LINES(() -> Shouting.properties().rearranged(true)),
  SECURE_LINES(() -> Shouting.properties().secured(true)),
  ECHO(() -> QuintetProperties.of(Echo.codec(), bytes -> bytes)),
  HTTP(
      () ->
          QuintetProperties.of(Http.codec(), request -> HttpResponse.text(request.path()))
              .samples(
                  "GET /a HTTP/1.1\r\nHost: b\r\n\r\n",
                  "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\nhello",
                  "GET /last HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n",
                  "GET / HTTP/1.0\r\n\r\n")),
  STREAMING_HTTP(StreamingThrough::properties),
  WEBSOCKET(Chatting::properties),
  RESP(
      () ->
          QuintetProperties.of(Resp.codec(), Services::answer)
              .samples(
                  "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n",
                  "NOTHING\r\n",
                  "Host: x\r\n",
                  "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n",
                  "HELLO 2\r\n",
                  "*1\r\n$4\r\nTREE\r\n",
                  "QUIT\r\n")),
  MEMCACHED(
      () ->
          QuintetProperties.of(Memcached.codec(16), Services::answer)
              .samples(
                  "get a b\r\n",
                  "gets a\r\n",
                  "set a 1 0 3\r\nabc\r\n",
                  "set a 1 0 3 noreply\r\nabc\r\n",
                  "set a 1 0 20\r\n" + "x".repeat(20) + "\r\n",
                  "set a 1 0 20 noreply\r\n" + "x".repeat(20) + "\r\n",
                  "flush_all 0 noreply\r\n",
                  "incr a x noreply\r\n",
                  "POST / HTTP/1.1\r\n",
                  "nonsense\r\n",
                  "quit\r\n")),
  FRAMES(
      () ->
          QuintetProperties.of(LengthPrefixed.of(2), frame -> frame)
              .samples(List.of(bytes("\0\3abc"), bytes("\0\0")))),
  VARINT_FRAMES(
      () ->
          QuintetProperties.of(LengthPrefixed.varint(), frame -> frame)
              .samples(List.of(bytes("\3abc"), bytes("\u0080\1" + "x".repeat(128))))),
  NETSTRINGS(
      () ->
          QuintetProperties.of(new Netstring(), String::toUpperCase)
              .samples("5:hello,", "0:,", "12:more than one,"));

  /** Clients of whom so little is asked that much could be wrong with them. */
  private static final double DISTURBED_MAX = 0.05;

  /** Of fewer a share says little. */
  private static final long CLIENTS_MIN = 500;

  private final Supplier<QuintetProperties<?, ?>> properties;

  Services(Supplier<QuintetProperties<?, ?>> properties) {
    this.properties = properties;
  }

  /** Its name for people and files. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Under some arrangements: the seeds that ever failed, then so many runs. */
  void check(Arrangements arrangements, int runs) {
    List<Long> failed = FailedSeeds.of(this, arrangements);
    failed.forEach(seed -> under(arrangements).plain().seed(seed).runs(1).check());
    failed.forEach(seed -> under(arrangements).seed(seed).runs(1).check());
    QuintetProperties<?, ?> checked = under(arrangements).runs(runs);
    checked.check();
    Checks checks = checked.checks();
    System.out.printf("%s under %s: %s%n", id(), arrangements.id(), checks);
    if (checks.all() >= CLIENTS_MIN) {
      double disturbed = checks.share(Checks.Strictness.DISTURBED);
      assertTrue(disturbed <= DISTURBED_MAX, id() + ": too many are hardly checked: " + checks);
    }
  }

  QuintetProperties<?, ?> under(Arrangements arrangements) {
    return under(arrangements.topologies());
  }

  QuintetProperties<?, ?> under(String... topologies) {
    return properties.get().earlyDrains(true).topologies(topologies);
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
