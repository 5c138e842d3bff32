package io.quintet.transport;

import io.quintet.buffer.ChunkPool;
import io.quintet.ffi.Memory;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes before a connection's requests, where something does: layers, one behind the other.
 * The states of {@code specs/machines/connection.json} say when they go on. The loop's thread
 * alone.
 */
public final class Transport {
  private static final int BYTES_MAX = 2 * Tls.RECORD_BYTES_MAX;

  /** What follows. */
  public enum Outcome {
    /** More is to be received. */
    INCOMPLETE,
    /** Another thread goes on, and tells when it has. */
    COMPUTING,
    /** Requests follow. */
    ESTABLISHED,
    /** The peer has begun without TLS, and would understand a refusal in plain text. */
    PLAIN,
    /** The peer does not do as it should, and is told so. */
    INSECURE,
    /** Likewise, and would understand nothing. */
    REJECTED,
    /** A layer of a user's own does not let it in, and has told so or not. */
    UNADMITTED,
    /** The peer has said that nothing follows. */
    ENDED
  }

  /** Whose transport it is. */
  public interface Owner extends Tls.Sink {
    /**
     * A proxy has said whose the connection is.
     *
     * @param source null where it does not say, or speaks for itself
     */
    void comesFrom(@Nullable InetSocketAddress source);

    /** What was to be computed is. Called by another thread. */
    void computed();
  }

  private final List<Layer> layers;
  private final Owner owner;

  /** Bytes that may be received and no layer's. */
  private final int bytesMax;

  private int at;

  /** What was received and is no layer's yet. */
  private byte[] received = {};

  /** Bytes of it that count among what is queued in its loop. */
  private int counted;

  private String why = "";

  Transport(List<Layer> layers, Owner owner, int roomBytes) {
    this.layers = layers;
    this.owner = owner;
    this.bytesMax = Math.min(BYTES_MAX, roomBytes);
  }

  Owner owner() {
    return owner;
  }

  /** How many bytes may be received at once. */
  public int room() {
    return bytesMax - received.length;
  }

  /**
   * Takes what was received.
   *
   * @param address memory
   * @param count bytes there
   */
  public void receive(long address, int count) {
    int before = received.length;
    received = Arrays.copyOf(received, before + count);
    Memory.copy(address, received, before, count);
  }

  /** What was received and is no layer's yet. */
  byte[] received() {
    return received;
  }

  /** A layer leaves so much of it to the next one. */
  void leave(byte[] rest) {
    received = rest;
  }

  /** What another thread has computed is taken up: what it says is the owner's from then on. */
  public void collect() {
    layers.get(at).collect(this);
  }

  /** Goes on with what was received, or computed. */
  public Outcome goOn() {
    Outcome outcome = layers.get(at).goOn(this);
    while (outcome == Outcome.ESTABLISHED && at < layers.size() - 1) {
      at++;
      outcome = layers.get(at).goOn(this);
    }
    return outcome;
  }

  Outcome insecure(String reason) {
    why = reason;
    return Outcome.INSECURE;
  }

  Outcome unadmitted(String reason) {
    why = reason;
    return Outcome.UNADMITTED;
  }

  /** Why the peer does not do as it should, where it does not. */
  public String why() {
    return why;
  }

  /** What was received behind all layers, in plain text. */
  public byte[] rest() {
    return received;
  }

  /** What encrypts from now on; null where nothing is encrypted. */
  public @Nullable Tls tls(Tls.Scratch scratch) {
    return layers.getLast() instanceof Handshake handshake
        ? new Tls(handshake.engine(), received, scratch, owner)
        : null;
  }

  /** What it holds counts among what is queued in a loop, as it is now. */
  public void count(ChunkPool chunks) {
    count(chunks, received.length + layers.get(at).heldBytes());
  }

  private void count(ChunkPool chunks, int bytes) {
    chunks.countElsewhere(bytes - counted);
    counted = bytes;
  }

  /** What it holds is another's from now on, or nobody's. */
  public void release(ChunkPool chunks) {
    count(chunks, 0);
  }

  /** Nobody waits for it any longer. */
  public void forsake() {
    layers.get(at).forsake();
    received = new byte[0];
  }
}
