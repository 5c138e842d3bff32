package io.quintet.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Values that may have a time at which they are gone. Any thread; each change of a key is one
 * atomic step. What has expired and is not asked for again is removed when the map has doubled.
 *
 * @param <V> value
 */
final class ExpiringMap<V> {
  /** For a value that stays. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int SWEEP_FIRST = 1024;

  /**
   * A value.
   *
   * @param value what it is
   * @param expiresMillis when it is gone, since 1970
   */
  record Entry<V>(V value, long expiresMillis) {
    private boolean isGone() {
      return expiresMillis != NEVER && expiresMillis <= System.currentTimeMillis();
    }
  }

  private final Map<String, Entry<V>> entries = new ConcurrentHashMap<>();
  private final AtomicInteger sweepAt = new AtomicInteger(SWEEP_FIRST);

  @Nullable Entry<V> get(String key) {
    Entry<V> entry = entries.get(key);
    return entry == null || entry.isGone() ? null : entry;
  }

  void put(String key, V value) {
    entries.put(key, new Entry<>(value, NEVER));
  }

  /** Replaces what the key has, or has not: null. */
  void update(String key, UnaryOperator<@Nullable Entry<V>> change) {
    Entry<V> after =
        entries.compute(
            key, (_, before) -> change.apply(before == null || before.isGone() ? null : before));
    if (after != null && after.expiresMillis != NEVER) {
      sweep();
    }
  }

  private void sweep() {
    int at = sweepAt.get();
    if (entries.size() >= at && sweepAt.compareAndSet(at, Integer.MAX_VALUE)) {
      entries.values().removeIf(Entry::isGone);
      sweepAt.set(Math.max(SWEEP_FIRST, 2 * entries.size()));
    }
  }

  /** Whether there was one. */
  boolean remove(String key) {
    Entry<V> entry = entries.remove(key);
    return entry != null && !entry.isGone();
  }

  List<String> keys() {
    return entries.entrySet().stream()
        .filter(entry -> !entry.getValue().isGone())
        .map(Map.Entry::getKey)
        .toList();
  }

  int size() {
    entries.values().removeIf(Entry::isGone);
    return entries.size();
  }

  void clear() {
    entries.clear();
  }
}
