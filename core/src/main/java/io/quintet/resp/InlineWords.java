package io.quintet.resp;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words of a line: separated by white space, and perhaps in quotes; within double ones a
 * backslash begins an escape ({@code \n \r \t \b \a \xHH}), within single ones only {@code \'}.
 */
final class InlineWords {
  private final byte[] line;
  private final int end;
  private int at;

  private InlineWords(byte[] line, int end) {
    this.line = line;
    this.end = end;
  }

  /** Splits; null if a quote is not closed, or is followed by something else than white space. */
  static @Nullable List<byte[]> split(byte[] line, int end) {
    InlineWords words = new InlineWords(line, end);
    List<byte[]> all = new ArrayList<>();
    while (words.skipBlanks()) {
      byte[] word = words.next();
      if (word == null) {
        return null;
      }
      all.add(word);
    }
    return all;
  }

  private boolean skipBlanks() {
    while (at < end && isBlank(line[at])) {
      at++;
    }
    return at < end;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r') || b == 0;
  }

  private byte @Nullable [] next() {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    while (at < end && !isBlank(line[at])) {
      byte b = line[at++];
      if (b != '"' && b != '\'') {
        word.write(b);
      } else if (!quoted(b, word) || (at < end && !isBlank(line[at]))) {
        return null;
      }
    }
    return word.toByteArray();
  }

  /** Reads up to the closing quote; false if there is none. */
  private boolean quoted(byte quote, ByteArrayOutputStream word) {
    while (at < end) {
      byte b = line[at++];
      if (b == quote) {
        return true;
      }
      if (b != '\\' || at == end || (quote == '\'' && line[at] != '\'')) {
        word.write(b);
      } else {
        escape(word);
      }
    }
    return false;
  }

  private void escape(ByteArrayOutputStream word) {
    byte b = line[at++];
    if (b == 'x' && at + 1 < end && hex(line[at]) >= 0 && hex(line[at + 1]) >= 0) {
      word.write(hex(line[at]) << 4 | hex(line[at + 1]));
      at += 2;
      return;
    }
    word.write(
        switch (b) {
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'b' -> '\b';
          case 'a' -> 7;
          default -> b;
        });
  }

  private static int hex(byte b) {
    return Character.digit(b, 16);
  }
}
