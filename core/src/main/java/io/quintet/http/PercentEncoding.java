package io.quintet.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Percent-encoding, RFC 3986 §2.1, of UTF-8, and the form that browsers make of fields with it,
 * {@code application/x-www-form-urlencoded}. Any thread may call.
 *
 * <p>There is one rule for what is malformed, and nothing is repaired: a percent sign without two
 * hexadecimal digits behind it, and decoded bytes that are not UTF-8 (RFC 3629: cut, overlong, or a
 * surrogate), are refused with status 400. What is decoded is decoded once: {@code %2541} gives
 * {@code %41}.
 */
public final class PercentEncoding {
  private static final int BAD_REQUEST = 400;
  private static final String HEX = "0123456789ABCDEF";
  private static final String UNRESERVED = "-._~";

  private PercentEncoding() {}

  /**
   * Decodes a text.
   *
   * @param text for example {@code caf%C3%A9}; a plus sign stands for itself
   * @return its characters
   * @throws ProtocolException with code 400 if it is malformed
   */
  public static String decode(String text) {
    return text.indexOf('%') < 0 ? text : decode(text, false);
  }

  /**
   * Encodes a text so that it may stand anywhere in a URI: all but letters, digits and {@code
   * -._~}.
   *
   * @param text any
   * @return visible ASCII, which {@link #decode} turns back into the same text
   */
  public static String encode(String text) {
    StringBuilder encoded = new StringBuilder(text.length());
    for (byte b : text.getBytes(UTF_8)) {
      boolean plain = b > 0 && (Character.isLetterOrDigit(b) || UNRESERVED.indexOf(b) >= 0);
      if (plain) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX.charAt((b >> 4) & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    return encoded.toString();
  }

  /**
   * Decodes the fields of a form or a query: they are separated by {@code &}, a plus sign stands
   * for a space, a field without {@code =} has an empty value, and an empty one is none.
   *
   * @param text for example {@code a=1&b=two+words&a=%33}
   * @return names and values in their order, as often as they were given
   * @throws ProtocolException with code 400 if it is malformed
   */
  public static List<Map.Entry<String, String>> decodeForm(String text) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int and = text.indexOf('&', at);
      int end = and < 0 ? text.length() : and;
      int equals = text.indexOf('=', at);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (end > at) {
        String value = text.substring(Math.min(nameEnd + 1, end), end);
        fields.add(Map.entry(decode(text.substring(at, nameEnd), true), decode(value, true)));
      }
      at = end + 1;
    }
    return List.copyOf(fields);
  }

  private static String decode(String text, boolean plusIsSpace) {
    byte[] bytes = text.getBytes(UTF_8);
    int to = 0;
    for (int from = 0; from < bytes.length; from++) {
      byte b = bytes[from];
      if (b == '%') {
        b = (byte) (digit(bytes, from + 1) << 4 | digit(bytes, from + 2));
        from += 2;
      } else if (b == '+' && plusIsSpace) {
        b = ' ';
      }
      bytes[to++] = b;
    }
    return text(bytes, to, UTF_8, "percent-encoding");
  }

  private static int digit(byte[] bytes, int at) {
    int digit = at < bytes.length ? HEX.indexOf(Character.toUpperCase(bytes[at])) : -1;
    if (digit < 0) {
      throw new ProtocolException(
          BAD_REQUEST, "malformed percent-encoding: % without two hexadecimal digits");
    }
    return digit;
  }

  /** The characters of bytes, of which none is replaced. */
  static String text(byte[] bytes, int length, Charset charset, String what) {
    try {
      CharBuffer text = charset.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
      return text.toString();
    } catch (CharacterCodingException e) {
      throw new ProtocolException(BAD_REQUEST, "malformed " + what + ": not " + charset.name());
    }
  }
}
