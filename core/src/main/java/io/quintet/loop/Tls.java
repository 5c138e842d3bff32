package io.quintet.loop;

import io.quintet.codec.Input;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS between a connection's socket and its codec: what is received is decrypted into the input,
 * what is written is encrypted into the queue of what leaves. The loop's thread alone; the
 * computations of a handshake are made on it too.
 */
final class Tls {
  /** Where encrypted bytes go. */
  @FunctionalInterface
  interface Sink {
    void take(byte[] bytes, int offset, int length);
  }

  /** The longest record, RFC 8446 §5.2 with its head, and what older versions add. */
  static final int RECORD_BYTES_MAX = 5 + 16_384 + 2_048;

  /** No content: what a handshake, an alert or a close is encrypted from. */
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** What the connections of one loop share. */
  static final class Scratch {
    private final byte[] received = new byte[2 * RECORD_BYTES_MAX];
    private final ByteBuffer record = ByteBuffer.allocate(2 * RECORD_BYTES_MAX);
  }

  private final Supplier<SSLEngine> maker;
  private final Scratch scratch;
  private final Sink sink;

  /** Made when the peer first says something. */
  private @Nullable SSLEngine made;

  /** Encrypted bytes that are no whole record yet, or for which the input has no room. */
  private byte @Nullable [] rest;

  private boolean established;

  Tls(Supplier<SSLEngine> maker, Scratch scratch, Sink sink) {
    this.maker = maker;
    this.scratch = scratch;
    this.sink = sink;
  }

  /** Whether bytes of the peer wait to be decrypted, or the handshake has not ended. */
  boolean isHolding() {
    return rest != null || !established;
  }

  private SSLEngine engine() {
    SSLEngine engine = made;
    if (engine == null) {
      engine = maker.get();
      made = engine;
    }
    return engine;
  }

  /** What was agreed. */
  SSLSession session() {
    return engine().getSession();
  }

  /** How many bytes may be received at once. */
  int room() {
    return scratch.received.length - (rest == null ? 0 : rest.length);
  }

  /** Where they go. */
  byte[] array() {
    return scratch.received;
  }

  /** And at which index. */
  int begin() {
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
  boolean received(int length, Input input) throws SSLException {
    rest = null;
    return decrypt(scratch.received, length, input);
  }

  /** Decrypts what the input had no room for before. Gives whether the input has got something. */
  boolean refill(Input input) throws SSLException {
    byte[] waiting = rest;
    if (waiting == null) {
      return false;
    }
    int before = input.remaining();
    makeRoom(input);
    rest = null;
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
      while (true) {
        int limit = input.limit();
        ByteBuffer content = ByteBuffer.wrap(input.array(), limit, input.capacity() - limit);
        SSLEngineResult result = engine().unwrap(source, content);
        input.present(input.position(), limit + result.bytesProduced());
        wrote |= shakeHands();
        boolean goesOn =
            result.getStatus() == SSLEngineResult.Status.OK
                && (source.hasRemaining()
                    || engine().getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP_AGAIN);
        if (!goesOn) {
          break;
        }
      }
    } catch (SSLException e) {
      encrypt(NOTHING); // the alert
      throw e;
    }
    if (source.hasRemaining() && !engine().isInboundDone()) {
      rest = Arrays.copyOfRange(bytes, source.position(), length);
    }
    return wrote || input.remaining() > before;
  }

  /** Does what the handshake needs from this side. Gives whether bytes were written. */
  private boolean shakeHands() throws SSLException {
    boolean wrote = false;
    while (true) {
      switch (engine().getHandshakeStatus()) {
        case NEED_TASK -> {
          Runnable task;
          while ((task = engine().getDelegatedTask()) != null) {
            task.run();
          }
        }
        case NEED_WRAP -> {
          if (engine().isOutboundDone() || encrypt(NOTHING) == 0) {
            return wrote;
          }
          wrote = true;
        }
        case NOT_HANDSHAKING, FINISHED -> {
          established = true;
          return wrote;
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          return wrote;
        }
      }
    }
  }

  /** Encrypts. Before the handshake has ended nothing can be told to the peer. */
  void send(byte[] bytes, int offset, int length) throws SSLException {
    ByteBuffer content = ByteBuffer.wrap(bytes, offset, length);
    while (established && content.hasRemaining() && !engine().isOutboundDone()) {
      encrypt(content);
    }
  }

  /** Tells the peer that nothing follows, RFC 8446 §6.1. */
  void end() throws SSLException {
    if (made == null) {
      return; // the peer has said nothing, and understands nothing yet
    }
    engine().closeOutbound();
    while (!engine().isOutboundDone() && encrypt(NOTHING) > 0) {
      // until all is said
    }
  }

  private int encrypt(ByteBuffer content) throws SSLException {
    ByteBuffer record = scratch.record.clear();
    SSLEngineResult result = engine().wrap(content, record);
    sink.take(record.array(), 0, record.position());
    return result.bytesProduced();
  }
}
