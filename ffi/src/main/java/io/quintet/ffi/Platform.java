package io.quintet.ffi;

/** What the bindings were generated for: nothing else has these structs and numbers. */
final class Platform {
  private Platform() {}

  /**
   * Ends with one sentence where the bindings do not hold.
   *
   * @throws UnsupportedOperationException on anything but Linux on x86-64
   */
  static void require(String os, String architecture) {
    boolean x8664 = architecture.equals("amd64") || architecture.equals("x86_64");
    if (!os.equals("Linux") || !x8664) {
      throw new UnsupportedOperationException(
          "Quintet calls Linux on x86-64 directly; this is " + os + " on " + architecture + ".");
    }
  }

  static void require() {
    require(System.getProperty("os.name"), System.getProperty("os.arch"));
  }
}
