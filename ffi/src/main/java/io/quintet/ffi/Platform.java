package io.quintet.ffi;

import java.lang.foreign.MemorySegment;

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
    requireNativeAccess(Platform.class.getModule());
    return require(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /**
   * Asks the JVM for leave to call native code, before a class fails to load for want of it. One
   * that only warns says itself what to add.
   */
  private static void requireNativeAccess(Module module) {
    if (module.isNativeAccessEnabled()) {
      return;
    }
    try {
      MemorySegment.NULL.reinterpret(0);
    } catch (IllegalCallerException e) {
      String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
      throw new UnsupportedOperationException(
          "Quintet calls Linux directly, which this JVM forbids: add --enable-native-access="
              + name
              + " to the java command, or Enable-Native-Access: ALL-UNNAMED to the manifest of the"
              + " jar that it starts.",
          e);
    }
  }
}
