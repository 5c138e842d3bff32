package io.quintet.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message: a text or bytes. Immutable but for the array, which is handed out uncopied; one
 * message may be sent to many WebSockets, and is encoded once, and compressed at most once where
 * WebSockets agreed on {@link WebSocketDeflate#MESSAGES}.
 */
public final class WebSocketMessage {
  private final byte[] bytes;
  private final boolean text;

  /** Its compressed form, once somebody has needed it; two at once find the same. */
  private volatile byte @Nullable [] deflated;

  private WebSocketMessage(byte[] bytes, boolean text) {
    this.bytes = bytes;
    this.text = text;
  }

  /**
   * A text.
   *
   * @param text its characters
   * @return the message
   */
  public static WebSocketMessage text(String text) {
    return new WebSocketMessage(text.getBytes(UTF_8), true);
  }

  /**
   * Bytes.
   *
   * @param bytes bytes, not to be changed afterwards
   * @return the message
   */
  public static WebSocketMessage binary(byte[] bytes) {
    return new WebSocketMessage(Objects.requireNonNull(bytes, "bytes"), false);
  }

  /** A message whose text, if it is one, was found to be UTF-8. */
  static WebSocketMessage received(byte[] bytes, boolean text) {
    return new WebSocketMessage(bytes, text);
  }

  /**
   * Whether it is a text.
   *
   * @return false for bytes
   */
  public boolean isText() {
    return text;
  }

  /**
   * Its text.
   *
   * @return the text; of bytes what they are in UTF-8
   */
  public String text() {
    return new String(bytes, UTF_8);
  }

  /**
   * Its bytes.
   *
   * @return the bytes, not to be changed; of a text those of its UTF-8
   */
  public byte[] bytes() {
    return bytes;
  }

  /** Its bytes, compressed by themselves. */
  byte[] deflated() {
    byte[] form = deflated;
    if (form == null) {
      form = Deflation.deflate(bytes);
      deflated = form;
    }
    return form;
  }

  @Override
  public String toString() {
    return text ? text() : bytes.length + " bytes";
  }
}
