/** Metrics of a server for Micrometer, which has a name as a module and no descriptor. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.quintet.micrometer {
  requires transitive io.quintet.core;
  requires transitive micrometer.core;
  requires static org.jspecify;

  exports io.quintet.micrometer;
}
