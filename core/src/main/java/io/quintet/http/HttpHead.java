package io.quintet.http;

import io.quintet.codec.ProtocolException;
import io.quintet.ffi.Memory;

/**
 * Reads the head of one request, RFC 9112 §3 and §5, from native memory, checking every byte. Reused
 * from request to request; one thread at a time.
 *
 * <p>The head is known to be complete, so that each loop ends at a line's CR at the latest and needs
 * no bounds of its own.
 */
final class HttpHead {
  /** A Content-Length that was not given. */
  static final long NO_LENGTH = -1;

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long HTTP_1_X = ascii("HTTP/1.\0");
  private static final long HTTP_1_1 = ascii("HTTP/1.1");
  private static final long FIRST_SEVEN = 0x00ffffffffffffffL;
  private static final int LENGTH_DIGITS_MAX = 18; // fits a long

  private static final byte[] TOKEN = tokenBytes();

  int methodEnd;
  int targetEnd;
  int fieldsStart;
  int minorVersion;
  boolean keepAlive;
  boolean chunked;
  long contentLength;

  private boolean transferEncoding;
  private boolean close;
  private boolean keepAliveAsked;
  private int hosts;

  /** Reads the head at an address, which ends with CR LF CR LF. */
  void read(long head) {
    contentLength = NO_LENGTH;
    chunked = false;
    transferEncoding = false;
    close = false;
    keepAliveAsked = false;
    hosts = 0;
    readRequestLine(head);
    long at = head + fieldsStart;
    while (Memory.getByte(at) != '\r') {
      at = readField(at);
    }
    if (Memory.getByte(at + 1) != '\n') {
      throw bad("CR without LF");
    }
    checkTogether();
  }

  private void readRequestLine(long head) {
    long at = head;
    while (isToken(Memory.getByte(at))) {
      at++;
    }
    if (at == head || Memory.getByte(at) != ' ') {
      throw bad("malformed method");
    }
    methodEnd = (int) (at - head);
    at = endOfTarget(at + 1);
    targetEnd = (int) (at - head);
    if (targetEnd == methodEnd + 1 || Memory.getByte(at) != ' ') {
      throw bad("malformed target");
    }
    checkTarget(head);
    readVersion(Memory.getLong(at + 1));
    if (Memory.getShort(at + 9) != 0x0a0d) {
      throw bad("malformed request line");
    }
    fieldsStart = (int) (at + 11 - head);
  }

  /** Where visible ASCII ends: eight bytes at a time, then the one. */
  private static long endOfTarget(long from) {
    long at = from;
    long stop;
    while ((stop = below(Memory.getLong(at), 0x21) | delOrHigh(Memory.getLong(at))) == 0) {
      at += Long.BYTES;
    }
    return at + (Long.numberOfTrailingZeros(stop) >>> 3);
  }

  private void checkTarget(long head) {
    byte first = Memory.getByte(head + methodEnd + 1);
    boolean asterisk = first == '*' && targetEnd == methodEnd + 2;
    if (first != '/' && !asterisk) {
      throw bad("target is neither a path nor *");
    }
  }

  private void readVersion(long version) {
    if (version == HTTP_1_1) {
      minorVersion = 1;
    } else if ((version & FIRST_SEVEN) == HTTP_1_X && isDigit((byte) (version >>> 56))) {
      // RFC 9110 §2.5: a higher minor version is served as the highest one known
      minorVersion = (byte) (version >>> 56) == '0' ? 0 : 1;
    } else if (isHttp((int) version, (byte) (version >>> 32), (byte) (version >>> 40))) {
      throw new ProtocolException(505, "only HTTP/1.0 and HTTP/1.1 are served");
    } else {
      throw bad("malformed version");
    }
  }

  private static boolean isHttp(int name, byte slash, byte major) {
    return name == (int) HTTP_1_X && slash == '/' && isDigit(major);
  }

  /** Reads one field line and gives the address behind it. */
  private long readField(long start) {
    long at = start;
    while (isToken(Memory.getByte(at))) {
      at++;
    }
    if (at == start || Memory.getByte(at) != ':') {
      throw bad("malformed field name"); // also white space before the colon, and obs-fold
    }
    int nameLength = (int) (at - start);
    long value = at + 1;
    long end = endOfValue(value);
    if (Memory.getShort(end) != 0x0a0d) {
      throw bad("control character in a field");
    }
    interpret(start, nameLength, value, end);
    return end + 2;
  }

  /** Where a field value ends: at a control character other than a tab. */
  private static long endOfValue(long from) {
    long at = from;
    while (true) {
      long word = Memory.getLong(at);
      long stop = below(word, 0x20) | equal(word, 0x7f);
      if (stop == 0) {
        at += Long.BYTES;
        continue;
      }
      // Only the lowest bit is sure: a borrow may mark bytes above a true hit.
      at += Long.numberOfTrailingZeros(stop) >>> 3;
      if (Memory.getByte(at) != '\t') {
        return at;
      }
      at++;
    }
  }

  /** Picks out the fields that decide how the message is framed. */
  private void interpret(long name, int nameLength, long value, long end) {
    switch (nameLength) {
      case 4 -> {
        if (named(name, "host")) {
          hosts++;
        }
      }
      case 10 -> {
        if (named(name, "connection")) {
          readConnection(value, end);
        }
      }
      case 14 -> {
        if (named(name, "content-length")) {
          readContentLength(value, end);
        }
      }
      case 17 -> {
        if (named(name, "transfer-encoding")) {
          readTransferEncoding(value, end);
        }
      }
      default -> {
        // no field of this length concerns the framing
      }
    }
  }

  private void readConnection(long value, long end) {
    long at = value;
    while (at < end) {
      long from = skipBlanks(at, end);
      long to = from;
      while (to < end && Memory.getByte(to) != ',') {
        to++;
      }
      int length = (int) (trim(from, to) - from);
      close |= length == 5 && named(from, "close");
      keepAliveAsked |= length == 10 && named(from, "keep-alive");
      at = to + 1;
    }
  }

  private void readContentLength(long value, long end) {
    long from = skipBlanks(value, end);
    long to = trim(from, end);
    if (contentLength != NO_LENGTH || to == from || to - from > LENGTH_DIGITS_MAX) {
      throw bad("malformed or repeated Content-Length");
    }
    long length = 0;
    for (long at = from; at < to; at++) {
      byte digit = Memory.getByte(at);
      if (!isDigit(digit)) {
        throw bad("malformed Content-Length");
      }
      length = length * 10 + (digit - '0');
    }
    contentLength = length;
  }

  private void readTransferEncoding(long value, long end) {
    long from = skipBlanks(value, end);
    if (transferEncoding) {
      throw bad("repeated Transfer-Encoding");
    }
    transferEncoding = true;
    chunked = trim(from, end) - from == 7 && named(from, "chunked");
  }

  private void checkTogether() {
    if (hosts > 1 || (hosts == 0 && minorVersion == 1)) {
      throw bad("exactly one Host is needed"); // RFC 9112 §3.2
    }
    if (transferEncoding && (contentLength != NO_LENGTH || minorVersion == 0)) {
      throw bad("Transfer-Encoding beside Content-Length or in HTTP/1.0"); // RFC 9112 §6.1
    }
    if (transferEncoding && !chunked) {
      throw new ProtocolException(501, "only chunked is served as Transfer-Encoding");
    }
    keepAlive = !close && (minorVersion == 1 || keepAliveAsked);
  }

  static ProtocolException bad(String reason) {
    return new ProtocolException(400, reason);
  }

  static boolean isToken(byte b) {
    return TOKEN[b & 0xff] != 0;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** Whether the bytes at an address spell a lower-case name in any case. */
  private static boolean named(long at, String name) {
    for (int i = 0; i < name.length(); i++) {
      byte b = Memory.getByte(at + i);
      int lower = b >= 'A' && b <= 'Z' ? b | 0x20 : b;
      if (lower != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static long skipBlanks(long from, long end) {
    long at = from;
    while (at < end && isBlank(Memory.getByte(at))) {
      at++;
    }
    return at;
  }

  private static long trim(long from, long end) {
    long at = end;
    while (at > from && isBlank(Memory.getByte(at - 1))) {
      at--;
    }
    return at;
  }

  /** Its lowest bit marks the first byte below a limit of at most 0x80; 0 if there is none. */
  private static long below(long word, int limit) {
    return (word - ONES * limit) & ~word & HIGHS;
  }

  private static long equal(long word, int value) {
    return below(word ^ ONES * value, 1);
  }

  private static long delOrHigh(long word) {
    return equal(word, 0x7f) | word & HIGHS;
  }

  private static long ascii(String text) {
    long word = 0;
    for (int i = 0; i < text.length(); i++) {
      word |= (long) text.charAt(i) << (8 * i);
    }
    return word;
  }

  /** RFC 9110 §5.6.2: tchar. */
  private static byte[] tokenBytes() {
    byte[] table = new byte[256];
    String others = "!#$%&'*+-.^_`|~";
    for (int b = 0; b < 128; b++) {
      boolean alphanumeric =
          (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
      table[b] = (byte) (alphanumeric || others.indexOf(b) >= 0 ? 1 : 0);
    }
    return table;
  }
}
