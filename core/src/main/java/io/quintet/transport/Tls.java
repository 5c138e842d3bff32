package io.quintet.transport;

import io.quintet.buffer.ChunkPool;
import io.quintet.codec.Input;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS between a connection's socket and its codec, once the {@link Handshake} is established: what
 * is received is decrypted into the input, what is written is encrypted into the queue of what
 * leaves. The loop's thread alone.
 */
public final class Tls {
  /** Where encrypted bytes go. */
  @FunctionalInterface
  public interface Sink {
    void take(byte[] bytes, int offset, int length);
  }

  /** The longest record, RFC 8446 §5.2 with its head, and what older versions add. */
  public static final int RECORD_BYTES_MAX = 5 + 16_384 + 2_048;

  /** No content: what a handshake, an alert or a close is encrypted from. */
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** Records in a row that bring no content: more than any client needs. */
  private static final int EMPTY_RECORDS_MAX = 32;

  private static final int ALERT = 21;

  /** What the connections of one loop share. */
  public static final class Scratch {
    private final byte[] received = new byte[2 * RECORD_BYTES_MAX];
    private final ByteBuffer record = ByteBuffer.allocate(2 * RECORD_BYTES_MAX);
    private final ChunkPool chunks;

    /**
     * Nothing received yet.
     *
     * @param chunks where what waits to be decrypted counts
     */
    public Scratch(ChunkPool chunks) {
      this.chunks = chunks;
    }
  }

  private final SSLEngine engine;
  private Scratch scratch;
  private final Sink sink;

  /** Encrypted bytes that are no whole record yet, or for which the input has no room. */
  private byte @Nullable [] rest;

  /** Bytes of it that count among what is queued in the loop. */
  private int counted;

  /** Whether the peer has said that nothing follows. */
  private boolean ended;

  /**
   * Records without content that may still come. Each costs a computation, and a peer whose records
   * have some needs few: it gets one back for each of these.
   */
  private int emptyRecords = EMPTY_RECORDS_MAX;

  /**
   * Goes on where a handshake has ended.
   *
   * @param engine its engine
   * @param received what has come behind it
   * @param scratch shared with the other connections of the loop
   * @param sink where encrypted bytes go
   */
  Tls(SSLEngine engine, byte[] received, Scratch scratch, Sink sink) {
    this.engine = engine;
    this.scratch = scratch;
    this.sink = sink;
    keep(received.length == 0 ? null : received);
  }

  /** These bytes wait to be decrypted, and count meanwhile. */
  private void keep(byte @Nullable [] bytes) {
    rest = bytes;
    count(bytes == null ? 0 : bytes.length);
  }

  private void count(int bytes) {
    scratch.chunks.countElsewhere(bytes - counted);
    counted = bytes;
  }

  /** It leaves its loop, where what waits counts no more. */
  public void depart() {
    count(0);
  }

  /** It has come to the loop whose scratch it shares. */
  public void arrive() {
    count(rest == null ? 0 : rest.length);
  }

  /** Nobody decrypts what waits any more. */
  public void drop() {
    keep(null);
  }

  /** From now on it shares what the connections of another loop share. */
  public void share(Scratch other) {
    scratch = other;
  }

  /** Whether bytes of the peer wait to be decrypted. */
  public boolean isHolding() {
    return rest != null;
  }

  /** Whether the peer has said that nothing follows, RFC 8446 §6.1. */
  public boolean isEnded() {
    return ended;
  }

  /** What was agreed. */
  public SSLSession session() {
    return engine.getSession();
  }

  /** How many bytes may be received at once. */
  public int room() {
    return scratch.received.length - (rest == null ? 0 : rest.length);
  }

  /** Where they go. */
  public byte[] array() {
    return scratch.received;
  }

  /** And at which index. */
  public int begin() {
    if (rest == null) {
      return 0;
    }
    System.arraycopy(rest, 0, scratch.received, 0, rest.length);
    return rest.length;
  }

  /**
   * Decrypts.
   *
   * @param length bytes in {@link #array()}
   * @return whether the input or the sink has got something
   * @throws SSLException if the peer does not speak TLS as it should; what is to be told to it is
   *     in the sink
   */
  public boolean received(int length, Input input) throws SSLException {
    keep(null);
    return decrypt(scratch.received, length, input);
  }

  /** Decrypts what the input had no room for before. Gives whether the input has got something. */
  public boolean refill(Input input) throws SSLException {
    byte[] waiting = rest;
    if (waiting == null) {
      return false;
    }
    int before = input.remaining();
    makeRoom(input);
    keep(null);
    decrypt(waiting, waiting.length, input);
    return input.remaining() > before;
  }

  private static void makeRoom(Input input) {
    int left = input.remaining();
    System.arraycopy(input.array(), input.position(), input.array(), 0, left);
    input.present(0, left);
  }

  private boolean decrypt(byte[] bytes, int length, Input input) throws SSLException {
    ByteBuffer source = ByteBuffer.wrap(bytes, 0, length);
    int before = input.remaining();
    boolean wrote = false;
    try {
      while (!ended) {
        int limit = input.limit();
        if (isLastOfOlderVersion(source)) {
          ended = true;
          break;
        }
        ByteBuffer content = ByteBuffer.wrap(input.array(), limit, input.capacity() - limit);
        SSLEngineResult result = engine.unwrap(source, content);
        input.present(input.position(), limit + result.bytesProduced());
        count(result);
        wrote |= answer();
        ended = engine.isInboundDone();
        boolean goesOn =
            result.getStatus() == SSLEngineResult.Status.OK
                && (source.hasRemaining()
                    || engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP_AGAIN);
        if (!goesOn) {
          break;
        }
      }
    } catch (SSLException e) {
      encrypt(NOTHING); // the alert
      throw e;
    }
    if (source.hasRemaining() && !ended) {
      keep(Arrays.copyOfRange(bytes, source.position(), length));
    }
    return wrote || input.remaining() > before;
  }

  /**
   * Whether an alert comes next, in TLS 1.2, where it is an end of either kind: an engine that
   * decrypts it encrypts no more, and what came before it is still to be answered. In TLS 1.3 each
   * half ends by itself.
   */
  private boolean isLastOfOlderVersion(ByteBuffer source) {
    return source.hasRemaining()
        && source.get(source.position()) == ALERT
        && session().getProtocol().equals("TLSv1.2");
  }

  /** Bounds what a peer lets this side compute that sends nothing. */
  private void count(SSLEngineResult result) throws SSLException {
    if (result.bytesProduced() > 0) {
      emptyRecords = Math.min(emptyRecords + 1, EMPTY_RECORDS_MAX);
    } else if (result.bytesConsumed() > 0 && --emptyRecords < 0) {
      throw refused("too many records without content");
    }
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      throw refused("another handshake on the same connection");
    }
  }

  private SSLException refused(String what) {
    engine.closeOutbound();
    return new SSLException(what);
  }

  /** Says what the engine has to say, such as a new key. Gives whether bytes were written. */
  private boolean answer() throws SSLException {
    boolean wrote = false;
    while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
        && !engine.isOutboundDone()
        && encrypt(NOTHING) > 0) {
      wrote = true;
    }
    return wrote;
  }

  /** Encrypts. */
  public void send(byte[] bytes, int offset, int length) throws SSLException {
    ByteBuffer content = ByteBuffer.wrap(bytes, offset, length);
    while (content.hasRemaining() && !engine.isOutboundDone()) {
      encrypt(content);
    }
  }

  /** Tells the peer that nothing follows, RFC 8446 §6.1. */
  public void end() throws SSLException {
    engine.closeOutbound();
    while (!engine.isOutboundDone() && encrypt(NOTHING) > 0) {
      // until all is said
    }
  }

  private int encrypt(ByteBuffer content) throws SSLException {
    ByteBuffer record = scratch.record.clear();
    SSLEngineResult result = engine.wrap(content, record);
    sink.take(record.array(), 0, record.position());
    return result.bytesProduced();
  }
}
