package io.quintet.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.cli.ExpiringMap.Entry;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A key-value store behind the commands of Redis, in memory. Any thread.
 *
 * <p>There is one store a process: where loops or workers share it each command is one atomic step,
 * but MSET, which is one for each key; under {@code multi-process} each backend has its own, as the
 * nodes of a cluster have, and a client sees the one that its connection led it to.
 */
final class RespStore {
  private static final RespReply PONG = new RespReply.Simple("PONG");
  private static final RespReply SYNTAX = new RespReply.Failure("ERR syntax error");
  private static final RespReply NO_NUMBER =
      new RespReply.Failure("ERR value is not an integer or out of range");
  private static final RespReply BAD_NAME =
      new RespReply.Failure(
          "ERR Client names cannot contain spaces, newlines or special characters.");
  private static final RespReply ONE = new RespReply.Whole(1);
  private static final RespReply ZERO = new RespReply.Whole(0);
  private static final long MILLIS = 1000;
  private static final int MANY = Integer.MAX_VALUE;

  /** A command: how many arguments it takes, and what it does. */
  private record Rule(int least, int most, Function<RespCommand, RespReply> run) {}

  private final RespClients clients = new RespClients();
  private final ExpiringMap<byte[]> values = new ExpiringMap<>();
  private final Map<String, Rule> rules = new LinkedHashMap<>();
  private final Supplier<String> pattern;
  private final long startedNanos = System.nanoTime();

  RespStore(Supplier<String> pattern) {
    this.pattern = pattern;
    rule("PING", 0, 1, c -> c.count() == 0 ? PONG : new RespReply.Bulk(c.argument(0)));
    rule("ECHO", 1, 1, c -> new RespReply.Bulk(c.argument(0)));
    rule("GET", 1, 1, c -> get(key(c, 0)));
    rule("SET", 2, 6, this::set);
    rule("DEL", 1, MANY, c -> count(c, values::remove));
    rule("EXISTS", 1, MANY, c -> count(c, key -> values.get(key) != null));
    rule("INCR", 1, 1, c -> add(c, 1));
    rule("DECR", 1, 1, c -> add(c, -1));
    rule("INCRBY", 2, 2, c -> addGiven(c, 1));
    rule("DECRBY", 2, 2, c -> addGiven(c, -1));
    rule("MGET", 1, MANY, this::multipleGet);
    rule("MSET", 2, MANY, this::multipleSet);
    rule("EXPIRE", 2, 2, this::expire);
    rule("TTL", 1, 1, this::timeToLive);
    rule("KEYS", 1, 1, this::keys);
    rule("DBSIZE", 0, 0, _ -> new RespReply.Whole(values.size()));
    rule("FLUSHDB", 0, 1, this::flush);
    rule("FLUSHALL", 0, 1, this::flush);
    rule("SELECT", 1, 1, RespStore::select);
    rule("HELLO", 0, MANY, this::hello);
    rule("COMMAND", 0, MANY, this::command);
    rule("CONFIG", 1, MANY, RespStore::config);
    rule("INFO", 0, MANY, _ -> info());
    rule("CLIENT", 1, MANY, this::client);
    rule("QUIT", 0, 0, _ -> RespReply.OK);
  }

  private void rule(String name, int least, int most, Function<RespCommand, RespReply> run) {
    rules.put(name, new Rule(least, most, run));
  }

  RespReply answer(RespCommand command) {
    if (command.count() == 1 && command.is("GET")) {
      return get(key(command, 0)); // most of what is asked, without a look into the table
    }
    String name = command.name();
    Rule rule = rules.get(name);
    if (rule == null) {
      return new RespReply.Failure("ERR unknown command '" + printable(name) + "'");
    }
    if (command.count() < rule.least || command.count() > rule.most) {
      return new RespReply.Failure(
          "ERR wrong number of arguments for '" + name.toLowerCase(Locale.ROOT) + "' command");
    }
    return rule.run.apply(command);
  }

  private static String printable(String text) {
    return text.substring(0, Math.min(text.length(), 128)).replaceAll("[^ -~]", "?");
  }

  /** Keys are bytes: each is one character here. */
  private static String key(RespCommand command, int index) {
    return new String(command.argument(index), ISO_8859_1);
  }

  private RespReply get(String key) {
    Entry<byte[]> entry = values.get(key);
    return entry == null ? RespReply.NIL : new RespReply.Bulk(entry.value());
  }

  /** {@code SET key value [NX | XX] [EX seconds | PX milliseconds | KEEPTTL]}. */
  private RespReply set(RespCommand command) {
    String key = key(command, 0);
    byte[] value = command.argument(1);
    if (command.count() == 2) {
      values.put(key, value);
      return RespReply.OK;
    }
    boolean absent = false;
    boolean present = false;
    boolean keep = false;
    long lifeMillis = 0;
    for (int i = 2; i < command.count(); i++) {
      switch (command.text(i).toUpperCase(Locale.ROOT)) {
        case "NX" -> absent = true;
        case "XX" -> present = true;
        case "KEEPTTL" -> keep = true;
        case "EX", "PX" -> {
          long unit = command.text(i).equalsIgnoreCase("EX") ? MILLIS : 1;
          i++;
          Long given = i < command.count() ? number(command.argument(i)) : null;
          if (given == null || lifeMillis != 0) {
            return given == null && i < command.count() ? NO_NUMBER : SYNTAX;
          }
          if (given <= 0 || given > Long.MAX_VALUE / 2 / unit - System.currentTimeMillis()) {
            return new RespReply.Failure("ERR invalid expire time in 'set' command");
          }
          lifeMillis = given * unit;
        }
        default -> {
          return SYNTAX;
        }
      }
    }
    if ((absent && present) || (keep && lifeMillis != 0)) {
      return SYNTAX;
    }
    return set(key, value, absent, present, keep, lifeMillis) ? RespReply.OK : RespReply.NIL;
  }

  private boolean set(
      String key, byte[] value, boolean absent, boolean present, boolean keep, long lifeMillis) {
    long expires = lifeMillis == 0 ? ExpiringMap.NEVER : System.currentTimeMillis() + lifeMillis;
    boolean[] done = {false};
    values.update(
        key,
        before -> {
          if ((absent && before != null) || (present && before == null)) {
            return before;
          }
          done[0] = true;
          return new Entry<>(value, keep && before != null ? before.expiresMillis() : expires);
        });
    return done[0];
  }

  private static RespReply count(RespCommand command, Predicate<String> counted) {
    int count = 0;
    for (int i = 0; i < command.count(); i++) {
      count += counted.test(key(command, i)) ? 1 : 0;
    }
    return new RespReply.Whole(count);
  }

  private RespReply addGiven(RespCommand command, int sign) {
    Long by = number(command.argument(1));
    return by == null || (sign < 0 && by == Long.MIN_VALUE) ? NO_NUMBER : add(command, sign * by);
  }

  private RespReply add(RespCommand command, long by) {
    RespReply[] reply = {NO_NUMBER};
    values.update(
        key(command, 0),
        before -> {
          Long value = before == null ? Long.valueOf(0) : number(before.value());
          if (value == null) {
            return before;
          }
          long sum = value + by;
          if (((value ^ sum) & (by ^ sum)) < 0) {
            reply[0] = new RespReply.Failure("ERR increment or decrement would overflow");
            return before;
          }
          reply[0] = new RespReply.Whole(sum);
          return new Entry<>(
              Long.toString(sum).getBytes(US_ASCII),
              before == null ? ExpiringMap.NEVER : before.expiresMillis());
        });
    return reply[0];
  }

  private static @Nullable Long number(byte[] digits) {
    String text = new String(digits, ISO_8859_1);
    try {
      return text.matches("0|-?[1-9][0-9]{0,18}") ? Long.valueOf(text) : null;
    } catch (NumberFormatException e) {
      return null; // more than a long holds
    }
  }

  private RespReply multipleGet(RespCommand command) {
    List<RespReply> replies = new ArrayList<>();
    for (int i = 0; i < command.count(); i++) {
      replies.add(get(key(command, i)));
    }
    return new RespReply.Array(replies);
  }

  private RespReply multipleSet(RespCommand command) {
    if (command.count() % 2 != 0) {
      return new RespReply.Failure("ERR wrong number of arguments for 'mset' command");
    }
    for (int i = 0; i < command.count(); i += 2) {
      values.put(key(command, i), command.argument(i + 1));
    }
    return RespReply.OK;
  }

  private RespReply expire(RespCommand command) {
    Long seconds = number(command.argument(1));
    if (seconds == null) {
      return NO_NUMBER;
    }
    long now = System.currentTimeMillis();
    if (Math.abs(seconds / 2) > (Long.MAX_VALUE - now) / MILLIS / 2 - 1) {
      return new RespReply.Failure("ERR invalid expire time in 'expire' command");
    }
    boolean[] found = {false};
    values.update(
        key(command, 0),
        before -> {
          found[0] = before != null;
          return before == null ? null : new Entry<>(before.value(), now + seconds * MILLIS);
        });
    return found[0] ? ONE : ZERO;
  }

  private RespReply timeToLive(RespCommand command) {
    Entry<byte[]> entry = values.get(key(command, 0));
    if (entry == null) {
      return new RespReply.Whole(-2);
    }
    return entry.expiresMillis() == ExpiringMap.NEVER
        ? new RespReply.Whole(-1)
        : new RespReply.Whole(
            Math.ceilDiv(entry.expiresMillis() - System.currentTimeMillis(), MILLIS));
  }

  private RespReply keys(RespCommand command) {
    String glob = key(command, 0);
    return new RespReply.Array(
        values.keys().stream()
            .filter(key -> Glob.matches(glob, key))
            .map(key -> new RespReply.Bulk(key.getBytes(ISO_8859_1)))
            .toList());
  }

  /** {@code FLUSHALL [ASYNC | SYNC]}, which are the same here. */
  private RespReply flush(RespCommand command) {
    if (command.count() == 1 && !command.text(0).matches("(?i)A?SYNC")) {
      return SYNTAX;
    }
    values.clear();
    return RespReply.OK;
  }

  private static RespReply select(RespCommand command) {
    return command.text(0).equals("0")
        ? RespReply.OK
        : new RespReply.Failure("ERR DB index is out of range");
  }

  /** {@code HELLO [version [SETNAME name]]}. */
  private RespReply hello(RespCommand command) {
    int version = clients.version(command.peer());
    if (command.count() > 0) {
      String wanted = command.text(0);
      if (!wanted.equals("2") && !wanted.equals("3")) {
        return new RespReply.Failure("NOPROTO unsupported protocol version");
      }
      version = Integer.parseInt(wanted);
    }
    boolean named = command.count() == 3 && command.text(1).equalsIgnoreCase("SETNAME");
    if (command.count() > 1 && !named) {
      return new RespReply.Failure("ERR syntax error in HELLO option");
    }
    if (named && !clients.name(command.peer(), command.argument(2))) {
      return BAD_NAME;
    }
    clients.agree(command.peer(), version);
    Map<RespReply, RespReply> properties = new LinkedHashMap<>();
    properties.put(RespReply.bulk("server"), RespReply.bulk("quintet"));
    properties.put(RespReply.bulk("version"), RespReply.bulk("7.0.0"));
    properties.put(RespReply.bulk("proto"), new RespReply.Whole(version));
    properties.put(RespReply.bulk("id"), new RespReply.Whole(clients.id(command.peer())));
    properties.put(RespReply.bulk("mode"), RespReply.bulk("standalone"));
    properties.put(RespReply.bulk("role"), RespReply.bulk("master"));
    properties.put(RespReply.bulk("modules"), new RespReply.Array(List.of()));
    return new RespReply.Hello(version, new RespReply.Dictionary(properties));
  }

  /** {@code COMMAND [COUNT | DOCS …]}: clients ask for it and can do without. */
  private RespReply command(RespCommand command) {
    boolean count = command.count() == 1 && command.text(0).equalsIgnoreCase("COUNT");
    boolean docs = command.count() > 0 && command.text(0).equalsIgnoreCase("DOCS");
    if (count) {
      return new RespReply.Whole(rules.size());
    }
    return docs ? new RespReply.Dictionary(Map.of()) : new RespReply.Array(List.of());
  }

  /** {@code CONFIG GET name …}: benchmarks ask for these two. */
  private static RespReply config(RespCommand command) {
    if (command.count() < 2 || !command.text(0).equalsIgnoreCase("GET")) {
      return new RespReply.Failure("ERR only CONFIG GET is served");
    }
    Map<RespReply, RespReply> values = new LinkedHashMap<>();
    for (int i = 1; i < command.count(); i++) {
      switch (command.text(i)) {
        case "save" -> values.put(RespReply.bulk("save"), RespReply.bulk(""));
        case "appendonly" -> values.put(RespReply.bulk("appendonly"), RespReply.bulk("no"));
        default -> {
          // there is no such setting
        }
      }
    }
    return new RespReply.Dictionary(values);
  }

  private RespReply info() {
    long seconds = (System.nanoTime() - startedNanos) / 1_000_000_000L;
    return RespReply.bulk(
        "# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nquintet_pattern:%s\r\n"
                .formatted(pattern.get())
            + "process_id:%d\r\nuptime_in_seconds:%d\r\n\r\n# Keyspace\r\ndb0:keys=%d\r\n"
                .formatted(ProcessHandle.current().pid(), seconds, values.size()));
  }

  /** {@code CLIENT SETNAME name | GETNAME | ID | SETINFO what text}. */
  private RespReply client(RespCommand command) {
    String what = command.text(0).toUpperCase(Locale.ROOT);
    int count =
        switch (what) {
          case "SETNAME" -> 2;
          case "GETNAME", "ID" -> 1;
          case "SETINFO" -> 3;
          default -> 0;
        };
    if (count == 0) {
      return new RespReply.Failure("ERR unknown subcommand of CLIENT");
    }
    if (command.count() != count) {
      return new RespReply.Failure(
          "ERR wrong number of arguments for 'client|"
              + what.toLowerCase(Locale.ROOT)
              + "' command");
    }
    return switch (what) {
      case "SETNAME" -> clients.name(command.peer(), command.argument(1)) ? RespReply.OK : BAD_NAME;
      case "GETNAME" -> clients.name(command.peer());
      case "ID" -> new RespReply.Whole(clients.id(command.peer()));
      default -> RespReply.OK; // nobody asks for it
    };
  }
}
