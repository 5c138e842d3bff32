/**
 * A simulated Linux, and properties of codecs and handlers that run on it under every pattern.
 *
 * <p>{@link io.quintet.testkit.QuintetProperties} is where users begin.
 */
module io.quintet.testkit {
  requires transitive io.quintet.core;
  requires static transitive org.jspecify;
  requires com.google.gson;

  exports io.quintet.testkit;
}
