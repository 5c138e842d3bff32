/** Quintet's machines and topologies as data. */
module io.quintet.specs {
  requires com.google.gson;
  requires static transitive org.jspecify;

  exports io.quintet.specs;
  exports io.quintet.specs.explore;
}
