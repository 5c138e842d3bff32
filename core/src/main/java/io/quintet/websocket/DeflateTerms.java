package io.quintet.websocket;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a client and this server agreed on for permessage-deflate, RFC 7692 §7.1.
 *
 * @param sendsContext whether messages of the server may repeat parts of those before
 * @param receivesContext whether messages of the client may
 * @param answer the field Sec-WebSocket-Extensions of the response
 */
record DeflateTerms(boolean sendsContext, boolean receivesContext, String answer) {
  private static final String NAME = "permessage-deflate";
  private static final String SERVER_NO_CONTEXT = "server_no_context_takeover";
  private static final String CLIENT_NO_CONTEXT = "client_no_context_takeover";
  private static final String SERVER_WINDOW = "server_max_window_bits";
  private static final String CLIENT_WINDOW = "client_max_window_bits";

  /** The only window that {@code java.util.zip} compresses with. */
  private static final String WINDOW = "15";

  /** Values of windows, RFC 7692 §7.1.2: without leading zeros. */
  private static final Set<String> WINDOWS = Set.of("8", "9", "10", "11", "12", "13", "14", "15");

  /**
   * The first offer that can be kept.
   *
   * @param fields values of Sec-WebSocket-Extensions in their order
   * @param deflate the setting
   * @throws IllegalArgumentException if a field is malformed
   */
  static Optional<DeflateTerms> of(List<String> fields, WebSocketDeflate deflate) {
    List<ExtensionOffer> offers = new ArrayList<>();
    fields.forEach(field -> offers.addAll(ExtensionOffer.of(field)));
    return offers.stream()
        .filter(offer -> offer.name().equals(NAME) && isKept(offer))
        .findFirst()
        .map(offer -> agree(offer, deflate == WebSocketDeflate.CONTEXT));
  }

  /** Whether it is valid, and asks for nothing that the server cannot do. */
  private static boolean isKept(ExtensionOffer offer) {
    Set<String> seen = new HashSet<>();
    for (Map.Entry<String, String> each : offer.parameters()) {
      String value = each.getValue();
      boolean kept =
          switch (each.getKey()) {
            case SERVER_NO_CONTEXT, CLIENT_NO_CONTEXT -> value.isEmpty();
            case SERVER_WINDOW -> value.equals(WINDOW);
            case CLIENT_WINDOW -> value.isEmpty() || WINDOWS.contains(value);
            default -> false;
          };
      if (!kept || !seen.add(each.getKey())) {
        return false;
      }
    }
    return true;
  }

  /** A server may forbid contexts unasked, and reads what any smaller window has compressed. */
  private static DeflateTerms agree(ExtensionOffer offer, boolean context) {
    Set<String> asked = new HashSet<>();
    offer.parameters().forEach(each -> asked.add(each.getKey()));
    boolean sends = context && !asked.contains(SERVER_NO_CONTEXT);
    boolean receives = context && !asked.contains(CLIENT_NO_CONTEXT);
    StringBuilder answer = new StringBuilder(NAME);
    if (!sends) {
      answer.append("; ").append(SERVER_NO_CONTEXT);
    }
    if (!receives) {
      answer.append("; ").append(CLIENT_NO_CONTEXT);
    }
    if (asked.contains(SERVER_WINDOW)) {
      answer.append("; ").append(SERVER_WINDOW).append('=').append(WINDOW);
    }
    return new DeflateTerms(sends, receives, answer.toString());
  }
}
