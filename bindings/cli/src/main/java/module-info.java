/** The quintet command. */
@SuppressWarnings("requires-automatic")
module io.quintet.cli {
  requires com.google.gson;
  requires HdrHistogram;
  requires info.picocli;
  requires io.quintet.core;
  requires io.prometheus.metrics.model;
  requires io.quintet.micrometer;
  requires java.net.http;
  requires me.tongfei.progressbar;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires org.jline.terminal;
  requires static org.jspecify;

  opens io.quintet.cli to
      info.picocli;
}
