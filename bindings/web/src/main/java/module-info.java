/** Routes, forms, cookies and error pages over the HTTP codec of the core. */
module io.quintet.web {
  requires transitive io.quintet.core;
  requires static org.jspecify;

  exports io.quintet.web;
}
