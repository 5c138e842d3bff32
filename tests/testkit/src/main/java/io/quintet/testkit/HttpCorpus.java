package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/**
 * Requests of HTTP/1.1, most of them malformed, and what a strict server makes of each: the file
 * {@code http-requests.json} beside this class, written from RFC 9110 and RFC 9112. For trying
 * servers and proxies of one's own.
 */
public final class HttpCorpus {
  private HttpCorpus() {}

  /**
   * Bytes of a connection and their verdict.
   *
   * @param name what is peculiar about them
   * @param clause where it is decided, for example {@code RFC 9112 6.1}
   * @param request the bytes, each a character from 0 to 255
   * @param verdict 200 for each request that is served, then the status of the refusal that ends
   *     the connection, if there is one
   */
  public record Case(String name, String clause, String request, List<Integer> verdict) {
    /**
     * The bytes that are sent.
     *
     * @return an array
     */
    public byte[] bytes() {
      return request.getBytes(ISO_8859_1);
    }

    @Override
    public String toString() {
      return name + " (" + clause + ")";
    }
  }

  private static Case read(JsonElement element) {
    JsonObject one = element.getAsJsonObject();
    return new Case(
        one.get("name").getAsString(),
        one.get("clause").getAsString(),
        one.get("request").getAsString(),
        one.getAsJsonArray("verdict").asList().stream().map(JsonElement::getAsInt).toList());
  }

  /**
   * All of them.
   *
   * @return the cases in the order of the file
   */
  public static List<Case> cases() {
    InputStream file = HttpCorpus.class.getResourceAsStream("http-requests.json");
    try (InputStreamReader reader =
        new InputStreamReader(Objects.requireNonNull(file, "http-requests.json"), UTF_8)) {
      JsonObject document = JsonParser.parseReader(reader).getAsJsonObject();
      return document.getAsJsonArray("cases").asList().stream().map(HttpCorpus::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
