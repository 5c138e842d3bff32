package io.quintet.http;

import static io.quintet.http.HttpHead.bad;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * A target that is no path, RFC 9112 §3.2. Every server must accept a whole URI, §3.2.2: the
 * request goes on as one for its path, whose Host is the URI's authority, whatever was sent as
 * Host.
 */
final class Target {
  private static final byte[] CONNECT = "CONNECT".getBytes(US_ASCII);
  private static final byte[] OPTIONS = "OPTIONS".getBytes(US_ASCII);
  private static final byte[] HTTP = "http://".getBytes(US_ASCII);
  private static final byte[] HTTPS = "https://".getBytes(US_ASCII);
  private static final byte[] HOST = "Host: ".getBytes(US_ASCII);
  private static final byte[] LINE_END = {'\r', '\n'};

  private Target() {}

  /** Whether a method wants no path. */
  static boolean isConnect(byte[] bytes, int from, int to) {
    return to - from == CONNECT.length && Arrays.equals(bytes, from, to, CONNECT, 0, to - from);
  }

  private static boolean isOptions(byte[] bytes, int from, int to) {
    return to - from == OPTIONS.length && Arrays.equals(bytes, from, to, OPTIONS, 0, to - from);
  }

  /**
   * Checks a target that does not begin as a path does, or whose method wants none.
   *
   * @param bytes the request
   * @param method where its method begins
   * @param from where its target begins, a blank behind the method
   * @param to where that ends
   * @return where in a whole URI the authority begins, or -1 for {@code *}
   * @throws ProtocolException if the request cannot be served
   */
  static int check(byte[] bytes, int method, int from, int to) {
    if (isConnect(bytes, method, from - 1)) {
      throw Authority.isHostWithPort(bytes, from, to)
          ? new ProtocolException(501, "CONNECT is not served")
          : bad("CONNECT without a host and a port");
    }
    if (to != from + 1 || bytes[from] != '*') {
      return authority(bytes, from, to);
    }
    if (!isOptions(bytes, method, from - 1)) {
      throw bad("target * of another method than OPTIONS");
    }
    return -1;
  }

  private static int authority(byte[] bytes, int from, int to) {
    int scheme = begins(bytes, from, to, HTTP) ? HTTP.length : HTTPS.length;
    if (scheme == HTTPS.length && !begins(bytes, from, to, HTTPS)) {
      throw bad("target is neither a path nor a URI of http or https");
    }
    int authority = from + scheme;
    int end = authorityEnd(bytes, authority, to);
    // RFC 9110 §4.2.1 and §4.2.4: without a host, or with a user, it is invalid
    if (!Authority.hasHost(bytes, authority, end)
        || !Authority.isHostAndPort(bytes, authority, end)) {
      throw bad("malformed authority of the target");
    }
    return authority;
  }

  private static boolean begins(byte[] bytes, int from, int to, byte[] scheme) {
    boolean begins = to - from >= scheme.length;
    for (int i = 0; begins && i < scheme.length; i++) {
      begins = (bytes[from + i] | 0x20) == (scheme[i] | 0x20);
    }
    return begins;
  }

  private static int authorityEnd(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] != '/' && bytes[at] != '?') {
      at++;
    }
    return at;
  }

  /** The head of a request for a path instead. The offsets of what was read become those of it. */
  static byte[] toOrigin(HttpHead read, byte[] head) {
    ByteArrayOutputStream to = new ByteArrayOutputStream(head.length + HOST.length);
    int target = read.methodEnd + 1;
    int authorityEnd = authorityEnd(head, read.authority, read.targetEnd);
    to.write(head, 0, target);
    if (authorityEnd == read.targetEnd) {
      to.write(isOptions(head, 0, read.methodEnd) ? '*' : '/'); // RFC 9110 §4.2.3
    } else if (head[authorityEnd] == '?') {
      to.write('/');
    }
    to.write(head, authorityEnd, read.targetEnd - authorityEnd);
    int targetEnd = to.size();
    to.write(head, read.targetEnd, read.fieldsStart - read.targetEnd);
    int fieldsStart = to.size();
    to.writeBytes(HOST);
    to.write(head, read.authority, authorityEnd - read.authority);
    to.writeBytes(LINE_END);
    writeOthers(head, read.fieldsStart, to);
    read.targetEnd = targetEnd;
    read.fieldsStart = fieldsStart;
    return to.toByteArray();
  }

  /** Writes all fields but Host, and the empty line. */
  private static void writeOthers(byte[] head, int fieldsStart, ByteArrayOutputStream to) {
    int at = fieldsStart;
    while (at < head.length) {
      int end = at;
      while (head[end] != '\n') {
        end++;
      }
      if (head[at + 4 > end ? end : at + 4] != ':' || !Names.isHost(head, at)) {
        to.write(head, at, end + 1 - at);
      }
      at = end + 1;
    }
  }
}
