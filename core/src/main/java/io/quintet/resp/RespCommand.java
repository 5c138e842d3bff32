package io.quintet.resp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.Peer;
import java.util.Locale;

/** A command with its arguments. Immutable but for the arrays, which are handed out uncopied. */
public final class RespCommand {
  private final byte[][] words;
  private final Peer peer;

  RespCommand(byte[][] words, Peer peer) {
    this.words = words;
    this.peer = peer;
  }

  /**
   * Its name.
   *
   * @return in capitals, for example {@code GET}
   */
  public String name() {
    return text(words[0]).toUpperCase(Locale.ROOT);
  }

  /**
   * Whether it has a name, which costs less than asking for it.
   *
   * @param capitals name in capitals, ASCII
   * @return whether it is this one, in any case
   */
  public boolean is(String capitals) {
    byte[] name = words[0];
    if (name.length != capitals.length()) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      int c = name[i];
      if ((c >= 'a' && c <= 'z' ? c - 32 : c) != capitals.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * How many arguments follow the name.
   *
   * @return at least 0
   */
  public int count() {
    return words.length - 1;
  }

  /**
   * An argument.
   *
   * @param index 0 to {@link #count()} - 1
   * @return its bytes, not to be changed
   */
  public byte[] argument(int index) {
    return words[index + 1];
  }

  /**
   * An argument as a text.
   *
   * @param index 0 to {@link #count()} - 1
   * @return what it is in UTF-8
   */
  public String text(int index) {
    return text(words[index + 1]);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  /**
   * Who sent it.
   *
   * @return the other end of the connection
   */
  public Peer peer() {
    return peer;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (byte[] word : words) {
      text.append(text.isEmpty() ? "" : " ").append(text(word));
    }
    return text.toString();
  }
}
