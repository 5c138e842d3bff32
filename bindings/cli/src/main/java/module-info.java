/** The quintet command. */
module io.quintet.cli {
  requires com.google.gson;
  requires info.picocli;
  requires io.quintet.core;
  requires static org.jspecify;

  opens io.quintet.cli to
      info.picocli;
}
