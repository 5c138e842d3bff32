package io.quintet;

import java.util.List;

/**
 * One option of a server, as data. Options, the command's help, the table in the documents and the
 * names in the bindings come from {@link #all()}.
 *
 * @param name its key in a map, such as {@code idleTimeoutMillis}; lengths of time end with {@code
 *     Millis}
 * @param type {@code Integer}, {@code Boolean} or {@code String}
 * @param valid the values that it takes, such as {@code 0 to 65535}
 * @param standard its value where none is given
 * @param reload when a new value takes effect
 * @param text what it does, in a sentence
 */
public record ServerOption(
    String name, Class<?> type, String valid, Object standard, Reload reload, String text) {

  /** When a new value takes effect. */
  public enum Reload {
    /** At the next start of a server. */
    START("at a start"),
    /** While the server serves, by {@link Server#rearrange(String, java.util.Map)}. */
    REARRANGE("by Server.rearrange"),
    /** While the server serves, likewise, and by {@link Server#resize(int)}. */
    RESIZE("by Server.resize and Server.rearrange"),
    /** While the server serves, when the file that it names has changed. */
    FILE("when the file changes");

    private final String when;

    Reload(String when) {
      this.when = when;
    }

    @Override
    public String toString() {
      return when;
    }
  }

  /**
   * The table of all options.
   *
   * @return an immutable list
   */
  public static List<ServerOption> all() {
    return OptionTable.ALL;
  }
}
