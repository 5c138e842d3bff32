package io.quintet.websocket;

import java.util.Arrays;
import java.util.Objects;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates the messages of a client as they come, RFC 7692 §7.2.2: what comes out is counted, and
 * checked where it is a text, before more is made. Has native memory only while a message is on its
 * way, or as long as the WebSocket lives where a message may repeat parts of those before it. One
 * thread at a time.
 */
final class Inflation {
  private static final byte[] NOTHING = {};

  /** What the sender has left out: a stored block of no bytes, but for its first three bits. */
  private static final byte[] TAIL = {0, 0, -1, -1};

  /** A last block of no bytes, which can follow nothing but a whole block. */
  private static final byte[] LAST_BLOCK = {1, 0, 0, -1, -1};

  private static final int LEAST_BYTES = 256;

  /** Bytes that come out of one reading of a connection, after which others have their turn. */
  private static final int TURN_BYTES = 1 << 20;

  private final int bytesMax;
  private final boolean keepsContext;
  private final Utf8 utf8 = new Utf8();

  /** Room behind the longest message, to see whether there is more. */
  private final byte[] beyond = new byte[1];

  private @Nullable Inflater inflater;
  private boolean text;
  private byte[] gathered = NOTHING;
  private int length;

  /** Whether no block is open: nothing has come, or the end of a last block. */
  private boolean complete;

  /** Bytes that have come out in this turn, without those of the message that is on its way. */
  private long turnBytes;

  Inflation(int bytesMax, boolean keepsContext) {
    this.bytesMax = bytesMax;
    this.keepsContext = keepsContext;
  }

  /** A message begins. */
  void begin(boolean isText) {
    text = isText;
    utf8.begin();
    length = 0;
    complete = true;
  }

  /** What has arrived is read. */
  void beginTurn() {
    turnBytes = 0;
  }

  /** Whether enough has come out in this turn. */
  boolean isSpent() {
    return turnBytes >= TURN_BYTES;
  }

  /** Likewise at the end of a turn; with nothing left to read it is over. */
  boolean isSpent(int left) {
    if (left == 0) {
      turnBytes = 0;
    }
    return isSpent();
  }

  /**
   * Most bytes of a frame of a compressed message: what cannot be compressed is longer by less than
   * a quarter.
   */
  long frameBytesMax() {
    return Math.min(Integer.MAX_VALUE, bytesMax + bytesMax / 4L + LEAST_BYTES);
  }

  /** Takes the next bytes of the message. */
  void take(byte[] bytes, int from, int count) {
    if (count == 0) {
      return;
    }
    Inflater with = inflater;
    if (with == null) {
      with = new Inflater(true);
      inflater = with;
    }
    complete = false;
    with.setInput(bytes, from, count);
    boolean more = true;
    while (more) {
      more = step(with);
      if (with.finished()) { // RFC 7692 §7.2.3.4: what follows is a stream of its own
        int left = with.getRemaining();
        with.reset();
        with.setInput(bytes, from + count - left, left);
        complete = left == 0;
        more = left > 0;
      }
    }
  }

  /** Inflates into the room that there is, and says whether there may be more. */
  private boolean step(Inflater with) {
    if (length == bytesMax) {
      if (inflate(with, beyond, 0, 1) > 0) {
        throw FrameReader.tooBig(bytesMax);
      }
      return false;
    }
    if (length == gathered.length) {
      long twice = Math.max(LEAST_BYTES, Math.max(2L * length, 2L * with.getRemaining()));
      gathered = Arrays.copyOf(gathered, (int) Math.min(twice, bytesMax));
    }
    int room = gathered.length - length;
    int count = inflate(with, gathered, length, room);
    check(count);
    return count == room;
  }

  private void check(int count) {
    if (text && !utf8.take(gathered, length, length + count)) {
      throw FrameReader.notText();
    }
    length += count;
  }

  private int inflate(Inflater with, byte[] to, int at, int room) {
    long before = with.getBytesWritten();
    try {
      return with.inflate(to, at, room);
    } catch (DataFormatException malformed) {
      int count = (int) (with.getBytesWritten() - before); // what came before it is looked at first
      if (to == beyond && count > 0) {
        throw FrameReader.tooBig(bytesMax);
      } else if (to != beyond) {
        check(count);
      }
      throw FrameReader.wrong("a message that is not compressed as agreed");
    }
  }

  /** The message is whole. */
  byte[] finish() {
    if (!complete && !isBetweenBlocks(Objects.requireNonNull(inflater, "something has come"))) {
      throw FrameReader.wrong("a compressed message that ends within a block");
    }
    if (text && !utf8.isWhole()) {
      throw FrameReader.notText();
    }
    byte[] message = gathered.length == length ? gathered : Arrays.copyOf(gathered, length);
    turnBytes += length;
    gathered = NOTHING;
    if (!keepsContext) {
      end();
    }
    return message;
  }

  /**
   * Whether what the sender has left out ends a block of no bytes. That it ends one is found out by
   * the end of the stream; where that goes on, the next message finds it.
   */
  private boolean isBetweenBlocks(Inflater with) {
    try {
      with.setInput(TAIL);
      if (with.inflate(beyond) > 0) {
        return false;
      }
      if (with.finished()) {
        with.reset();
        return true;
      }
      if (keepsContext) {
        return true;
      }
      with.setInput(LAST_BLOCK);
      return with.inflate(beyond) == 0 && with.finished();
    } catch (DataFormatException malformed) {
      return false;
    }
  }

  /** Frees the native memory. */
  void end() {
    gathered = NOTHING;
    if (inflater != null) {
      inflater.end();
      inflater = null;
    }
  }

  /** Whether it has native memory. */
  boolean isHeld() {
    return inflater != null;
  }
}
