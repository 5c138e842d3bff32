/**
 * Linux system calls from Java.
 *
 * <p>{@link io.quintet.ffi} holds the typed, errno-returning calls; {@link io.quintet.ffi.linux}
 * the bindings that jextract generated from the machine's C headers.
 */
module io.quintet.ffi {
  requires static transitive org.jspecify;

  exports io.quintet.ffi;
  exports io.quintet.ffi.linux;
}
