package io.quintet.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes a client's frames out of bytes, RFC 6455 §5: checks headers as soon as their bytes are
 * there, unmasks eight bytes at a time where they lie, and gathers messages. One thread at a time.
 */
final class FrameReader {
  /** Told of frames. */
  interface Receiver {
    /** The header of a data frame, the first of a message or a further one. */
    void data(boolean first);

    /** A message is whole. */
    void complete(byte[] message, boolean text);

    /** A control frame. */
    void control(int opcode, byte[] payload);
  }

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] NOTHING = {};
  private static final int MASKED = 0x80;
  private static final int LENGTH_BITS = 0x7f;
  private static final int KEY_BYTES = 4;

  private final int messageBytesMax;
  private final Receiver receiver;
  private final Utf8 utf8 = new Utf8();

  /** Reads what is compressed, where that was agreed. */
  private final @Nullable Inflation inflation;

  /** Reserved bits that no frame may have. */
  private final int reserved;

  /** Whether the header of a frame has come and its end has not. */
  private boolean inFrame;

  private int opcode;
  private boolean last;

  /** The key, turned so that its lowest byte is for the next byte of the payload. */
  private int key;

  private int missing;

  /** The kind of the message that has begun. */
  private boolean text;

  private boolean compressed;

  private byte[] gathered = NOTHING;
  private int length;
  private byte[] control = NOTHING;

  FrameReader(int messageBytesMax, @Nullable Inflation inflation, Receiver receiver) {
    this.messageBytesMax = messageBytesMax;
    this.inflation = inflation;
    this.reserved = inflation == null ? Frame.RESERVED : Frame.RESERVED & ~Frame.COMPRESSED;
    this.receiver = receiver;
  }

  /** Takes one frame, or what has come of it; gives false where more is needed. */
  boolean take(Input in) {
    if (!inFrame && !header(in)) {
      return false;
    }
    return opcode >= Frame.CLOSE ? control(in) : data(in);
  }

  private boolean header(Input in) {
    int has = in.remaining();
    if (has < 1) {
      return false;
    }
    int first = in.peek(0);
    check(first);
    if (has < 2) {
      return false;
    }
    int second = in.peek(1);
    int bits = second & LENGTH_BITS;
    boolean isControl = (first & 0x0f) >= Frame.CLOSE;
    if ((second & MASKED) == 0) {
      throw wrong("a frame of a client that is not masked");
    }
    if (isControl && bits > Frame.CONTROL_BYTES_MAX) {
      throw wrong("a control frame longer than 125 bytes");
    }
    int lengthBytes = bits == Frame.LENGTH_64 ? 8 : bits == Frame.LENGTH_16 ? 2 : 0;
    if (has < 2 + lengthBytes + KEY_BYTES) {
      return false;
    }
    long size = lengthBytes == 0 ? bits : size(in, lengthBytes);
    opcode = first & 0x0f;
    last = (first & Frame.FINAL) != 0;
    inFrame = true;
    if (!isControl) {
      receiver.data(opcode != Frame.CONTINUATION);
      begin(first, size);
    }
    missing = (int) size;
    in.skip(2 + lengthBytes);
    key = (int) INTS.get(in.array(), in.position());
    in.skip(KEY_BYTES);
    return true;
  }

  private void check(int first) {
    int code = first & 0x0f;
    if ((first & reserved) != 0) {
      throw wrong("a frame with reserved bits");
    }
    if ((first & Frame.COMPRESSED) != 0 && (code == Frame.CONTINUATION || code >= Frame.CLOSE)) {
      throw wrong("a frame that says it is compressed and is no first one of a message");
    }
    if ((code > Frame.BINARY && code < Frame.CLOSE) || code > Frame.PONG) {
      throw wrong("a frame with the reserved opcode " + code);
    }
    if (code >= Frame.CLOSE && (first & Frame.FINAL) == 0) {
      throw wrong("a control frame in fragments");
    }
  }

  /** RFC 6455 §5.2: in as few bytes as there can be. */
  private static long size(Input in, int bytes) {
    long size = 0;
    for (int i = 0; i < bytes; i++) {
      size = size << 8 | (in.peek(2 + i) & 0xff);
    }
    if (size < 0) {
      throw wrong("a length with its highest bit set");
    }
    if (size < (bytes == 2 ? Frame.LENGTH_16 : 1 << 16)) {
      throw wrong("a length in more bytes than it needs");
    }
    return size;
  }

  private void begin(int first, long size) {
    if (opcode != Frame.CONTINUATION) {
      text = opcode == Frame.TEXT;
      compressed = (first & Frame.COMPRESSED) != 0;
      length = 0;
      utf8.begin();
      if (compressed) {
        inflation().begin(text);
      }
    }
    if (size > (compressed ? inflation().frameBytesMax() : messageBytesMax - length)) {
      throw tooBig(messageBytesMax);
    }
  }

  private Inflation inflation() {
    return Objects.requireNonNull(inflation, "it was agreed on");
  }

  /** Takes what has come of a compressed frame. */
  private boolean inflate(Input in) {
    int count = Math.min(missing, in.remaining());
    int from = in.position();
    unmask(in.array(), from, from + count);
    inflation().take(in.array(), from, count);
    in.skip(count);
    missing -= count;
    inFrame = missing > 0;
    if (!inFrame && last) {
      receiver.complete(inflation().finish(), text);
    }
    return !inFrame;
  }

  private boolean data(Input in) {
    if (compressed) {
      return inflate(in);
    }
    int count = Math.min(missing, in.remaining());
    byte[] bytes = in.array();
    int from = in.position();
    unmask(bytes, from, from + count);
    if (text && !utf8.take(bytes, from, from + count)) {
      throw notText();
    }
    missing -= count;
    boolean whole = missing == 0 && last;
    if (whole && length == 0) {
      finish(in.take(count));
      return true;
    }
    gather(in, count);
    if (whole) {
      byte[] message = gathered.length == length ? gathered : Arrays.copyOf(gathered, length);
      gathered = NOTHING;
      finish(message);
    }
    inFrame = missing > 0;
    return !inFrame;
  }

  private void finish(byte[] message) {
    inFrame = false;
    length = 0;
    if (text && !utf8.isWhole()) {
      throw notText();
    }
    receiver.complete(message, text);
  }

  /** Room is made for what has come, not for what was announced. */
  private void gather(Input in, int count) {
    int needed = length + count;
    if (needed > gathered.length) {
      long twice = Math.max(needed, 2L * gathered.length);
      long most = last ? (long) needed + missing : messageBytesMax;
      gathered = Arrays.copyOf(gathered, (int) Math.min(twice, Math.max(most, needed)));
    }
    in.take(gathered, length, count);
    length = needed;
  }

  private boolean control(Input in) {
    if (in.remaining() < missing) {
      return false;
    }
    int from = in.position();
    unmask(in.array(), from, from + missing);
    control = in.take(missing);
    inFrame = false;
    missing = 0;
    if (opcode == Frame.CLOSE) {
      checkClose(control);
    }
    receiver.control(opcode, control);
    return true;
  }

  private static void checkClose(byte[] payload) {
    if (payload.length == 1) {
      throw wrong("a close frame with half a code");
    }
    if (payload.length > 1) {
      if (!CloseCode.isSendable(code(payload))) {
        throw wrong("a close frame with code " + code(payload));
      }
      Utf8 reason = new Utf8();
      if (!reason.take(payload, 2, payload.length) || !reason.isWhole()) {
        throw notText();
      }
    }
  }

  /** The code of a close frame. */
  static int code(byte[] payload) {
    return payload.length < 2 ? CloseCode.NONE : (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
  }

  /** What a close frame says. */
  static String reason(byte[] payload) {
    return payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, UTF_8);
  }

  /** Takes the mask off where the bytes lie. */
  private void unmask(byte[] bytes, int from, int to) {
    int at = from;
    long wide = (key & 0xffffffffL) << 32 | (key & 0xffffffffL);
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      WORDS.set(bytes, at, (long) WORDS.get(bytes, at) ^ wide);
    }
    for (; at < to; at++) {
      bytes[at] ^= (byte) key;
      key = Integer.rotateRight(key, Byte.SIZE);
    }
  }

  static ProtocolException wrong(String what) {
    return new ProtocolException(CloseCode.PROTOCOL_ERROR, what);
  }

  static ProtocolException tooBig(int bytesMax) {
    return new ProtocolException(CloseCode.TOO_BIG, "a message longer than " + bytesMax + " bytes");
  }

  static ProtocolException notText() {
    return new ProtocolException(CloseCode.NOT_UTF8, "a text that is not UTF-8");
  }
}
