package io.quintet.web;

import io.quintet.codec.ProtocolException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What stands before a part, RFC 7578 §4.2 and §4.4.
 *
 * @param name of the form's field
 * @param fileName without folders, or empty
 * @param contentType or text/plain
 */
record PartHead(String name, Optional<String> fileName, String contentType) {
  private static final int BAD_REQUEST = 400;

  static ProtocolException bad(String why) {
    return new ProtocolException(BAD_REQUEST, "malformed form: " + why);
  }

  static PartHead of(List<String> lines) {
    String disposition = "";
    String type = "text/plain";
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw bad("a field without a name");
      }
      String value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).strip().toLowerCase(Locale.ROOT)) {
        case "content-disposition" -> disposition = value;
        case "content-type" -> type = value;
        default -> {
          // §4.8: others are passed over
        }
      }
    }
    String name = Fields.parameter(disposition, "name");
    if (!disposition.split(";", 2)[0].strip().equalsIgnoreCase("form-data") || name.isEmpty()) {
      throw bad("a part without a name");
    }
    return new PartHead(unescaped(name), fileName(disposition), type);
  }

  private static Optional<String> fileName(String disposition) {
    if (!disposition.matches("(?is).*;\\s*filename\\s*=.*")) {
      return Optional.empty();
    }
    String sent = unescaped(Fields.parameter(disposition, "filename"));
    int folder = Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\'));
    String name = sent.substring(folder + 1);
    return Optional.of(name.equals(".") || name.equals("..") ? "" : name);
  }

  /** What browsers encode in names, HTML Living Standard §4.10.21.8, and nothing else. */
  private static String unescaped(String name) {
    return name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
  }
}
