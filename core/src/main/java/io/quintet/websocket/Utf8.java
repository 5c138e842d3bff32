package io.quintet.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks UTF-8 (RFC 3629) as it comes, in pieces of any length: a byte that cannot be part of a
 * text is found when it has come. One thread at a time.
 */
final class Utf8 {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGHS = 0x8080808080808080L;

  /** Bytes of the character at the end that are missing, and what the next of them may be. */
  private int missing;

  private int least;
  private int most;

  /** Forgets what has come. */
  void begin() {
    missing = 0;
  }

  /** Whether no character is cut. */
  boolean isWhole() {
    return missing == 0;
  }

  /** Takes the next bytes, and says whether they can be part of a text behind those before. */
  boolean take(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (missing == 0) {
        at = skipAscii(bytes, at, to);
        if (at < to && !lead(bytes[at++] & 0xff)) {
          return false;
        }
      } else {
        int next = bytes[at++] & 0xff;
        if (next < least || next > most) {
          return false;
        }
        missing--;
        least = 0x80;
        most = 0xbf;
      }
    }
    return true;
  }

  private static int skipAscii(byte[] bytes, int from, int to) {
    int at = from;
    while (at + Long.BYTES <= to && ((long) WORDS.get(bytes, at) & HIGHS) == 0) {
      at += Long.BYTES;
    }
    while (at < to && bytes[at] >= 0) {
      at++;
    }
    return at;
  }

  /** RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF. */
  private boolean lead(int first) {
    if (first < 0xc2 || first > 0xf4) {
      return false;
    }
    missing = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    least =
        switch (first) {
          case 0xe0 -> 0xa0;
          case 0xf0 -> 0x90;
          default -> 0x80;
        };
    most =
        switch (first) {
          case 0xed -> 0x9f;
          case 0xf4 -> 0x8f;
          default -> 0xbf;
        };
    return true;
  }
}
