package io.quintet.http;

import static io.quintet.http.HttpHead.bad;

import io.quintet.codec.Input;

/** What may follow the size of a chunk, RFC 9112 §7.1.1. */
final class ChunkExtensions {
  private ChunkExtensions() {}

  /** Refuses what is no extension: names, perhaps with a token or a quoted string each. */
  static void check(Input in, int from, int end) {
    int at = from;
    while (at < end) {
      at = blanks(in, at, end);
      require(at < end && in.peek(at) == ';');
      at = token(in, blanks(in, at + 1, end), end);
      int equals = blanks(in, at, end);
      if (equals < end && in.peek(equals) == '=') {
        int value = blanks(in, equals + 1, end);
        require(value < end);
        at = in.peek(value) == '"' ? quoted(in, value + 1, end) : token(in, value, end);
      }
    }
  }

  private static int blanks(Input in, int from, int end) {
    int at = from;
    while (at < end && HttpHead.isBlank(in.peek(at))) {
      at++;
    }
    return at;
  }

  private static int token(Input in, int from, int end) {
    int at = from;
    while (at < end && HttpHead.isToken(in.peek(at))) {
      at++;
    }
    require(at > from);
    return at;
  }

  /** RFC 9110 §5.6.4. Gives the index behind the closing quote. */
  private static int quoted(Input in, int from, int end) {
    int at = from;
    while (at < end && in.peek(at) != '"') {
      at += in.peek(at) == '\\' ? 1 : 0;
      require(at < end);
      byte b = in.peek(at);
      require(b < 0 || (b >= ' ' && b != 0x7f) || b == '\t');
      at++;
    }
    require(at < end);
    return at + 1;
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw bad("malformed chunk extension");
    }
  }
}
