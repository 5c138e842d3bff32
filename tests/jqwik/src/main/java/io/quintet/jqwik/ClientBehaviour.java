package io.quintet.jqwik;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/**
 * What one client does, as {@link QuintetArbitraries#clients} draws it. Immutable as long as nobody
 * writes to the pieces.
 *
 * @param pieces what it sends, each by a call of its own
 * @param end how it ends once all is sent
 */
public record ClientBehaviour(List<byte[]> pieces, End end) {
  /** How a client ends. */
  public enum End {
    /** It says that nothing more follows, and reads to the server's end. */
    HALF_CLOSE,
    /** It closes its connection and reads nothing. */
    VANISH,
    /** It resets its connection: SO_LINGER of zero seconds, socket(7). */
    RESET
  }

  /**
   * A behaviour whose list of pieces is its own.
   *
   * @param pieces what it sends, each by a call of its own
   * @param end how it ends once all is sent
   */
  public ClientBehaviour {
    pieces = List.copyOf(pieces);
  }

  /**
   * Behaves so with a server. Blocks up to the end of the connection: who must not wait for ever
   * gives it a deadline.
   *
   * @param server where it connects to
   * @return all that the server sent, of a client that half-closes; nothing of one that does not
   *     read
   * @throws IOException if the connection is refused or reset, or breaks otherwise
   */
  public byte[] play(SocketAddress server) throws IOException {
    try (SocketChannel channel = SocketChannel.open(server)) {
      if (end != End.HALF_CLOSE) {
        send(Channels.newOutputStream(channel));
        if (end == End.RESET) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        return new byte[0];
      }
      return exchange(channel.socket());
    }
  }

  /** Sends and reads at the same time: a server that has said enough reads on once it is read. */
  private byte[] exchange(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    CompletableFuture<Void> sender =
        CompletableFuture.runAsync(
            () -> {
              try {
                send(out);
                socket.shutdownOutput();
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            },
            task -> Thread.ofVirtual().name("quintet-client").start(task));
    byte[] received = socket.getInputStream().readAllBytes();
    try {
      sender.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException unsent) {
        throw unsent;
      }
      throw e;
    }
    return received;
  }

  private void send(OutputStream out) throws IOException {
    for (byte[] piece : pieces) {
      out.write(piece);
    }
  }

  /** As a failure tells it: the length of each piece, and the end. */
  @Override
  public String toString() {
    return pieces.stream()
        .map(piece -> Integer.toString(piece.length))
        .collect(Collectors.joining(" + ", "sends ", " bytes, " + end));
  }
}
