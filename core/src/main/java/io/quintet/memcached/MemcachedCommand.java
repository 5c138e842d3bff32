package io.quintet.memcached;

import java.util.List;

/** A command of the text protocol, by the file {@code protocol.txt} of memcached. */
public sealed interface MemcachedCommand {
  /**
   * Whether the client wants no reply.
   *
   * @return false unless it says so
   */
  default boolean noReply() {
    return false;
  }

  /**
   * {@code get} or {@code gets}.
   *
   * @param keys at least one
   * @param withVersions whether the items' versions are wanted
   */
  record Get(List<String> keys, boolean withVersions) implements MemcachedCommand {}

  /** How an item is stored. */
  enum Storing {
    /** In any case. */
    SET,
    /** If the key has none. */
    ADD,
    /** If the key has one. */
    REPLACE,
    /** If its version is still the one that is given. */
    CAS,
    /** Behind the value that the key has, whose flags and expiry stay. */
    APPEND,
    /** In front of it. */
    PREPEND
  }

  /**
   * A command that brings a value.
   *
   * @param how under which condition
   * @param key up to 250 bytes without white space and control characters
   * @param flags what the client keeps with the value, 0 to 2^32 - 1
   * @param expiry seconds from now up to 30 days, beyond that since 1970, 0 for never, below for at
   *     once
   * @param value the bytes, not to be changed
   * @param version of the item, for {@link Storing#CAS}
   * @param noReply whether no reply is wanted
   */
  record Store(
      Storing how, String key, long flags, long expiry, byte[] value, long version, boolean noReply)
      implements MemcachedCommand {}

  /**
   * A command whose value was longer than the codec takes, and was dropped. After {@link
   * Storing#SET} the key has no value any more, so that nobody finds an old one; after the others
   * all is as it was.
   *
   * @param how under which condition
   * @param key whose value
   * @param noReply whether no reply is wanted
   */
  record TooLarge(Storing how, String key, boolean noReply) implements MemcachedCommand {}

  /**
   * {@code delete}.
   *
   * @param key what is deleted
   * @param noReply whether no reply is wanted
   */
  record Delete(String key, boolean noReply) implements MemcachedCommand {}

  /**
   * {@code incr} or {@code decr}: the value is a number in decimal digits.
   *
   * @param key whose value
   * @param delta by how much, unsigned, 0 to 2^64 - 1
   * @param down whether it is {@code decr}
   * @param noReply whether no reply is wanted
   */
  record Count(String key, long delta, boolean down, boolean noReply) implements MemcachedCommand {}

  /**
   * {@code touch}.
   *
   * @param key whose expiry
   * @param expiry as of {@link Store}
   * @param noReply whether no reply is wanted
   */
  record Touch(String key, long expiry, boolean noReply) implements MemcachedCommand {}

  /**
   * {@code flush_all}: what was stored before a time is gone from then on.
   *
   * @param delay when, as the expiry of {@link Store}; at once also below 0
   * @param noReply whether no reply is wanted
   */
  record Flush(long delay, boolean noReply) implements MemcachedCommand {}

  /**
   * {@code verbosity}, which the server may ignore.
   *
   * @param level how much is wanted in its log
   * @param noReply whether no reply is wanted
   */
  record Verbosity(long level, boolean noReply) implements MemcachedCommand {}

  /** {@code version}. */
  record Version() implements MemcachedCommand {}

  /** {@code quit}: the connection ends without a reply. */
  record Quit() implements MemcachedCommand {}

  /**
   * A line that is no command; the connection goes on, as that of memcached does.
   *
   * @param answer what the client is told
   * @param noReply whether no reply is wanted, as far as that can be told
   */
  record Malformed(MemcachedReply answer, boolean noReply) implements MemcachedCommand {}
}
