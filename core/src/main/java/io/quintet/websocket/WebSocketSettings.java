package io.quintet.websocket;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a WebSocket may do.
 *
 * @param messageBytesMax most bytes of a message of the peer, 125 to 2^31 - 9; 1009 beyond
 * @param queueBytesMax most bytes that may be queued for the peer, at least 1024; 1008 beyond. The
 *     listener is told at a sixteenth of it, and the peer is not read meanwhile
 * @param subprotocols those that are spoken, the preferred one first
 * @param origins pages that may connect, such as {@code https://example.com}; empty for all. A
 *     request without the field Origin comes from no page and may connect
 * @param deflate whether messages are compressed where the peer offers it
 * @param deflateBytesMin bytes below which a message is sent as it is, at least 0
 */
public record WebSocketSettings(
    int messageBytesMax,
    int queueBytesMax,
    List<String> subprotocols,
    List<String> origins,
    WebSocketDeflate deflate,
    int deflateBytesMin) {
  private static final int DEFLATE_BYTES_MIN = 1024;

  /** Messages of 1 MiB, a queue of 16 MiB, no subprotocol, any origin, nothing compressed. */
  public static final WebSocketSettings DEFAULT =
      new WebSocketSettings(1 << 20, 16 << 20, List.of(), List.of());

  private static final Set<String> KEYS =
      Set.of(
          "messageBytesMax",
          "queueBytesMax",
          "subprotocols",
          "origins",
          "deflate",
          "deflateBytesMin");

  /** Refuses what is out of range. */
  public WebSocketSettings {
    check("messageBytesMax", messageBytesMax, 125, Integer.MAX_VALUE - 8);
    check("queueBytesMax", queueBytesMax, 1024, Integer.MAX_VALUE);
    check("deflateBytesMin", deflateBytesMin, 0, Integer.MAX_VALUE);
    Objects.requireNonNull(deflate, "deflate");
    subprotocols = List.copyOf(subprotocols);
    origins = List.copyOf(origins);
    for (String each : subprotocols) {
      if (!each.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        throw new IllegalArgumentException("subprotocol \"" + each + "\" is no token");
      }
    }
  }

  /**
   * Settings with nothing compressed.
   *
   * @param messageBytesMax most bytes of a message of the peer, 125 to 2^31 - 9
   * @param queueBytesMax most bytes that may be queued for the peer, at least 1024
   * @param subprotocols those that are spoken, the preferred one first
   * @param origins pages that may connect; empty for all
   */
  public WebSocketSettings(
      int messageBytesMax, int queueBytesMax, List<String> subprotocols, List<String> origins) {
    this(
        messageBytesMax,
        queueBytesMax,
        subprotocols,
        origins,
        WebSocketDeflate.OFF,
        DEFLATE_BYTES_MIN);
  }

  private static void check(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " " + value + " is not within " + least + " to " + most);
    }
  }

  /**
   * Settings by name; what is not named is as in {@link #DEFAULT}.
   *
   * @param given values by the names of this record's components; {@code deflate} may be a text,
   *     such as {@code messages}
   * @return the settings
   * @throws IllegalArgumentException if a name is unknown or a value is not valid
   */
  public static WebSocketSettings of(Map<String, ?> given) {
    Set<String> unknown = new TreeSet<>(given.keySet());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown setting " + unknown.iterator().next() + "; there are " + new TreeSet<>(KEYS));
    }
    return new WebSocketSettings(
        number(given, "messageBytesMax", DEFAULT.messageBytesMax),
        number(given, "queueBytesMax", DEFAULT.queueBytesMax),
        texts(given, "subprotocols"),
        texts(given, "origins"),
        deflate(given),
        number(given, "deflateBytesMin", DEFLATE_BYTES_MIN));
  }

  private static WebSocketDeflate deflate(Map<String, ?> given) {
    Object value = given.get("deflate");
    if (value == null) {
      return WebSocketDeflate.OFF;
    }
    String name = value.toString().toUpperCase(Locale.ROOT);
    return Arrays.stream(WebSocketDeflate.values())
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "deflate " + value + " is none of off, messages, context"));
  }

  private static int number(Map<String, ?> given, String name, int standard) {
    Object value = given.get(name);
    if (value == null) {
      return standard;
    }
    if (value instanceof Number number && number.longValue() == number.intValue()) {
      return number.intValue();
    }
    throw new IllegalArgumentException(name + " " + value + " is no whole number of 32 bits");
  }

  private static List<String> texts(Map<String, ?> given, String name) {
    Object value = given.get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof Iterable<?> many) {
      List<String> texts = new java.util.ArrayList<>();
      many.forEach(each -> texts.add(String.valueOf(each)));
      return texts;
    }
    throw new IllegalArgumentException(name + " " + value + " is no list of texts");
  }
}
