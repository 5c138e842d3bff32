package io.quintet.specs;

/** A spec that cannot be used: says the file, the JSON path and the reason. */
public final class SpecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SpecException(String file, String path, String reason) {
    super(file + " at " + path + ": " + reason);
  }
}
