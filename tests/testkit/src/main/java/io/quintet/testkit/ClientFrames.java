package io.quintet.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a WebSocket's server is told by a client's frames, RFC 6455 §5, up to where it reads no
 * further. Written from the RFC alone, so that what the server makes of the same bytes is compared
 * to something else than itself. One use.
 */
final class ClientFrames {
  /** What the server is told. */
  enum Kind {
    TEXT,
    BINARY,
    PING,
    PONG,
    /** The client's close frame. */
    CLOSE,
    /** The protocol is broken. */
    WRONG
  }

  /**
   * One thing that it is told.
   *
   * @param kind what
   * @param payload what it carries, of a message all of it
   * @param code of a close frame, or with which a broken protocol is answered; 1005 is none
   * @param end where its bytes end
   */
  record Told(Kind kind, byte[] payload, int code, int end) {
    boolean isMessage() {
      return kind == Kind.TEXT || kind == Kind.BINARY;
    }

    /** Whether nothing behind it is read. */
    boolean isLast() {
      return kind == Kind.CLOSE || kind == Kind.WRONG;
    }
  }

  static final int NONE = 1005;
  private static final int PROTOCOL_ERROR = 1002;
  private static final int NOT_UTF8 = 1007;
  private static final int TOO_BIG = 1009;
  private static final int CONTROL_MAX = 125;

  private final byte[] stream;
  private final int messageMax;
  private final List<Told> told = new ArrayList<>();
  private final List<Integer> frameEnds = new ArrayList<>();
  private int at;

  /** The kind of the message that has begun; null if none has. */
  private @Nullable Kind begun;

  private byte[] message = {};
  private Utf8Check text = new Utf8Check();

  /** What breaks the protocol. */
  private static final class Broken extends Exception {
    private static final long serialVersionUID = 1;
    private final int code;

    Broken(int code) {
      super("" + code, null, false, false);
      this.code = code;
    }
  }

  /** UTF-8 as RFC 3629 §4 has it, byte by byte. */
  private static final class Utf8Check {
    private int missing;
    private int low = 0x80;
    private int high = 0xbf;

    boolean takes(byte next) {
      int b = next & 0xff;
      if (missing > 0) {
        boolean right = b >= low && b <= high;
        low = 0x80;
        high = 0xbf;
        missing--;
        return right;
      }
      if (b < 0x80) {
        return true;
      }
      missing = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
      low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
      high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
      return b >= 0xc2 && b <= 0xf4;
    }

    boolean isWhole() {
      return missing == 0;
    }
  }

  /** Frames from some byte of a stream on. */
  ClientFrames(byte[] stream, int from, int messageMax) {
    this.stream = stream;
    this.at = from;
    this.messageMax = messageMax;
    boolean goesOn = true;
    while (goesOn) {
      try {
        goesOn = next();
      } catch (Broken broken) {
        told.add(new Told(Kind.WRONG, new byte[0], broken.code, stream.length));
        goesOn = false;
      }
    }
  }

  List<Told> told() {
    return List.copyOf(told);
  }

  /** Where frames end that are whole. */
  List<Integer> frameEnds() {
    return List.copyOf(frameEnds);
  }

  private static void require(boolean holds, int code) throws Broken {
    if (!holds) {
      throw new Broken(code);
    }
  }

  /** Whether another frame may follow. */
  private boolean next() throws Broken {
    int has = stream.length - at;
    if (has == 0) {
      return false;
    }
    int opcode = stream[at] & 0x0f;
    boolean last = stream[at] < 0;
    boolean control = opcode >= 8;
    require((stream[at] & 0x70) == 0, PROTOCOL_ERROR);
    require(opcode <= 2 || opcode >= 8 && opcode <= 10, PROTOCOL_ERROR);
    require(last || !control, PROTOCOL_ERROR);
    if (has < 2) {
      return false;
    }
    int length = stream[at + 1] & 0x7f;
    require(stream[at + 1] < 0, PROTOCOL_ERROR);
    require(!control || length <= CONTROL_MAX, PROTOCOL_ERROR);
    int more = length == 127 ? 8 : length == 126 ? 2 : 0;
    int payload = at + 2 + more + 4;
    if (payload > stream.length) {
      return false;
    }
    long size = length;
    if (more > 0) {
      size = 0;
      for (int i = 0; i < more; i++) {
        size = size << 8 | stream[at + 2 + i] & 0xff;
      }
      require(size >= (more == 2 ? 126 : 65_536), PROTOCOL_ERROR);
    }
    return control ? control(opcode, payload, (int) size) : data(opcode, last, payload, size);
  }

  private byte unmasked(int payload, int i) {
    return (byte) (stream[payload + i] ^ stream[payload - 4 + i % 4]);
  }

  private byte[] unmasked(int payload, int from, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = unmasked(payload, from + i);
    }
    return bytes;
  }

  private boolean control(int opcode, int payload, int size) throws Broken {
    if (stream.length - payload < size) {
      return false;
    }
    byte[] bytes = unmasked(payload, 0, size);
    int end = payload + size;
    if (opcode == 8) {
      told.add(new Told(Kind.CLOSE, bytes, code(bytes), end));
    } else {
      told.add(new Told(opcode == 9 ? Kind.PING : Kind.PONG, bytes, NONE, end));
    }
    at = end;
    frameEnds.add(end);
    return opcode != 8;
  }

  private static int code(byte[] payload) throws Broken {
    if (payload.length == 0) {
      return NONE;
    }
    require(payload.length > 1, PROTOCOL_ERROR);
    int code = (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    boolean defined = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
    require(defined || code >= 3000 && code <= 4999, PROTOCOL_ERROR);
    Utf8Check reason = new Utf8Check();
    for (int i = 2; i < payload.length; i++) {
      require(reason.takes(payload[i]), NOT_UTF8);
    }
    require(reason.isWhole(), NOT_UTF8);
    return code;
  }

  private boolean data(int opcode, boolean last, int payload, long size) throws Broken {
    require((opcode == 0) == (begun != null), PROTOCOL_ERROR);
    if (opcode > 0) {
      begun = opcode == 1 ? Kind.TEXT : Kind.BINARY;
      message = new byte[0];
      text = new Utf8Check();
    }
    require(size <= messageMax - message.length, TOO_BIG);
    int there = (int) Math.min(size, stream.length - payload);
    byte[] bytes = unmasked(payload, 0, there);
    for (byte each : bytes) {
      require(begun != Kind.TEXT || text.takes(each), NOT_UTF8);
    }
    byte[] longer = Arrays.copyOf(message, message.length + there);
    System.arraycopy(bytes, 0, longer, message.length, there);
    message = longer;
    if (there < size) {
      return false;
    }
    at = payload + there;
    frameEnds.add(at);
    if (last) {
      require(begun != Kind.TEXT || text.isWhole(), NOT_UTF8);
      told.add(new Told(Objects.requireNonNull(begun), message, NONE, at));
      begun = null;
    }
    return true;
  }
}
