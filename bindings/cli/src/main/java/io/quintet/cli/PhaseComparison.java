package io.quintet.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code quintet compare --phases}: servers under a load that changes, over time. */
final class PhaseComparison {
  private static final int COUNT = 3;
  private static final double SECONDS = 6;
  private static final double QUICK_SECONDS = 5;

  private final PhaseRounds rounds;
  private final @Nullable Path json;
  private final @Nullable Path report;

  /** By the options of the command; those that are not given are null. */
  PhaseComparison(
      List<String> ids,
      boolean quick,
      @Nullable Integer count,
      @Nullable Double seconds,
      @Nullable Path json,
      @Nullable Path report) {
    this.rounds =
        new PhaseRounds(
            ids,
            count != null ? count : quick ? 1 : COUNT,
            seconds != null ? seconds : quick ? QUICK_SECONDS : SECONDS);
    this.json = json;
    this.report = report;
  }

  /** Measures, prints and writes; gives the exit code. */
  int run(PrintWriter out, PrintWriter err) throws IOException, InterruptedException {
    Optional<Cores> cores = Cores.halves();
    Map<String, List<PhaseRun>> runs = rounds.measure(cores, err);
    PhaseFigures figures = new PhaseFigures(runs);
    String title =
        "phases: %d connections, closed loop, %d runs of %d phases of %.1f s for each; %s"
            .formatted(
                Phase.CONNECTIONS,
                rounds.count(),
                Phase.values().length,
                rounds.seconds(),
                cores.map(Cores::toString).orElse("one processor for all"));
    out.printf("%s%n%n", title);
    figures.print(out);
    if (report != null) {
      PhaseReport.write(report, title, figures.sentences(), runs);
    }
    if (json != null) {
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("preset", "phases");
      data.put("seconds", rounds.seconds());
      data.put("runs", figures.toMap());
      JsonReport.write(json, data);
    }
    return figures.errors() == 0 ? 0 : Main.FAILED;
  }
}
