package io.quintet.memcached;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;

/**
 * The codec of memcached's text protocol. A value that is too large is read and dropped, and the
 * client is told; a line that is no command gets {@code ERROR}; neither ends the connection. The
 * text of HTTP does, as memcached's: a browser can be made to send it to any port, with commands in
 * it.
 */
public final class Memcached implements Codec<MemcachedCommand, MemcachedReply> {
  /** Longest value unless another limit is asked for, in bytes. */
  public static final int VALUE_BYTES_MAX = 1 << 20;

  private final int valueBytesMax;

  private Memcached(int valueBytesMax) {
    this.valueBytesMax = valueBytesMax;
  }

  /**
   * The codec with values up to {@link #VALUE_BYTES_MAX}.
   *
   * @return the codec
   */
  public static Codec<MemcachedCommand, MemcachedReply> codec() {
    return new Memcached(VALUE_BYTES_MAX);
  }

  /**
   * The codec with another limit.
   *
   * @param valueBytesMax longest value, 1 to 2^30 bytes
   * @return the codec
   */
  public static Codec<MemcachedCommand, MemcachedReply> codec(int valueBytesMax) {
    if (valueBytesMax < 1 || valueBytesMax > 1 << 30) {
      throw new IllegalArgumentException(
          "valueBytesMax " + valueBytesMax + " is not within 1 to 1073741824");
    }
    return new Memcached(valueBytesMax);
  }

  @Override
  public String name() {
    return "memcached";
  }

  @Override
  public Decoder<MemcachedCommand> decoder() {
    return new MemcachedDecoder(valueBytesMax);
  }

  @Override
  public Encoder<MemcachedCommand, MemcachedReply> encoder() {
    return new MemcachedEncoder();
  }

  /** Clients send commands in a pipeline that build on each other. */
  @Override
  public boolean isOrdered(MemcachedCommand request) {
    return true;
  }

  @Override
  public String describe(MemcachedCommand request) {
    return switch (request) {
      case MemcachedCommand.Get get -> "get " + String.join(" ", get.keys());
      case MemcachedCommand.Store store -> "store of " + store.key();
      case MemcachedCommand.TooLarge large -> "store of " + large.key();
      case MemcachedCommand.Delete delete -> "delete " + delete.key();
      case MemcachedCommand.Count count -> (count.down() ? "decr " : "incr ") + count.key();
      case MemcachedCommand.Touch touch -> "touch " + touch.key();
      case MemcachedCommand.Flush flush -> "flush_all";
      case MemcachedCommand.Verbosity verbosity -> "verbosity";
      case MemcachedCommand.Version version -> "version";
      case MemcachedCommand.Quit quit -> "quit";
      case MemcachedCommand.Malformed malformed -> "a line that is no command";
    };
  }

  @Override
  public boolean isLast(MemcachedCommand request) {
    return request instanceof MemcachedCommand.Quit;
  }
}
