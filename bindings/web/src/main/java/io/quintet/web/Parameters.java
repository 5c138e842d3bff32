package io.quintet.web;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The fields of a query or of a form, in the order in which they were sent; a name may be there
 * several times. Immutable.
 *
 * @param entries names and values, decoded
 */
public record Parameters(List<Map.Entry<String, String>> entries) {
  static final Parameters NONE = new Parameters(List.of());

  /** Copies the list. */
  public Parameters {
    entries = List.copyOf(entries);
  }

  /**
   * The first field of a name.
   *
   * @param name name, as it is when it is decoded
   * @return its value
   */
  public Optional<String> first(String name) {
    for (Map.Entry<String, String> entry : entries) {
      if (entry.getKey().equals(name)) {
        return Optional.of(entry.getValue());
      }
    }
    return Optional.empty();
  }

  /**
   * All fields of a name.
   *
   * @param name name, as it is when it is decoded
   * @return their values, in their order
   */
  public List<String> all(String name) {
    return entries.stream()
        .filter(entry -> entry.getKey().equals(name))
        .map(Map.Entry::getValue)
        .toList();
  }
}
