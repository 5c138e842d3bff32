package io.quintet.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.ProtocolException;
import java.nio.charset.Charset;

/** The field Content-Type of a request, RFC 9110 §8.3. */
final class ContentType {
  private static final int UNSUPPORTED_MEDIA_TYPE = 415;
  private static final String CHARSET = "charset";

  private ContentType() {}

  /** The charset that it names, or UTF-8. */
  static Charset charset(HttpRequest request) {
    String name = parameter(request.header("Content-Type").orElse(""), CHARSET);
    if (name.isEmpty()) {
      return UTF_8;
    }
    try {
      return Charset.forName(name);
    } catch (IllegalArgumentException unknown) {
      throw new ProtocolException(UNSUPPORTED_MEDIA_TYPE, "unknown charset of the body");
    }
  }

  /**
   * A parameter of a media type, RFC 9110 §5.6.6: a token or a quoted string, in which a semicolon
   * may stand.
   *
   * @return its value, or empty
   */
  static String parameter(String type, String name) {
    int at = skip(type, 0);
    while (at < type.length()) {
      int start = at + 1; // behind the semicolon
      at = skip(type, start);
      int equals = type.indexOf('=', start);
      if (equals >= 0
          && equals < at
          && type.substring(start, equals).strip().equalsIgnoreCase(name)) {
        return unquoted(type.substring(equals + 1, at).strip());
      }
    }
    return "";
  }

  /** Where the next semicolon stands that is not quoted, or the end. */
  private static int skip(String type, int from) {
    boolean quoted = false;
    int at = from;
    while (at < type.length() && (quoted || type.charAt(at) != ';')) {
      char c = type.charAt(at);
      if (c == '\\' && quoted) {
        at++;
      } else if (c == '"') {
        quoted = !quoted;
      }
      at++;
    }
    return Math.min(at, type.length());
  }

  private static String unquoted(String value) {
    if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
      return value;
    }
    return value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
  }
}
