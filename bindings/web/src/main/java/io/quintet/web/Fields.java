package io.quintet.web;

import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Header fields and their parameters, RFC 9110 §5. */
final class Fields {
  private Fields() {}

  /** All fields of a name as one list, §5.3. */
  static Optional<String> joined(HttpRequest request, String name) {
    List<String> values = new ArrayList<>();
    for (Map.Entry<String, String> field : request.headers()) {
      if (field.getKey().equalsIgnoreCase(name)) {
        values.add(field.getValue());
      }
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", values));
  }

  /** The first field of a name, or empty. */
  static String first(HttpResponse response, String name) {
    for (Map.Entry<String, String> field : response.headers()) {
      if (field.getKey().equalsIgnoreCase(name)) {
        return field.getValue();
      }
    }
    return "";
  }

  /** A parameter behind a value, §5.6.6, without quotation marks; or empty. */
  static String parameter(String field, String name) {
    int at = end(field, 0);
    while (at < field.length()) {
      int start = at + 1; // behind the semicolon
      at = end(field, start);
      int equals = field.indexOf('=', start);
      if (equals >= 0
          && equals < at
          && field.substring(start, equals).strip().equalsIgnoreCase(name)) {
        return unquoted(field.substring(equals + 1, at).strip());
      }
    }
    return "";
  }

  /** Where the next semicolon stands that is not quoted, or the end. */
  private static int end(String field, int from) {
    boolean quoted = false;
    int at = from;
    while (at < field.length() && (quoted || field.charAt(at) != ';')) {
      char c = field.charAt(at);
      if (c == '\\' && quoted) {
        at++;
      } else if (c == '"') {
        quoted = !quoted;
      }
      at++;
    }
    return Math.min(at, field.length());
  }

  /** A backslash stands for itself but before a quotation mark or another one. */
  private static String unquoted(String value) {
    if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
      return value;
    }
    return value.substring(1, value.length() - 1).replaceAll("\\\\([\"\\\\])", "$1");
  }
}
