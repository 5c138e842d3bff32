package io.quintet.specs;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as immutable maps, lists, strings, longs, doubles and booleans, in the order of the file.
 * Strict: no comments, no second value for a key, no null.
 */
final class JsonTree {
  private final String file;
  private final JsonReader json;

  private JsonTree(String file, Reader text) {
    this.file = file;
    this.json = new JsonReader(text);
    json.setStrictness(Strictness.STRICT);
  }

  static Object read(String file, Reader text) {
    JsonTree tree = new JsonTree(file, text);
    try {
      Object value = tree.value();
      if (tree.json.peek() != JsonToken.END_DOCUMENT) {
        throw tree.broken("something follows the end of the document");
      }
      return value;
    } catch (MalformedJsonException | EOFException e) {
      throw tree.broken("not JSON: " + e.getMessage());
    } catch (IOException e) {
      throw tree.broken("cannot be read: " + e.getMessage());
    }
  }

  private Object value() throws IOException {
    return switch (json.peek()) {
      case BEGIN_OBJECT -> object();
      case BEGIN_ARRAY -> array();
      case STRING -> json.nextString();
      case NUMBER -> number(json.nextString());
      case BOOLEAN -> json.nextBoolean();
      case NULL -> throw broken("null is no value here");
      default -> throw broken("a value is missing");
    };
  }

  private Map<String, Object> object() throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      if (members.containsKey(key)) {
        throw broken("duplicate key \"" + key + "\"");
      }
      members.put(key, value());
    }
    json.endObject();
    return Collections.unmodifiableMap(members);
  }

  private List<Object> array() throws IOException {
    List<Object> elements = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      elements.add(value());
    }
    json.endArray();
    return Collections.unmodifiableList(elements);
  }

  private static Object number(String digits) {
    boolean integral = digits.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    return integral ? (Object) Long.parseLong(digits) : Double.parseDouble(digits);
  }

  private SpecException broken(String reason) {
    return new SpecException(file, json.getPath(), reason);
  }
}
