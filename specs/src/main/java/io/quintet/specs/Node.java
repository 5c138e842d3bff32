package io.quintet.specs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A value of a spec together with where it stands, so that each complaint can say so. */
record Node(String file, String path, Object value) {
  SpecException broken(String reason) {
    return new SpecException(file, path, reason);
  }

  Map<String, Node> object() {
    if (!(value instanceof Map<?, ?> members)) {
      throw broken("expected an object");
    }
    Map<String, Node> nodes = new LinkedHashMap<>();
    members.forEach((key, member) -> nodes.put((String) key, child("." + key, member)));
    return nodes;
  }

  /** An object that has all of some keys and none but these. */
  Map<String, Node> object(Set<String> required, Set<String> optional) {
    Map<String, Node> members = object();
    for (String key : required) {
      if (!members.containsKey(key)) {
        throw broken("\"" + key + "\" is missing");
      }
    }
    for (Map.Entry<String, Node> member : members.entrySet()) {
      if (!required.contains(member.getKey()) && !optional.contains(member.getKey())) {
        throw member.getValue().broken("unknown key; known are " + known(required, optional));
      }
    }
    return members;
  }

  private static List<String> known(Set<String> required, Set<String> optional) {
    List<String> names = new ArrayList<>(required);
    names.addAll(optional);
    return names.stream().sorted().toList();
  }

  List<Node> array() {
    if (!(value instanceof List<?> elements)) {
      throw broken("expected an array");
    }
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      nodes.add(child("[" + i + "]", elements.get(i)));
    }
    return nodes;
  }

  String text() {
    if (value instanceof String text && !text.isBlank()) {
      return text;
    }
    throw broken("expected a text that is not empty");
  }

  /** A text that is one of some. */
  String choice(Set<String> valid) {
    String text = text();
    if (!valid.contains(text)) {
      throw broken("\"" + text + "\" is not one of " + valid.stream().sorted().toList());
    }
    return text;
  }

  /** True or false. */
  boolean truth() {
    if (value instanceof Boolean truth) {
      return truth;
    }
    throw broken("expected true or false");
  }

  /** A whole number within a range. */
  int integer(int least, int most) {
    if (value instanceof Long number && number >= least && number <= most) {
      return number.intValue();
    }
    throw broken("expected a whole number from " + least + " to " + most);
  }

  Optional<Node> member(String key) {
    return Optional.ofNullable(object().get(key));
  }

  private Node child(String step, Object member) {
    return new Node(file, path + step, member);
  }
}
