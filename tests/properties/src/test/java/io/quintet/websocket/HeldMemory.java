package io.quintet.websocket;

/** Looks at what a WebSocket keeps. */
public final class HeldMemory {
  private HeldMemory() {}

  /** Whether a WebSocket that has ended has native memory. */
  public static boolean isNative(WebSocket ended) {
    return ((WebSocketSession) ended).holdsNativeMemory();
  }
}
