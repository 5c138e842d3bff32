package io.quintet.http;

/**
 * Whom a request is for: a host and perhaps a port, RFC 9110 §7.2, by the grammar of RFC 3986
 * §3.2.2 and §3.2.3.
 */
final class Authority {
  private static final int PORT_MAX = 65_535;
  private static final int PORT_DIGITS = 5;
  private static final int GROUPS = 8;

  /** Unreserved characters and sub-delims. */
  private static final byte[] NAME = HttpHead.alphanumericAnd("-._~!$&'()*+,;=");

  private Authority() {}

  /** Whether bytes are a host and perhaps a port; either may be empty. */
  static boolean isHostAndPort(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && NAME[bytes[at] & 0xff] != 0) {
      at++;
    }
    if (at < to && bytes[at] != ':') {
      at = hostEnd(bytes, from, to); // has brackets, or escapes, or is none
    }
    return at == to || (at >= from && bytes[at] == ':' && isPort(bytes, at + 1, to));
  }

  /** Likewise, where neither may be empty. */
  static boolean isHostWithPort(byte[] bytes, int from, int to) {
    int end = hostEnd(bytes, from, to);
    return end > from && end + 1 < to && bytes[end] == ':' && isPort(bytes, end + 1, to);
  }

  /** Whether the host of an authority is more than nothing. */
  static boolean hasHost(byte[] bytes, int from, int to) {
    return from < to && bytes[from] != ':';
  }

  /** Where the host ends; before it begins if it is none. */
  private static int hostEnd(byte[] bytes, int from, int to) {
    if (from < to && bytes[from] == '[') {
      return literalEnd(bytes, from + 1, to);
    }
    int at = from;
    while (at < to) {
      if (NAME[bytes[at] & 0xff] != 0) {
        at++;
      } else if (bytes[at] == '%' && at + 2 < to && isHex(bytes[at + 1]) && isHex(bytes[at + 2])) {
        at += 3;
      } else {
        break;
      }
    }
    return at;
  }

  private static boolean isPort(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && HttpHead.isDigit(bytes[at])) {
      at++;
    }
    return at == to && (to - from < PORT_DIGITS || isOfSixteenBits(bytes, from, to));
  }

  private static boolean isOfSixteenBits(byte[] digits, int from, int to) {
    int port = 0;
    for (int at = from; at < to && port <= PORT_MAX; at++) {
      port = port * 10 + (digits[at] - '0');
    }
    return port <= PORT_MAX;
  }

  /** The index behind the bracket that closes an address, or -1. */
  private static int literalEnd(byte[] bytes, int from, int to) {
    int end = from;
    while (end < to && bytes[end] != ']') {
      end++;
    }
    boolean literal = end < to && (isIpv6(bytes, from, end) || isIpFuture(bytes, from, end));
    return literal ? end + 1 : -1;
  }

  /** Eight groups of hexadecimal digits, of which the last two may be IPv4, or fewer around ::. */
  private static boolean isIpv6(byte[] bytes, int from, int to) {
    int at = from;
    int groups = 0;
    boolean shortened = false;
    while (at < to) {
      if (at + 1 < to && bytes[at] == ':' && bytes[at + 1] == ':') {
        if (shortened) {
          return false;
        }
        shortened = true;
        at += 2;
        continue;
      }
      if (groups > 0 && bytes[at - 1] != ':') {
        if (bytes[at] != ':') {
          return false;
        }
        at++;
      }
      int digits = at;
      while (digits < to && digits - at < 4 && isHex(bytes[digits])) {
        digits++;
      }
      if (digits == at) {
        return false;
      }
      if (digits < to && bytes[digits] == '.') {
        return isIpv4(bytes, at, to) && areEnough(groups + 2, shortened);
      }
      groups++;
      at = digits;
    }
    return areEnough(groups, shortened);
  }

  private static boolean areEnough(int groups, boolean shortened) {
    return shortened ? groups < GROUPS : groups == GROUPS;
  }

  /** Four numbers up to 255 without leading zeros. */
  private static boolean isIpv4(byte[] bytes, int from, int to) {
    int at = from;
    for (int part = 0; part < 4; part++) {
      if (part > 0) {
        if (at == to || bytes[at] != '.') {
          return false;
        }
        at++;
      }
      int first = at;
      int number = 0;
      while (at < to && at - first < 3 && HttpHead.isDigit(bytes[at])) {
        number = number * 10 + (bytes[at++] - '0');
      }
      if (at == first || number > 255 || (bytes[first] == '0' && at - first > 1)) {
        return false;
      }
    }
    return at == to;
  }

  private static boolean isIpFuture(byte[] bytes, int from, int to) {
    int at = from + 1;
    while (at < to && isHex(bytes[at])) {
      at++;
    }
    boolean version = from < to && (bytes[from] | 0x20) == 'v' && at > from + 1;
    if (!version || at + 1 >= to || bytes[at] != '.') {
      return false;
    }
    for (int i = at + 1; i < to; i++) {
      if (NAME[bytes[i] & 0xff] == 0 && bytes[i] != ':') {
        return false;
      }
    }
    return true;
  }

  private static boolean isHex(byte b) {
    return Character.digit(b, 16) >= 0;
  }
}
