package io.quintet.resp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;

/**
 * A reply. What RESP2 has no type for is told in one of its types, as Redis does: a map as the list
 * of its keys and values, a truth as 0 or 1, a number with a fraction as a text.
 */
public sealed interface RespReply {
  /** {@code +OK}. */
  RespReply OK = new Simple("OK");

  /** Nothing: a value that is not there. */
  RespReply NIL = new Nil();

  /**
   * A short text without line ends.
   *
   * @param text the text
   */
  record Simple(String text) implements RespReply {
    /** Refuses line ends. */
    public Simple {
      checkLine(text);
    }
  }

  /**
   * An error.
   *
   * @param text a word in capitals and what is wrong, without line ends
   */
  record Failure(String text) implements RespReply {
    /** Refuses line ends. */
    public Failure {
      checkLine(text);
    }
  }

  /**
   * A whole number.
   *
   * @param value the number
   */
  record Whole(long value) implements RespReply {}

  /**
   * Bytes.
   *
   * @param bytes the bytes, not to be changed
   */
  record Bulk(byte[] bytes) implements RespReply {}

  /** A value that is not there. */
  record Nil() implements RespReply {}

  /**
   * Some replies in order.
   *
   * @param elements the replies
   */
  record Array(List<? extends RespReply> elements) implements RespReply {}

  /**
   * Replies by key.
   *
   * @param entries keys and values
   */
  record Dictionary(Map<? extends RespReply, ? extends RespReply> entries) implements RespReply {}

  /**
   * Yes or no.
   *
   * @param value which
   */
  record Truth(boolean value) implements RespReply {}

  /**
   * A number with a fraction.
   *
   * @param value the number
   */
  record Fraction(double value) implements RespReply {}

  /**
   * The answer to HELLO: from it on the connection speaks that version.
   *
   * @param version 2 or 3
   * @param properties what the server tells of itself
   */
  record Hello(int version, Dictionary properties) implements RespReply {}

  /**
   * Bytes of a text.
   *
   * @param text the text, sent in UTF-8
   * @return the reply
   */
  static RespReply bulk(String text) {
    return new Bulk(text.getBytes(UTF_8));
  }

  private static void checkLine(String text) {
    if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("a line of RESP has no line end within");
    }
  }
}
