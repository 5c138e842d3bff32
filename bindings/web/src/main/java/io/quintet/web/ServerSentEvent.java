package io.quintet.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Pattern;

/**
 * An event of a stream, HTML Living Standard §9.2.
 *
 * @param name type of the event; empty for {@code message}
 * @param data text; each of its lines is sent as one, whatever ends them
 * @param id what the client tells in Last-Event-ID when it connects again; empty for none
 */
public record ServerSentEvent(String name, String data, String id) {
  private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

  /** Refuses a name or an id that is no line. */
  public ServerSentEvent {
    if (LINE_END.matcher(name).find() || LINE_END.matcher(id).find() || id.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("the name or the id of an event is no line");
    }
  }

  /**
   * An event without a name.
   *
   * @param data text
   * @return the event
   */
  public static ServerSentEvent of(String data) {
    return new ServerSentEvent("", data, "");
  }

  /**
   * An event with a name.
   *
   * @param name type of the event
   * @param data text
   * @return the event
   */
  public static ServerSentEvent of(String name, String data) {
    return new ServerSentEvent(name, data, "");
  }

  /**
   * This event with an id.
   *
   * @param given id
   * @return another event
   */
  public ServerSentEvent withId(String given) {
    return new ServerSentEvent(name, data, given);
  }

  byte[] encoded() {
    StringBuilder text = new StringBuilder();
    if (!name.isEmpty()) {
      text.append("event: ").append(name).append('\n');
    }
    if (!id.isEmpty()) {
      text.append("id: ").append(id).append('\n');
    }
    for (String line : LINE_END.split(data, -1)) {
      text.append("data: ").append(line).append('\n');
    }
    return text.append('\n').toString().getBytes(UTF_8);
  }
}
