package io.quintet.websocket;

/**
 * Both directions of permessage-deflate for one WebSocket.
 *
 * @param inflation what reads the client's messages, on the loop
 * @param deflation what compresses those of the server, on the threads that send them
 */
record Compression(Inflation inflation, Deflation deflation) {
  static Compression of(DeflateTerms terms, WebSocketSettings settings) {
    return new Compression(
        new Inflation(settings.messageBytesMax(), terms.receivesContext()),
        new Deflation(terms.sendsContext(), settings.deflateBytesMin()));
  }

  /** Frees the native memory of both. The loop's thread. */
  void end() {
    inflation.end();
    deflation.end();
  }

  /** Whether either has native memory. The loop's thread, or any behind {@link #end}. */
  boolean isHeld() {
    return deflation.isHeld() || inflation.isHeld();
  }
}
