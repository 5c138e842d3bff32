package io.quintet.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.cli.ExpiringMap.Entry;
import io.quintet.memcached.Memcached;
import io.quintet.memcached.MemcachedCommand;
import io.quintet.memcached.MemcachedReply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A cache behind the commands of memcached, in memory. Any thread; each command is one atomic step.
 * Shared as that of {@link RespStore} is.
 */
final class MemcachedStore {
  private static final long MONTH_SECONDS = 60 * 60 * 24 * 30;
  private static final long MILLIS = 1000;
  private static final MemcachedReply NO_NUMBER =
      new MemcachedReply.Line("CLIENT_ERROR cannot increment or decrement non-numeric value");

  private record Item(byte[] value, long flags, long version) {}

  private final ExpiringMap<Item> items = new ExpiringMap<>();
  private final AtomicLong versions = new AtomicLong();

  /** When all that is there is gone, since 1970. */
  private volatile long flushMillis = ExpiringMap.NEVER;

  MemcachedReply answer(MemcachedCommand command) {
    if (flushMillis <= System.currentTimeMillis()) {
      flushWhenDue();
    }
    return switch (command) {
      case MemcachedCommand.Get get -> get(get.keys());
      case MemcachedCommand.Store store -> store(store);
      case MemcachedCommand.TooLarge large -> {
        if (large.how() == MemcachedCommand.Storing.SET) {
          items.remove(large.key());
        }
        yield MemcachedReply.TOO_LARGE;
      }
      case MemcachedCommand.Delete delete ->
          items.remove(delete.key()) ? MemcachedReply.DELETED : MemcachedReply.NOT_FOUND;
      case MemcachedCommand.Count count -> count(count);
      case MemcachedCommand.Touch touch -> touch(touch);
      case MemcachedCommand.Flush flush -> {
        flush(flush.delay());
        yield MemcachedReply.OK;
      }
      case MemcachedCommand.Verbosity _ -> MemcachedReply.OK;
      case MemcachedCommand.Version _ -> new MemcachedReply.Line("VERSION 1.6.0-quintet");
      case MemcachedCommand.Quit _ -> MemcachedReply.OK;
      case MemcachedCommand.Malformed malformed -> malformed.answer();
    };
  }

  private synchronized void flush(long delay) {
    flushMillis = delay <= 0 ? System.currentTimeMillis() : expires(delay);
    flushWhenDue();
  }

  private synchronized void flushWhenDue() {
    if (flushMillis <= System.currentTimeMillis()) {
      items.clear();
      flushMillis = ExpiringMap.NEVER;
    }
  }

  private MemcachedReply get(List<String> keys) {
    List<MemcachedReply.Item> found = new ArrayList<>(keys.size());
    for (String key : keys) {
      Entry<Item> entry = items.get(key);
      if (entry != null) {
        Item item = entry.value();
        found.add(new MemcachedReply.Item(key, item.flags, item.value, item.version));
      }
    }
    return new MemcachedReply.Items(found);
  }

  private MemcachedReply store(MemcachedCommand.Store store) {
    MemcachedReply[] reply = {MemcachedReply.STORED};
    items.update(
        store.key(),
        before -> {
          reply[0] = judged(store, before == null ? null : before.value());
          return reply[0] == MemcachedReply.STORED ? stored(store, before) : before;
        });
    return reply[0];
  }

  private static MemcachedReply judged(MemcachedCommand.Store store, @Nullable Item before) {
    return switch (store.how()) {
      case SET -> MemcachedReply.STORED;
      case ADD -> before == null ? MemcachedReply.STORED : MemcachedReply.NOT_STORED;
      case REPLACE -> before == null ? MemcachedReply.NOT_STORED : MemcachedReply.STORED;
      case CAS -> compared(before, store.version());
      case APPEND, PREPEND -> {
        if (before == null) {
          yield MemcachedReply.NOT_STORED;
        }
        boolean fits = before.value.length <= Memcached.VALUE_BYTES_MAX - store.value().length;
        yield fits ? MemcachedReply.STORED : MemcachedReply.TOO_LARGE;
      }
    };
  }

  private Entry<Item> stored(MemcachedCommand.Store store, @Nullable Entry<Item> before) {
    long version = versions.incrementAndGet();
    boolean behind = store.how() == MemcachedCommand.Storing.APPEND;
    if (before == null || (!behind && store.how() != MemcachedCommand.Storing.PREPEND)) {
      return new Entry<>(new Item(store.value(), store.flags(), version), expires(store.expiry()));
    }
    byte[] old = before.value().value;
    byte[] joined = behind ? joined(old, store.value()) : joined(store.value(), old);
    return new Entry<>(new Item(joined, before.value().flags, version), before.expiresMillis());
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static MemcachedReply compared(@Nullable Item before, long version) {
    if (before == null) {
      return MemcachedReply.NOT_FOUND;
    }
    return before.version == version ? MemcachedReply.STORED : MemcachedReply.EXISTS;
  }

  private MemcachedReply count(MemcachedCommand.Count count) {
    MemcachedReply[] reply = {MemcachedReply.NOT_FOUND};
    items.update(
        count.key(),
        before -> {
          if (before == null) {
            return null;
          }
          String digits = new String(before.value().value, US_ASCII).strip();
          try {
            long value = Long.parseUnsignedLong(digits);
            boolean below = Long.compareUnsigned(value, count.delta()) < 0;
            long after = count.down() ? (below ? 0 : value - count.delta()) : value + count.delta();
            String text = Long.toUnsignedString(after);
            reply[0] = new MemcachedReply.Line(text);
            return new Entry<>(
                new Item(text.getBytes(US_ASCII), before.value().flags, versions.incrementAndGet()),
                before.expiresMillis());
          } catch (NumberFormatException e) {
            reply[0] = NO_NUMBER;
            return before;
          }
        });
    return reply[0];
  }

  private MemcachedReply touch(MemcachedCommand.Touch touch) {
    MemcachedReply[] reply = {MemcachedReply.NOT_FOUND};
    items.update(
        touch.key(),
        before -> {
          reply[0] = before == null ? MemcachedReply.NOT_FOUND : MemcachedReply.TOUCHED;
          return before == null ? null : new Entry<>(before.value(), expires(touch.expiry()));
        });
    return reply[0];
  }

  /** Seconds from now up to a month, beyond that since 1970; below 0 it is gone at once. */
  private static long expires(long expiry) {
    if (expiry == 0) {
      return ExpiringMap.NEVER;
    }
    long now = System.currentTimeMillis();
    long seconds = Math.min(expiry, Long.MAX_VALUE / MILLIS / 2);
    return expiry < 0 ? now : seconds * MILLIS + (expiry <= MONTH_SECONDS ? now : 0);
  }
}
