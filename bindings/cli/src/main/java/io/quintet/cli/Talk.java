package io.quintet.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.URI;
import java.util.List;
import java.util.SplittableRandom;

/** How a client asks, and where a reply ends. Stateless; any thread. */
interface Talk {
  /** Instead of a length: the reply has not arrived whole. */
  int CUT = 0;

  /** What is asked next. */
  byte[] request(SplittableRandom random);

  /** How long the reply at the front of the bytes is, or CUT. */
  int replyLength(byte[] bytes, int from, int to);

  /** Whether a whole reply is an error. */
  boolean isError(byte[] bytes, int from);

  /**
   * A request that is asked so often.
   *
   * @param share how many of all, in the same unit as the others'
   * @param path what follows the authority of an URL
   */
  record Part(double share, String path) {}

  /**
   * The talk of an URL's scheme: http, https, resp, line, echo, memcached.
   *
   * @param parts paths and how often each is asked
   * @param bodyBytes what is sent with each
   * @param churns whether each request has a connection of its own
   */
  static Talk of(URI url, List<Part> parts, int bodyBytes, boolean churns) {
    return switch (String.valueOf(url.getScheme())) {
      case "http", "https" -> new HttpTalk(url.getAuthority(), parts, bodyBytes, churns);
      case "resp" ->
          new FixedTalk("*2\r\n$3\r\nGET\r\n$7\r\nkey:%03d\r\n", '-') {
            @Override
            public int replyLength(byte[] bytes, int from, int to) {
              int line = lineLength(bytes, from, to);
              if (line == CUT || bytes[from] != '$' || bytes[from + 1] == '-') {
                return line;
              }
              int length = (int) number(bytes, from + 1);
              return from + line + length + 2 <= to ? line + length + 2 : CUT;
            }
          };
      case "memcached" ->
          new FixedTalk("get key:%03d\r\n", 'S') {
            @Override
            public int replyLength(byte[] bytes, int from, int to) {
              for (int at = from; at + 5 <= to; at++) {
                if (bytes[at] == 'E' && bytes[at + 1] == 'N' && bytes[at + 4] == '\n') {
                  return at + 5 - from;
                }
              }
              return CUT;
            }
          };
      case "line" -> new FixedTalk("hello %03d\n", '\0');
      case "echo" -> new FixedTalk("x".repeat(Math.max(bodyBytes, 1) - 1) + "\n", '\0');
      default ->
          throw new IllegalArgumentException(
              "the URL " + url + " has no known scheme: http, https, resp, memcached, line, echo");
    };
  }

  /** Length of the line at the front with its end, or CUT. */
  private static int lineLength(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == '\n') {
        return at + 1 - from;
      }
    }
    return CUT;
  }

  /** The decimal digits at an index. */
  private static long number(byte[] bytes, int from) {
    long value = 0;
    for (int at = from; bytes[at] >= '0' && bytes[at] <= '9'; at++) {
      value = value * 10 + (bytes[at] - '0');
    }
    return value;
  }

  /** One of a thousand requests of the same form; a reply is a line unless it is more. */
  class FixedTalk implements Talk {
    private static final int KEYS = 1000;

    private final byte[][] requests = new byte[KEYS][];
    private final char error;

    FixedTalk(String form, char error) {
      this.error = error;
      for (int i = 0; i < KEYS; i++) {
        requests[i] = (form.contains("%") ? form.formatted(i) : form).getBytes(ISO_8859_1);
      }
    }

    @Override
    public byte[] request(SplittableRandom random) {
      return requests[random.nextInt(KEYS)];
    }

    @Override
    public int replyLength(byte[] bytes, int from, int to) {
      return lineLength(bytes, from, to);
    }

    @Override
    public boolean isError(byte[] bytes, int from) {
      return bytes[from] == error;
    }
  }

  /** HTTP/1.1, whose replies have a Content-Length. */
  final class HttpTalk implements Talk {
    private static final String LENGTH = "content-length: ";

    private final byte[][] requests;
    private final double[] upTo;

    HttpTalk(String authority, List<Part> parts, int bodyBytes, boolean churns) {
      requests = new byte[parts.size()][];
      upTo = new double[parts.size()];
      double all = parts.stream().mapToDouble(Part::share).sum();
      double sum = 0;
      for (int i = 0; i < parts.size(); i++) {
        String body = "x".repeat(bodyBytes);
        String text =
            (bodyBytes > 0 ? "POST " : "GET ")
                + parts.get(i).path
                + " HTTP/1.1\r\nHost: "
                + authority
                + (churns ? "\r\nConnection: close" : "")
                + (bodyBytes > 0 ? "\r\nContent-Length: " + bodyBytes : "")
                + "\r\n\r\n"
                + body;
        requests[i] = text.getBytes(ISO_8859_1);
        sum += parts.get(i).share / all;
        upTo[i] = sum;
      }
    }

    @Override
    public byte[] request(SplittableRandom random) {
      double at = requests.length == 1 ? 0 : random.nextDouble();
      int i = 0;
      while (i < upTo.length - 1 && at >= upTo[i]) {
        i++;
      }
      return requests[i];
    }

    @Override
    public int replyLength(byte[] bytes, int from, int to) {
      long length = 0;
      for (int at = from; at + 3 < to; at++) {
        if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
          continue;
        }
        if (bytes[at + 2] == '\r' && bytes[at + 3] == '\n') {
          long whole = at + 4 - from + length;
          return from + whole <= to ? (int) whole : CUT;
        }
        if (isLength(bytes, at + 2, to)) {
          length = number(bytes, at + 2 + LENGTH.length());
        }
      }
      return CUT;
    }

    private static boolean isLength(byte[] bytes, int from, int to) {
      if (from + LENGTH.length() >= to) {
        return false;
      }
      for (int i = 0; i < LENGTH.length(); i++) {
        if ((bytes[from + i] | 0x20) != (LENGTH.charAt(i) | 0x20)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean isError(byte[] bytes, int from) {
      return bytes[from + 9] != '2';
    }
  }
}
