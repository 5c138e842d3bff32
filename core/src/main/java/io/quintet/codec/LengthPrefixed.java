package io.quintet.codec;

import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Frames of bytes, each behind its length: 1, 2, 4 or 8 bytes in either order, or a varint (base
 * 128, least significant group first, as in protocol buffers). Replies are framed likewise. A
 * handler that fails ends the connection, since frames have no way to say so.
 *
 * <pre>{@code
 * LengthPrefixed.of(4)
 * LengthPrefixed.of(2).order(ByteOrder.LITTLE_ENDIAN).bytesMax(512)
 * LengthPrefixed.varint()
 * }</pre>
 */
public final class LengthPrefixed implements Codec<byte[], byte[]> {
  /** Longest frame unless another limit is asked for, in bytes without its length. */
  public static final int BYTES_MAX = 1 << 20;

  /** Bytes of the longest varint: 64 bits in groups of 7. */
  private static final int VARINT_BYTES_MAX = 10;

  private static final int VARINT = 0;

  private final int prefixBytes;
  private final boolean littleEndian;
  private final int bytesMax;

  private LengthPrefixed(int prefixBytes, boolean littleEndian, int bytesMax) {
    this.prefixBytes = prefixBytes;
    this.littleEndian = littleEndian;
    this.bytesMax = bytesMax;
  }

  /**
   * Frames behind a length of so many bytes, the most significant first, of at most {@link
   * #BYTES_MAX} bytes.
   *
   * @param prefixBytes 1, 2, 4 or 8
   * @return the codec
   */
  public static LengthPrefixed of(int prefixBytes) {
    if (prefixBytes < 1 || prefixBytes > 8 || Integer.bitCount(prefixBytes) != 1) {
      throw new IllegalArgumentException(
          "prefixBytes " + prefixBytes + " is not valid: valid are 1, 2, 4, 8");
    }
    return new LengthPrefixed(prefixBytes, false, BYTES_MAX);
  }

  /**
   * Frames behind a varint, of at most {@link #BYTES_MAX} bytes.
   *
   * @return the codec
   */
  public static LengthPrefixed varint() {
    return new LengthPrefixed(VARINT, false, BYTES_MAX);
  }

  /**
   * The same with the bytes of the length in another order. A varint has one order only.
   *
   * @param order which byte of the length comes first
   * @return another codec
   */
  public LengthPrefixed order(ByteOrder order) {
    return new LengthPrefixed(prefixBytes, order == ByteOrder.LITTLE_ENDIAN, bytesMax);
  }

  /**
   * The same with another limit.
   *
   * @param most longest frame in bytes without its length, 0 to 2^31 - 9; a longer one ends the
   *     connection
   * @return another codec
   */
  public LengthPrefixed bytesMax(int most) {
    Objects.checkIndex(most, Integer.MAX_VALUE - 7);
    return new LengthPrefixed(prefixBytes, littleEndian, most);
  }

  @Override
  public String name() {
    return "length-prefixed";
  }

  @Override
  public Decoder<byte[]> decoder() {
    return new FrameDecoder();
  }

  @Override
  public Encoder<byte[], byte[]> encoder() {
    return new FrameEncoder();
  }

  private final class FrameDecoder implements Decoder<byte[]> {
    private final Gatherer frame = new Gatherer();
    private boolean inFrame;

    @Override
    public byte @Nullable [] decode(Input in) {
      if (!inFrame && !readLength(in)) {
        return null;
      }
      inFrame = !frame.take(in);
      return inFrame ? null : frame.finish();
    }

    /** Takes the length if it has arrived whole. */
    private boolean readLength(Input in) {
      int bytes = prefixBytes == VARINT ? varintBytes(in) : prefixBytes;
      if (bytes == 0 || in.remaining() < bytes) {
        return false;
      }
      long length = 0;
      for (int i = 0; i < bytes; i++) {
        long b = in.peek(i) & 0xff;
        if (prefixBytes == VARINT) {
          length |= (b & 0x7f) << 7 * i;
        } else {
          length = littleEndian ? length | b << 8 * i : length << 8 | b;
        }
      }
      if (length < 0 || length > bytesMax) {
        throw new ProtocolException(0, "frame longer than " + bytesMax + " bytes");
      }
      in.skip(bytes);
      frame.expect((int) length);
      return true;
    }

    /** How long the varint at the front is, or 0 if its end has not arrived. */
    private static int varintBytes(Input in) {
      int most = Math.min(in.remaining(), VARINT_BYTES_MAX);
      for (int i = 0; i < most; i++) {
        if (in.peek(i) >= 0) {
          return i + 1;
        }
      }
      if (most == VARINT_BYTES_MAX) {
        throw new ProtocolException(0, "varint longer than 64 bits");
      }
      return 0;
    }

    @Override
    public Outcome outcome() {
      return inFrame ? Outcome.NEED_CONTENT : Outcome.IDLE;
    }
  }

  private final class FrameEncoder implements Encoder<byte[], byte[]> {
    @Override
    public void encode(byte[] request, byte[] reply, Output out) {
      if (prefixBytes == VARINT) {
        int left = reply.length;
        while (left > 0x7f) {
          out.put((byte) (left | 0x80));
          left >>>= 7;
        }
        out.put((byte) left);
      } else {
        putFixed(reply.length, out);
      }
      out.put(reply);
    }

    private void putFixed(long length, Output out) {
      if (prefixBytes < Long.BYTES && length >>> 8 * prefixBytes != 0) {
        throw new IllegalArgumentException(
            "a reply of " + length + " bytes has no length of " + prefixBytes + " bytes");
      }
      for (int i = 0; i < prefixBytes; i++) {
        out.put((byte) (length >>> 8 * (littleEndian ? i : prefixBytes - 1 - i)));
      }
    }

    @Override
    public void encodeFailure(byte[] request, Throwable failure, Output out) {
      out.endConnection();
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      out.endConnection();
    }
  }
}
