package io.quintet.memcached;

import java.util.List;

/** A reply of the text protocol. */
public sealed interface MemcachedReply {
  /** {@code STORED}. */
  MemcachedReply STORED = new Line("STORED");

  /** {@code NOT_STORED}. */
  MemcachedReply NOT_STORED = new Line("NOT_STORED");

  /** {@code EXISTS}: somebody else has changed the item. */
  MemcachedReply EXISTS = new Line("EXISTS");

  /** {@code NOT_FOUND}. */
  MemcachedReply NOT_FOUND = new Line("NOT_FOUND");

  /** {@code DELETED}. */
  MemcachedReply DELETED = new Line("DELETED");

  /** {@code TOUCHED}. */
  MemcachedReply TOUCHED = new Line("TOUCHED");

  /** What {@link MemcachedCommand.TooLarge} is told. */
  MemcachedReply TOO_LARGE = new Line("SERVER_ERROR object too large for cache");

  /** {@code OK}. */
  MemcachedReply OK = new Line("OK");

  /**
   * A line.
   *
   * @param text without its end
   */
  record Line(String text) implements MemcachedReply {
    /** Refuses line ends. */
    public Line {
      if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
        throw new IllegalArgumentException("a line has no line end within");
      }
    }
  }

  /**
   * An item.
   *
   * @param key its key
   * @param flags what the client keeps with it
   * @param value its bytes, not to be changed
   * @param version changes with each store; told to who asks with {@code gets}
   */
  record Item(String key, long flags, byte[] value, long version) {}

  /**
   * The items that are there of those that were asked for.
   *
   * @param items in the order in which they were asked for
   */
  record Items(List<Item> items) implements MemcachedReply {}
}
