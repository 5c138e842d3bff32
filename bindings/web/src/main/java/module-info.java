/** Routes, forms, cookies, files, events and filters over the HTTP codec of the core. */
module io.quintet.web {
  requires transitive io.quintet.core;
  requires static org.jspecify;

  exports io.quintet.web;
}
