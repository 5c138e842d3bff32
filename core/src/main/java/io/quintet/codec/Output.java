package io.quintet.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where replies are written. There is no limit: what does not fit is sent or queued meanwhile. One
 * thread at a time.
 */
public final class Output {
  private static final int LONG_DIGITS_MAX = 20;
  private static final int SPILLED = -1;

  /** The kind of a reply that its codec does not tell. */
  public static final int NO_KIND = -1;

  /** What makes room when an output is full. */
  @FunctionalInterface
  public interface Spill {
    /**
     * Takes all that is written and calls {@link Output#clear()}.
     *
     * @param full the output
     */
    void spill(Output full);
  }

  private final byte[] bytes;
  private final byte[] digits = new byte[LONG_DIGITS_MAX];
  private Spill spill;
  private int length;

  /** Where the reply begins, or SPILLED. */
  private int start;

  private long epochSeconds;
  private boolean closing;
  private boolean ended;
  private @Nullable ReplyParts parts;
  private @Nullable Session session;
  private int kind = NO_KIND;

  /**
   * An empty output.
   *
   * @param capacity bytes after which it spills
   * @param spill what makes room
   */
  public Output(int capacity, Spill spill) {
    this.bytes = new byte[capacity];
    this.spill = spill;
  }

  /**
   * An output that can be read, for trying an encoder.
   *
   * @param bytesMax most bytes that will be written
   * @return the output
   */
  public static Output ofBytes(int bytesMax) {
    return new Output(
        bytesMax,
        _ -> {
          throw new IllegalStateException("more than " + bytesMax + " bytes written");
        });
  }

  /**
   * What has been written and not cleared.
   *
   * @return a copy
   */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  /**
   * Begins another reply.
   *
   * @param to what makes room
   * @param epoch time of day in seconds since 1970
   * @param last whether the server ends the connection after this reply
   */
  public void begin(Spill to, long epoch, boolean last) {
    spill = to;
    epochSeconds = epoch;
    closing = last;
    ended = false;
    parts = null;
    session = null;
    kind = NO_KIND;
    start = length;
  }

  /**
   * Begins this reply anew, as the connection's last, unless a part of it has been sent.
   *
   * @return whether nothing of it is left
   */
  public boolean restart() {
    if (start == SPILLED) {
      return false;
    }
    length = start;
    closing = true;
    ended = false;
    parts = null;
    session = null;
    kind = NO_KIND;
    return true;
  }

  private void makeRoom() {
    spill.spill(this);
    start = SPILLED;
  }

  /**
   * Whether the server ends the connection after this reply, so that the reply may say so.
   *
   * @return whether it does
   */
  public boolean closing() {
    return closing;
  }

  /**
   * Makes this reply the connection's last. Of one that comes in parts it is said before it goes
   * on, so that no further request is taken meanwhile, or with the part that is the last.
   */
  public void endConnection() {
    ended = true;
  }

  /**
   * Whether this reply is the connection's last.
   *
   * @return whether {@link #endConnection()} was called
   */
  public boolean ended() {
    return ended;
  }

  /**
   * Says of which kind this reply is, so that it is counted.
   *
   * @param index index of the kind in {@link Codec#replyKinds()}
   */
  public void kind(int index) {
    kind = index;
  }

  /**
   * Of which kind this reply is.
   *
   * @return an index of {@link Codec#replyKinds()}, or {@link #NO_KIND}
   */
  public int kind() {
    return kind;
  }

  /**
   * Has the reply go on: what was written so far is sent, and the rest comes in parts.
   *
   * @param rest what is left of it
   */
  public void goOn(ReplyParts rest) {
    parts = rest;
  }

  /**
   * How the reply goes on.
   *
   * @return what is left of it, or null if it is whole
   */
  public @Nullable ReplyParts parts() {
    return parts;
  }

  /**
   * Has the connection carry a session from now on: what was written so far is sent, and no other
   * request follows.
   *
   * @param next the session
   */
  public void become(Session next) {
    session = next;
  }

  /**
   * What the connection carries behind this reply in place of requests.
   *
   * @return a session, or null if requests go on
   */
  public @Nullable Session session() {
    return session;
  }

  /**
   * Time of day, read at most once a turn.
   *
   * @return seconds since 1970-01-01T00:00Z
   */
  public long epochSeconds() {
    return epochSeconds;
  }

  /**
   * The array that holds what is written.
   *
   * @return the array, used from 0 to {@link #length()}
   */
  public byte[] array() {
    return bytes;
  }

  /**
   * How many bytes are written and not cleared.
   *
   * @return bytes
   */
  public int length() {
    return length;
  }

  /** Forgets what was written. */
  public void clear() {
    length = 0;
  }

  /**
   * Writes a byte.
   *
   * @param value byte
   */
  public void put(byte value) {
    if (length == bytes.length) {
      makeRoom();
    }
    bytes[length++] = value;
  }

  /**
   * Writes an array.
   *
   * @param source array
   */
  public void put(byte[] source) {
    put(source, 0, source.length);
  }

  /**
   * Writes a part of an array.
   *
   * @param source array
   * @param offset where the part begins
   * @param count how many bytes it has
   */
  public void put(byte[] source, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, source.length);
    int done = 0;
    while (done < count) {
      if (length == bytes.length) {
        makeRoom();
      }
      int part = Math.min(count - done, bytes.length - length);
      System.arraycopy(source, offset + done, bytes, length, part);
      length += part;
      done += part;
    }
  }

  /**
   * Writes a text in UTF-8.
   *
   * @param text text
   */
  public void putText(String text) {
    put(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a number in decimal digits.
   *
   * @param value at least 0
   */
  public void putDecimal(long value) {
    int at = LONG_DIGITS_MAX;
    long left = value;
    do {
      digits[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left > 0);
    put(digits, at, LONG_DIGITS_MAX - at);
  }
}
