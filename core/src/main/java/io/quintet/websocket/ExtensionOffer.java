package io.quintet.websocket;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An extension as a client offers it in Sec-WebSocket-Extensions, RFC 6455 §9.1.
 *
 * @param name its name
 * @param parameters names and values in their order; the value is empty where there is none
 */
record ExtensionOffer(String name, List<Map.Entry<String, String>> parameters) {
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  /**
   * The offers of one field.
   *
   * @throws IllegalArgumentException if the field is malformed
   */
  static List<ExtensionOffer> of(String field) {
    return new Parser(field).offers();
  }

  /** Reads a field from its beginning to its end. */
  private static final class Parser {
    private final String field;
    private int at;

    Parser(String field) {
      this.field = field;
    }

    List<ExtensionOffer> offers() {
      List<ExtensionOffer> offers = new ArrayList<>();
      do {
        skipSpace();
        if (at < field.length() && field.charAt(at) != ',') { // RFC 9110 §5.6.1.2: empty elements
          offers.add(offer());
        }
      } while (skip(','));
      if (at < field.length()) {
        throw malformed();
      }
      return offers;
    }

    private ExtensionOffer offer() {
      String name = token();
      List<Map.Entry<String, String>> parameters = new ArrayList<>();
      while (skip(';')) {
        skipSpace();
        String parameter = token();
        String value = "";
        if (skip('=')) {
          skipSpace();
          value = at < field.length() && field.charAt(at) == '"' ? quoted() : token();
        }
        parameters.add(Map.entry(parameter, value));
      }
      return new ExtensionOffer(name, parameters);
    }

    private String token() {
      int from = at;
      while (at < field.length() && isTokenSign(field.charAt(at))) {
        at++;
      }
      if (at == from) {
        throw malformed();
      }
      return field.substring(from, at);
    }

    private static boolean isTokenSign(char sign) {
      return (sign >= 'a' && sign <= 'z')
          || (sign >= 'A' && sign <= 'Z')
          || (sign >= '0' && sign <= '9')
          || TOKEN_SIGNS.indexOf(sign) >= 0;
    }

    /** What is in quotes is a token too, RFC 6455 §9.1. */
    private String quoted() {
      StringBuilder value = new StringBuilder();
      at++;
      while (at < field.length() && field.charAt(at) != '"') {
        if (field.charAt(at) == '\\') {
          at++;
        }
        if (at == field.length() || !isTokenSign(field.charAt(at))) {
          throw malformed();
        }
        value.append(field.charAt(at++));
      }
      if (at == field.length() || value.isEmpty()) {
        throw malformed();
      }
      at++;
      return value.toString();
    }

    private void skipSpace() {
      while (at < field.length() && (field.charAt(at) == ' ' || field.charAt(at) == '\t')) {
        at++;
      }
    }

    private boolean skip(char sign) {
      skipSpace();
      if (at < field.length() && field.charAt(at) == sign) {
        at++;
        return true;
      }
      return false;
    }

    private IllegalArgumentException malformed() {
      return new IllegalArgumentException("malformed extensions: " + field);
    }
  }
}
