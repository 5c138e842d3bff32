package io.quintet.transport;

import io.quintet.codec.Peer;
import io.quintet.kernel.Computers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a TLS handshake. A signature or a key agreement takes a millisecond or so,
 * and whoever makes an engine may read files. So the loop only receives and sends: each step, from
 * whole records to what is to be said next, is computed by another thread, and the loop leaves all
 * that this uses alone meanwhile.
 */
final class Handshake implements Layer {
  /** Records of one handshake: more than any client needs. */
  private static final int RECORDS_MAX = 256;

  /** A head, and what the longest record of any version has behind it. */
  private static final int HEAD_BYTES = 5;

  private static final int LENGTH = 3;
  private static final int HANDSHAKE = 22;

  /** No content: what a handshake is encrypted from and decrypted to. */
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Function<Peer, SSLEngine> maker;
  private final Computers computers;
  private Peer peer;

  /** Whether a step was given away and its results were not taken up. */
  private boolean computing;

  /** How many received bytes were not enough for a step, or are those that it is computed with. */
  private int tooFew;

  /** Whether nobody waits for what is computed. */
  private volatile boolean forsaken;

  /** Takes back the step that was given away last. */
  private Runnable takingBack = () -> {};

  // Of a step.
  private @Nullable SSLEngine engine;
  private byte[] received = {};
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private @Nullable Throwable failure;
  private boolean established;
  private boolean ended;
  private int records;

  /**
   * Begins one.
   *
   * @param maker makes the engine, as part of the first step
   * @param peer for whom
   * @param computers where steps are computed
   */
  Handshake(Function<Peer, SSLEngine> maker, Peer peer, Computers computers) {
    this.maker = maker;
    this.peer = peer;
    this.computers = computers;
  }

  // The loop's thread, while no step is computed.

  @Override
  public void collect(Transport transport) {
    if (computing) {
      computing = false;
      tooFew = received.length < tooFew ? 0 : tooFew;
      transport.leave(received);
      received = new byte[0];
      transport.owner().take(said.toByteArray(), 0, said.size());
      said.reset();
    }
  }

  @Override
  public Transport.Outcome goOn(Transport transport) {
    switch (failure) {
      case null -> {
        // it goes on
      }
      case SSLException wrong -> {
        return transport.insecure(String.valueOf(wrong.getMessage()));
      }
      case RuntimeException bug -> throw bug;
      case Throwable bug -> throw new IllegalStateException("a handshake cannot go on", bug);
    }
    if (established) {
      return Transport.Outcome.ESTABLISHED;
    }
    if (ended) {
      return Transport.Outcome.ENDED;
    }
    byte[] all = transport.received();
    if (engine == null && all.length > 0 && all[0] != HANDSHAKE && all[0] >= 0) {
      return Transport.Outcome.PLAIN; // it is no TLS, of any version
    }
    if (all.length <= tooFew || !hasRecord(all)) {
      return Transport.Outcome.INCOMPLETE;
    }
    tooFew = all.length;
    transport.leave(new byte[0]);
    compute(all, transport.owner());
    return Transport.Outcome.COMPUTING;
  }

  /** Whether a step can be computed. What is no record at all is left to the engine to judge. */
  private static boolean hasRecord(byte[] all) {
    if (all.length < HEAD_BYTES) {
      return false;
    }
    int length = (all[LENGTH] & 0xff) << Byte.SIZE | all[LENGTH + 1] & 0xff;
    boolean judged = all[0] < 0 || HEAD_BYTES + length > Tls.RECORD_BYTES_MAX;
    return judged || all.length >= HEAD_BYTES + length;
  }

  private void compute(byte[] all, Transport.Owner owner) {
    if (engine == null) {
      peer = Known.of(peer);
    }
    computing = true;
    received = all;
    takingBack =
        computers.compute(
            () -> {
              step();
              owner.computed();
            });
  }

  /** What another thread computes with. */
  @Override
  public int heldBytes() {
    return computing ? tooFew : 0;
  }

  /** The engine of a handshake that is established. */
  SSLEngine engine() {
    return Objects.requireNonNull(engine, "a handshake that has begun");
  }

  /** What has not begun is left out. */
  @Override
  public void forsake() {
    forsaken = true;
    takingBack.run();
  }

  // Another thread.

  private void step() {
    if (forsaken) {
      return;
    }
    try {
      if (engine == null) {
        SSLEngine made = maker.apply(peer);
        made.beginHandshake();
        engine = made;
      }
      goOn(engine);
    } catch (SSLException e) {
      failure = e;
      sayLast();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  private void goOn(SSLEngine current) throws SSLException {
    ByteBuffer source = ByteBuffer.wrap(received);
    boolean goesOn = true;
    while (goesOn) {
      goesOn =
          switch (current.getHandshakeStatus()) {
            case NEED_TASK -> runTasks(current);
            case NEED_WRAP -> say(current);
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> understand(current, source);
            case NOT_HANDSHAKING, FINISHED -> {
              established = true;
              yield false;
            }
          };
    }
    received = Arrays.copyOfRange(received, source.position(), received.length);
  }

  private static boolean runTasks(SSLEngine current) {
    Runnable task;
    while ((task = current.getDelegatedTask()) != null) {
      task.run();
    }
    return true;
  }

  private boolean say(SSLEngine current) throws SSLException {
    ByteBuffer out = ByteBuffer.allocate(current.getSession().getPacketBufferSize());
    SSLEngineResult result = current.wrap(NOTHING, out);
    said.write(out.array(), 0, out.position());
    return result.getStatus() == SSLEngineResult.Status.OK && result.bytesProduced() > 0;
  }

  private boolean understand(SSLEngine current, ByteBuffer source) throws SSLException {
    SSLEngineResult result = current.unwrap(source, NOTHING);
    ended = current.isInboundDone();
    if (result.bytesConsumed() > 0 && ++records > RECORDS_MAX) {
      current.closeOutbound();
      throw new SSLException("too many records for a handshake");
    }
    return result.getStatus() == SSLEngineResult.Status.OK
        && (result.bytesConsumed() > 0
            || current.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP);
  }

  /** The alert. */
  private void sayLast() {
    SSLEngine current = engine;
    try {
      while (current != null && !current.isOutboundDone() && say(current)) {
        // until all is said
      }
    } catch (SSLException e) {
      // it is broken, and said so
    }
  }
}
