package io.quintet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Phases of load as a page with a picture, or as the picture alone. */
final class PhaseReport {
  private static final String PICTURE = ".svg";

  private PhaseReport() {}

  static void write(
      Path file, String title, List<String> sentences, Map<String, List<PhaseRun>> runs)
      throws IOException {
    if (file.toString().endsWith(PICTURE)) {
      Files.writeString(file, PhasePicture.of(last(runs)));
      return;
    }
    int count = runs.values().iterator().next().size();
    StringBuilder pictures = new StringBuilder();
    for (int i = 0; i < count; i++) {
      pictures.append("<h2>Run ").append(i + 1).append("</h2>\n");
      pictures.append(PhasePicture.of(one(runs, i)));
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("title", title);
    data.put("date", Instant.now().toString());
    data.put("sentences", sentences);
    data.put("phases", phases());
    data.put("runs", new PhaseFigures(runs).toMap());
    Files.writeString(
        file,
        HtmlReport.resource("phases.html")
            .replace("<!--PICTURES-->", pictures)
            .replace("/*DATA*/", HtmlReport.script(data)));
  }

  private static Map<String, String> phases() {
    Map<String, String> phases = new LinkedHashMap<>();
    for (Phase phase : Phase.values()) {
      phases.put(phase.toString(), phase.text());
    }
    return phases;
  }

  private static Map<String, PhaseRun> last(Map<String, List<PhaseRun>> runs) {
    return one(runs, runs.values().iterator().next().size() - 1);
  }

  private static Map<String, PhaseRun> one(Map<String, List<PhaseRun>> runs, int index) {
    Map<String, PhaseRun> one = new LinkedHashMap<>();
    runs.forEach((id, each) -> one.put(id, each.get(index)));
    return one;
  }
}
