package io.quintet.ffi;

/** The architectures whose structs and numbers the bindings have. */
enum Platform {
  X86_64,
  AARCH64;

  /**
   * What this is.
   *
   * @throws UnsupportedOperationException with one sentence where no bindings hold
   */
  static Platform require(String os, String architecture) {
    if (os.equals("Linux")) {
      switch (architecture) {
        case "amd64", "x86_64" -> {
          return X86_64;
        }
        case "aarch64" -> {
          return AARCH64;
        }
        default -> {
          // refused below
        }
      }
    }
    throw new UnsupportedOperationException(
        "Quintet calls Linux on x86-64 and aarch64 directly; this is "
            + os
            + " on "
            + architecture
            + ".");
  }

  static Platform require() {
    return require(System.getProperty("os.name"), System.getProperty("os.arch"));
  }
}
