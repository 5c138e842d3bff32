package io.quintet.http;

import io.quintet.codec.ProtocolException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads the head of one request, RFC 9112 §3 and §5, checking every byte in one pass. Reused from
 * request to request; one thread at a time.
 *
 * <p>A word of zeros stands behind the bytes received, so that every loop ends there at the latest
 * and none needs bounds of its own. What is found wrong there has only not arrived.
 */
final class HttpHead {
  /** Words and halves of an array as little-endian memory has them. */
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** A Content-Length that was not given. */
  static final long NO_LENGTH = -1;

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final int GET = (int) Names.word("GET ");
  private static final long HTTP_1_1 = Names.word("HTTP/1.1");
  private static final long HTTP_1_X = Names.word("HTTP/1.");
  private static final long SEVEN_BYTES = 0x00ffffffffffffffL;
  private static final long LENGTH_MAX = Long.MAX_VALUE;

  /** Instead of an index: the line has not arrived whole. */
  private static final int CUT = -1;

  /** RFC 9110 §5.6.2: tchar. */
  private static final byte[] TOKEN = alphanumericAnd("!#$%&'*+-.^_`|~");

  int methodEnd;
  int targetEnd;
  int fieldsStart;
  int minorVersion;

  /** Where in a target that is a whole URI the authority begins; 0 if it is none. */
  int authority;

  boolean keepAlive;
  boolean chunked;
  boolean continueExpected;

  /** Whether the client would go on in another protocol, RFC 9110 §7.8. */
  boolean upgradeOffered;

  long contentLength;

  private byte[] bytes = {};
  private int end;

  /** Offset of the line that had not arrived whole; 0 before the first. */
  private int resume;

  private boolean transferEncoding;
  private boolean unknownCoding;
  private boolean close;
  private boolean keepAliveAsked;
  private boolean unknownExpectation;
  private boolean upgradeField;
  private boolean upgradeAsked;
  private int hosts;

  /**
   * Reads a head from an array in which the word behind the bytes received may be overwritten.
   * Where it has not arrived whole, the next call with more of it goes on at the line that was cut.
   *
   * @return its length up to and with the empty line, or 0 if it ends before that
   * @throws ProtocolException if it is malformed
   */
  int read(byte[] array, int head, int available) {
    bytes = array;
    end = head + available;
    LONGS.set(array, end, 0L);
    int at = head + resume;
    if (resume == 0) {
      begin();
      at = readRequestLine(head);
    }
    while (at != CUT && at < end && bytes[at] != '\r') {
      resume = at - head;
      at = readField(at);
    }
    if (at == CUT) {
      return 0;
    }
    if (at + 1 >= end) {
      resume = at - head;
      return 0;
    }
    if (bytes[at + 1] != '\n') {
      throw bad("CR without LF");
    }
    checkTogether();
    resume = 0;
    return at + 2 - head;
  }

  private void begin() {
    authority = 0;
    contentLength = NO_LENGTH;
    chunked = false;
    transferEncoding = false;
    unknownCoding = false;
    close = false;
    keepAliveAsked = false;
    continueExpected = false;
    unknownExpectation = false;
    upgradeField = false;
    upgradeAsked = false;
    hosts = 0;
  }

  /** Gives the index behind the line, or CUT. */
  private int readRequestLine(int head) {
    int at = head + 3;
    if ((int) INTS.get(bytes, head) != GET) {
      at = endOfToken(head);
      if (at == head || bytes[at] != ' ') {
        return cut(at, "malformed method");
      }
    }
    methodEnd = at - head;
    int target = at + 1;
    at = endOfTarget(target);
    if (at == target || bytes[at] != ' ') {
      return cut(at, "malformed target");
    }
    targetEnd = at - head;
    if (at + 11 > end) {
      return checkVersionSoFar(at + 1);
    }
    readVersion((long) LONGS.get(bytes, at + 1));
    if (bytes[at + 9] != '\r' || bytes[at + 10] != '\n') {
      throw bad("malformed request line");
    }
    if (bytes[target] != '/' || Target.isConnect(bytes, head, target - 1)) {
      authority = Math.max(Target.check(bytes, head, target, at) - head, 0);
    }
    fieldsStart = at + 11 - head;
    return at + 11;
  }

  /** What is wrong at the end may be that the rest has not arrived; before it, it is wrong. */
  private int cut(int at, String reason) {
    if (at < end) {
      throw bad(reason);
    }
    return CUT;
  }

  /** A line that ends before the eleven bytes of a version and its end can be refused at once. */
  private int checkVersionSoFar(int from) {
    for (int at = from; at < end; at++) {
      if (bytes[at] == '\n') {
        readVersion((long) LONGS.get(bytes, from));
        throw bad("malformed request line");
      }
    }
    return CUT;
  }

  private int endOfToken(int from) {
    int at = from;
    while (isToken(bytes[at])) {
      at++;
    }
    return at;
  }

  /** Where visible ASCII other than # ends, which no target has: eight bytes at a time. */
  private int endOfTarget(int from) {
    int at = from;
    while (true) {
      long word = (long) LONGS.get(bytes, at);
      long stop =
          below(word, 0x21)
              | below(word ^ ONES * 0x7f, 1)
              | below(word ^ ONES * '#', 1)
              | word & HIGHS;
      if (stop != 0) {
        return at + (Long.numberOfTrailingZeros(stop) >>> 3);
      }
      at += Long.BYTES;
    }
  }

  private void readVersion(long version) {
    if (version == HTTP_1_1) {
      minorVersion = 1;
      return;
    }
    byte last = (byte) (version >>> 56);
    if ((version & SEVEN_BYTES) == HTTP_1_X && isDigit(last)) {
      // RFC 9110 §2.5: a higher minor version is served as the highest one known
      minorVersion = last == '0' ? 0 : 1;
      return;
    }
    boolean slash = (int) version == (int) HTTP_1_1 && (byte) (version >>> 32) == '/';
    boolean point = isDigit((byte) (version >>> 40)) && (byte) (version >>> 48) == '.';
    if (slash && point && isDigit(last) && (byte) (version >>> 40) != '1') {
      throw new ProtocolException(505, "only HTTP/1.0 and HTTP/1.1 are served");
    }
    throw bad("malformed version");
  }

  /** Reads one field line and gives the index behind it, or CUT. */
  private int readField(int start) {
    int at = endOfToken(start);
    if (at == start || bytes[at] != ':') {
      // also white space before the colon, and obs-fold
      return cut(at, "malformed field name");
    }
    int value = at + 1;
    int valueEnd = endOfValue(value);
    if (valueEnd + 1 >= end) {
      return valueEnd >= end || bytes[valueEnd] == '\r'
          ? CUT
          : cut(valueEnd, "control character in a field");
    }
    if (bytes[valueEnd] != '\r' || bytes[valueEnd + 1] != '\n') {
      throw bad("control character in a field");
    }
    interpret(start, at - start, value, valueEnd);
    return valueEnd + 2;
  }

  /** Where a field value ends: at a control character other than a tab. */
  private int endOfValue(int from) {
    int at = from;
    while (true) {
      long word = (long) LONGS.get(bytes, at);
      long stop = below(word, 0x20) | below(word ^ ONES * 0x7f, 1);
      if (stop == 0) {
        at += Long.BYTES;
        continue;
      }
      // Only the lowest bit is sure: a borrow may mark bytes above a true hit.
      at += Long.numberOfTrailingZeros(stop) >>> 3;
      if (bytes[at] != '\t') {
        return at;
      }
      at++;
    }
  }

  /** Picks out the fields that decide how the message is framed. */
  private void interpret(int name, int nameLength, int value, int valueEnd) {
    switch (nameLength) {
      case 4 -> {
        if (Names.isHost(bytes, name)) {
          hosts++;
          checkHost(value, valueEnd);
        }
      }
      case 6 -> {
        if (Names.isExpect(bytes, name)) {
          readExpect(value, valueEnd);
        }
      }
      case 7 -> upgradeField |= Names.isUpgrade(bytes, name);
      case 10 -> {
        if (Names.isConnection(bytes, name)) {
          readConnection(value, valueEnd);
        }
      }
      case 14 -> {
        if (Names.isContentLength(bytes, name)) {
          readContentLength(value, valueEnd);
        }
      }
      case 17 -> {
        if (Names.isTransferEncoding(bytes, name)) {
          readTransferEncoding(value, valueEnd);
        }
      }
      default -> {
        // no field of this length concerns the framing
      }
    }
  }

  private void checkHost(int value, int valueEnd) {
    int from = skipBlanks(value, valueEnd);
    if (!Authority.isHostAndPort(bytes, from, trim(from, valueEnd))) {
      throw bad("malformed Host");
    }
  }

  /** RFC 9110 §10.1.1: a list, of the one expectation that there is. */
  private void readExpect(int value, int valueEnd) {
    int at = value;
    while (at < valueEnd) {
      int from = skipBlanks(at, valueEnd);
      int to = memberEnd(from, valueEnd);
      int length = trim(from, to) - from;
      boolean known = length == 12 && Names.isContinue(bytes, from);
      continueExpected |= known;
      unknownExpectation |= length > 0 && !known;
      at = to + 1;
    }
  }

  /** Where a member of a list ends. */
  private int memberEnd(int from, int valueEnd) {
    int to = from;
    while (to < valueEnd && bytes[to] != ',') {
      to++;
    }
    return to;
  }

  private void readConnection(int value, int valueEnd) {
    int at = value;
    while (at < valueEnd) {
      int from = skipBlanks(at, valueEnd);
      int to = memberEnd(from, valueEnd);
      int length = trim(from, to) - from;
      close |= length == 5 && Names.isClose(bytes, from);
      keepAliveAsked |= length == 10 && Names.isKeepAlive(bytes, from);
      upgradeAsked |= length == 7 && Names.isUpgrade(bytes, from);
      at = to + 1;
    }
  }

  private void readContentLength(int value, int valueEnd) {
    int from = skipBlanks(value, valueEnd);
    int to = trim(from, valueEnd);
    if (contentLength != NO_LENGTH || to == from) {
      throw bad("malformed or repeated Content-Length");
    }
    long length = 0;
    for (int at = from; at < to; at++) {
      byte digit = bytes[at];
      if (!isDigit(digit)) {
        throw bad("malformed Content-Length");
      }
      // RFC 9110 §8.6: what no long holds is more than any limit
      length = length < LENGTH_MAX / 10 ? length * 10 + (digit - '0') : LENGTH_MAX;
    }
    contentLength = length;
  }

  /** RFC 9112 §6.1: a list over all fields, which chunked ends. */
  private void readTransferEncoding(int value, int valueEnd) {
    transferEncoding = true;
    int at = value;
    while (at < valueEnd) {
      int from = skipBlanks(at, valueEnd);
      int to = memberEnd(from, valueEnd);
      int length = trim(from, to) - from;
      if (length > 0) {
        if (chunked) {
          throw bad("chunked is not the last Transfer-Encoding");
        }
        chunked = length == 7 && Names.isChunked(bytes, from);
        unknownCoding |= !chunked;
      }
      at = to + 1;
    }
  }

  private void checkTogether() {
    if (hosts > 1 || (hosts == 0 && minorVersion == 1)) {
      throw bad("exactly one Host is needed"); // RFC 9112 §3.2
    }
    if (transferEncoding && (contentLength != NO_LENGTH || minorVersion == 0)) {
      throw bad("Transfer-Encoding beside Content-Length or in HTTP/1.0"); // RFC 9112 §6.1
    }
    if (transferEncoding && !chunked) {
      throw bad("chunked is not the last Transfer-Encoding"); // RFC 9112 §6.3
    }
    if (unknownCoding) {
      throw new ProtocolException(501, "only chunked is served as Transfer-Encoding");
    }
    continueExpected &= minorVersion == 1;
    if (unknownExpectation && minorVersion == 1) {
      throw new ProtocolException(417, "only 100-continue is known as Expect");
    }
    upgradeOffered = upgradeField && upgradeAsked && minorVersion == 1;
    keepAlive = !close && (minorVersion == 1 || keepAliveAsked);
  }

  static ProtocolException bad(String reason) {
    return new ProtocolException(400, reason);
  }

  static boolean isToken(byte b) {
    return isOf(TOKEN, b);
  }

  private static boolean isOf(byte[] table, byte b) {
    return table[b & 0xff] != 0;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private int skipBlanks(int from, int to) {
    int at = from;
    while (at < to && isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  private int trim(int from, int to) {
    int at = to;
    while (at > from && isBlank(bytes[at - 1])) {
      at--;
    }
    return at;
  }

  /** Its lowest bit marks the first byte below a limit of at most 0x80; 0 if there is none. */
  private static long below(long word, int limit) {
    return (word - ONES * limit) & ~word & HIGHS;
  }

  static byte[] alphanumericAnd(String others) {
    byte[] table = new byte[256];
    for (int b = 0; b < 128; b++) {
      boolean alphanumeric =
          (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
      table[b] = (byte) (alphanumeric || others.indexOf(b) >= 0 ? 1 : 0);
    }
    return table;
  }
}
