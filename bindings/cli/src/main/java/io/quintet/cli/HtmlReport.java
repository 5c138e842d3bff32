package io.quintet.cli;

import com.google.gson.Gson;
import io.quintet.specs.Topology;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A comparison as one page with charts by Chart.js, which is in the page. */
final class HtmlReport {
  private static final Gson GSON = new Gson();
  private static final double NANOS = 1e9;

  /** Points of a curve for each halving of the distance to all requests. */
  private static final int TICKS = 4;

  private HtmlReport() {}

  static void write(Path file, String title, List<String> advice, Map<String, Figures> figures)
      throws IOException {
    List<Map<String, Object>> patterns = new ArrayList<>();
    for (Map.Entry<String, Figures> each : figures.entrySet()) {
      patterns.add(pattern(each.getKey(), each.getValue()));
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("title", title);
    data.put("date", Instant.now().toString());
    data.put(
        "machine",
        "%s %s, JDK %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.version().feature()));
    data.put("advice", advice);
    data.put("patterns", patterns);
    Files.writeString(
        file,
        resource("report.html")
            .replace("/*CHART*/", resource("chart.umd.min.js"))
            .replace("/*DATA*/", script(data)));
  }

  private static Map<String, Object> pattern(String id, Figures figures) {
    Topology topology = SpecCommand.topology(id);
    Map<String, Object> one = new LinkedHashMap<>(figures.toMap());
    one.put("id", topology.id());
    one.put("title", topology.title());
    one.put("picture", TopologyPicture.svg(topology));
    List<double[]> curve = new ArrayList<>();
    figures
        .latencies
        .percentiles(TICKS)
        .forEach(
            point ->
                curve.add(
                    new double[] {
                      point.getPercentileLevelIteratedTo(), point.getValueIteratedTo() / 1000.0
                    }));
    one.put("curve", curve);
    one.put(
        "scale",
        figures.scale.entrySet().stream().map(e -> List.of(e.getKey(), e.getValue())).toList());
    one.put("timeline", timeline(figures.moments));
    return one;
  }

  /** Requests a second of each thread between one moment and the next. */
  private static Map<String, List<double[]>> timeline(List<Figures.Moment> moments) {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (int i = 1; i < moments.size(); i++) {
      Figures.Moment before = moments.get(i - 1);
      Figures.Moment now = moments.get(i);
      double at = (now.nanos() - moments.getFirst().nanos()) / NANOS;
      double took = (now.nanos() - before.nanos()) / NANOS;
      now.handled()
          .forEach(
              (thread, count) ->
                  lines
                      .computeIfAbsent(thread, _ -> new ArrayList<>())
                      .add(
                          new double[] {
                            at, (count - before.handled().getOrDefault(thread, 0L)) / took
                          }));
    }
    return lines;
  }

  /** Data as a script in a page has it; "</" would end the script. */
  static String script(Object data) {
    return GSON.toJson(data).replace("</", "<\\/");
  }

  /** A file that stands beside this class. */
  static String resource(String name) throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
