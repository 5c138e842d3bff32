package io.quintet.web;

import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A cookie for a response, RFC 6265 §4.1. Immutable. It is sent to the host that has set it alone,
 * and with {@link #of} kept from scripts and from requests of other sites.
 *
 * @param name a token, RFC 9110 §5.6.2
 * @param value visible ASCII without space, quotation mark, comma, semicolon and backslash; what
 *     else is to be kept is encoded, for example by {@link io.quintet.http.PercentEncoding}
 * @param path prefix of the paths for which it is sent, for example {@code /}
 * @param maxAge how long the client keeps it, in whole seconds; 0 has it forgotten; empty until the
 *     client ends
 * @param secure whether it is sent over TLS alone
 * @param httpOnly whether scripts cannot read it
 * @param sameSite whether it goes along with requests of other sites
 */
public record Cookie(
    String name,
    String value,
    String path,
    Optional<Duration> maxAge,
    boolean secure,
    boolean httpOnly,
    SameSite sameSite) {
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";
  private static final String NOT_IN_VALUE = "\",;\\";

  /** Which requests of other sites a cookie goes along with, RFC 6265bis §4.1.2.7. */
  public enum SameSite {
    /** None. */
    STRICT("Strict"),
    /** Those by which the user comes to the site, as by a link. */
    LAX("Lax"),
    /** All; the cookie must be secure. */
    NONE("None");

    private final String text;

    SameSite(String text) {
      this.text = text;
    }
  }

  /** Refuses what could not be sent as it is. */
  public Cookie {
    if (name.isEmpty() || !name.chars().allMatch(Cookie::isToken)) {
      throw new IllegalArgumentException("cookie name " + name + " is no token");
    }
    if (!value.chars().allMatch(Cookie::isValue)) {
      throw new IllegalArgumentException("the value of cookie " + name + " cannot be sent");
    }
    if (!path.startsWith("/") || !path.chars().allMatch(c -> c > ' ' && c < 127 && c != ';')) {
      throw new IllegalArgumentException("path " + path + " of cookie " + name + " is no path");
    }
    if (maxAge.isPresent() && maxAge.get().isNegative()) {
      throw new IllegalArgumentException("cookie " + name + " has an age below 0");
    }
    if (sameSite == SameSite.NONE && !secure) {
      throw new IllegalArgumentException("cookie " + name + " for all sites must be secure");
    }
  }

  private static boolean isToken(int c) {
    boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || (c < 127 && TOKEN_MARKS.indexOf(c) >= 0);
  }

  /** RFC 6265 §4.1.1: cookie-octet. */
  private static boolean isValue(int c) {
    return c > ' ' && c < 127 && NOT_IN_VALUE.indexOf(c) < 0;
  }

  /**
   * A cookie for all paths of the host, until the client ends, which scripts cannot read and
   * requests of other sites do not carry, but for links.
   *
   * @param name name
   * @param value value
   * @return the cookie
   * @throws IllegalArgumentException if it could not be sent as it is
   */
  public static Cookie of(String name, String value) {
    return new Cookie(name, value, "/", Optional.empty(), false, true, SameSite.LAX);
  }

  /**
   * This cookie, kept by the client.
   *
   * @param age how long, in whole seconds; 0 has it forgotten
   * @return another cookie
   */
  public Cookie keptFor(Duration age) {
    return new Cookie(name, value, path, Optional.of(age), secure, httpOnly, sameSite);
  }

  /**
   * This cookie, sent over TLS alone.
   *
   * @return another cookie
   */
  public Cookie overTls() {
    return new Cookie(name, value, path, maxAge, true, httpOnly, sameSite);
  }

  /**
   * Sets the cookie with a response.
   *
   * @param response the response
   * @return another response, with one more field Set-Cookie
   */
  public HttpResponse on(HttpResponse response) {
    return response.withHeader("Set-Cookie", toString());
  }

  /** The field Set-Cookie. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name).append('=').append(value);
    text.append("; Path=").append(path);
    maxAge.ifPresent(age -> text.append("; Max-Age=").append(age.toSeconds()));
    text.append(secure ? "; Secure" : "").append(httpOnly ? "; HttpOnly" : "");
    return text.append("; SameSite=").append(sameSite.text).toString();
  }

  /** The first cookie of a name that a request carries. What is no pair is passed over. */
  static Optional<String> find(HttpRequest request, String name) {
    for (Map.Entry<String, String> field : request.headers()) {
      if (field.getKey().equalsIgnoreCase("Cookie")) {
        for (String pair : field.getValue().split(";", -1)) {
          int equals = pair.indexOf('=');
          if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
            return Optional.of(pair.substring(equals + 1).strip());
          }
        }
      }
    }
    return Optional.empty();
  }
}
