package io.quintet.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The head of a response: what may be sent in it, and its bytes, RFC 9112 §4 and §5. */
final class ResponseHead {
  /** Fields that depend on the connection, or on the content. */
  private static final List<String> OF_THE_CODEC =
      List.of("Content-Length", "Transfer-Encoding", "Connection", "Date");

  /** A length that is not said. */
  static final long UNSAID = -1;

  static final int SWITCHING = 101;

  private ResponseHead() {}

  static void check(int status, List<Map.Entry<String, String>> fields) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status " + status + " is not within 200 to 599");
    }
    check(fields);
  }

  static void checkLength(long length) {
    if (length < 0) {
      throw new IllegalArgumentException("length " + length + " is below 0");
    }
  }

  static void check(List<Map.Entry<String, String>> fields) {
    fields.forEach(field -> check(field.getKey(), field.getValue()));
  }

  static void check(String name, String value) {
    boolean token = !name.isEmpty() && name.chars().allMatch(c -> c < 128 && isToken(c));
    boolean visible = value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c <= 255 && c != 0x7f));
    if (!token || !visible) {
      throw new IllegalArgumentException("header field " + name + " cannot be sent as it is");
    }
    for (String own : OF_THE_CODEC) {
      if (name.equalsIgnoreCase(own)) {
        throw new IllegalArgumentException("header field " + own + " is written by the codec");
      }
    }
  }

  private static boolean isToken(int c) {
    return HttpHead.isToken((byte) c);
  }

  /** Status line and fields. */
  static byte[] encoded(int status, List<Map.Entry<String, String>> fields) {
    StringBuilder text = new StringBuilder("HTTP/1.1 ");
    text.append(status).append(' ').append(Reasons.of(status)).append("\r\n");
    for (Map.Entry<String, String> field : fields) {
      text.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  /** Fields with the length that is to be sent, RFC 9110 §8.6, if there is one. */
  static byte[] withLength(byte[] fields, int status, long announced, long known) {
    long length =
        switch (status) {
          case SWITCHING, 204 -> UNSAID;
          case 205 -> 0; // a client looks for its content by the length
          case 304 -> announced;
          default -> known;
        };
    if (length == UNSAID) {
      return fields;
    }
    byte[] field = ("Content-Length: " + length + "\r\n").getBytes(ISO_8859_1);
    byte[] both = Arrays.copyOf(fields, fields.length + field.length);
    System.arraycopy(field, 0, both, fields.length, field.length);
    return both;
  }

  /** RFC 9110 §6.4.1 and §15.3.6: 204, 205 and 304 have no content. */
  static boolean mayHaveContent(int status) {
    return status != 204 && status != 205 && status != 304;
  }
}
