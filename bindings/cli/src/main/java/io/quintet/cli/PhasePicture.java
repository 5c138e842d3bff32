package io.quintet.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Rates and latencies of servers over time, with what a governor has decided: an SVG. */
final class PhasePicture {
  private static final List<String> COLOURS =
      List.of("#2b6cb0", "#c05621", "#2f855a", "#805ad5", "#b83280", "#1f2933", "#975a16");

  private static final int WIDTH = 1000;
  private static final int LEFT = 76;
  private static final int RIGHT = WIDTH - 16;
  private static final int TOP = 64;
  private static final int HEIGHT = 240;
  private static final int GAP = 48;
  private static final int TEXT_LINE = 16;
  private static final int LEGEND = 150;
  private static final int TICK_APART = 6;

  /** Below that a figure is not drawn: the axis is logarithmic. */
  private static final double LEAST = 1;

  private final Map<String, PhaseRun> runs;
  private final double seconds;
  private final StringBuilder svg = new StringBuilder();

  private PhasePicture(Map<String, PhaseRun> runs) {
    this.runs = runs;
    this.seconds = runs.values().stream().mapToDouble(PhaseRun::seconds).max().orElse(1);
  }

  /** Draws one run of each. */
  static String of(Map<String, PhaseRun> runs) {
    return new PhasePicture(runs).draw();
  }

  private String draw() {
    int bottom = TOP + 2 * HEIGHT + GAP;
    List<PhaseRun.Decision> decisions =
        runs.values().stream().flatMap(run -> run.decisions.stream()).toList();
    int height = bottom + 44 + TEXT_LINE * decisions.size();
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
            + " font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#1f2933\">",
        WIDTH, height);
    add("<title>Requests a second and 99th percentile over phases of load</title>");
    add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, height);
    legend();
    phases(bottom);
    panel(TOP, "requests a second", PhaseRun.Sample::rate);
    panel(TOP + HEIGHT + GAP, "99th percentile, us", PhaseRun.Sample::p99Micros);
    axis(bottom);
    decisions(decisions, bottom);
    return svg.append("</svg>\n").toString();
  }

  private void add(String form, Object... values) {
    svg.append(form.formatted(values)).append('\n');
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private double x(double at) {
    return LEFT + (RIGHT - LEFT) * at / seconds;
  }

  private String colour(int i) {
    return COLOURS.get(i % COLOURS.size());
  }

  private static boolean changes(String id) {
    return SpecCommand.topology(id).governor().isPresent();
  }

  private static String width(String id) {
    return changes(id) ? "3" : "1.5";
  }

  private void legend() {
    int i = 0;
    for (String id : runs.keySet()) {
      int at = LEFT + LEGEND * i;
      add("<path d=\"M%d 16h24\" stroke=\"%s\" stroke-width=\"%s\"/>", at, colour(i), width(id));
      add("<text x=\"%d\" y=\"20\">%s</text>", at + 30, SpecCommand.topology(id).id());
      i++;
    }
  }

  /** Every second phase has a ground of its own. */
  private void phases(int bottom) {
    List<Double> begins = runs.values().iterator().next().begins();
    for (int i = 0; i < begins.size(); i++) {
      double from = x(begins.get(i));
      double to = x(i + 1 < begins.size() ? begins.get(i + 1) : seconds);
      if (i % 2 == 0) {
        add(
            "<rect x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\" fill=\"#f0f4f8\"/>",
            number(from), TOP, number(to - from), bottom - TOP);
      }
      add(
          "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\""
              + " font-weight=\"600\">%s<title>%s</title></text>",
          number((from + to) / 2), TOP - 10, Phase.values()[i], Phase.values()[i].text());
    }
  }

  private void panel(int top, String title, ToDoubleFunction<PhaseRun.Sample> figure) {
    double[] all =
        runs.values().stream()
            .flatMap(run -> run.samples.stream())
            .mapToDouble(figure)
            .filter(value -> value >= LEAST)
            .toArray();
    double least = Math.floor(Math.log10(Arrays.stream(all).min().orElse(1)));
    double most = Math.max(Math.ceil(Math.log10(Arrays.stream(all).max().orElse(10))), least + 1);
    double bottom = top + HEIGHT;
    for (double power = least; power <= most; power++) {
      String y = number(bottom - HEIGHT * (power - least) / (most - least));
      add("<path d=\"M%d %sH%d\" stroke=\"#cbd2d9\"/>", LEFT, y, RIGHT);
      add(
          "<text x=\"%d\" y=\"%s\" text-anchor=\"end\" dominant-baseline=\"middle\">%s</text>",
          LEFT - 6, y, String.format(Locale.ROOT, "%,.0f", Math.pow(10, power)));
    }
    add(
        "<text transform=\"translate(14 %s) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        number(top + HEIGHT / 2.0), title);
    int i = 0;
    for (Map.Entry<String, PhaseRun> each : runs.entrySet()) {
      List<String> points = new ArrayList<>();
      for (PhaseRun.Sample sample : each.getValue().samples) {
        double value = Math.log10(Math.max(figure.applyAsDouble(sample), Math.pow(10, least)));
        double y = bottom - HEIGHT * (value - least) / (most - least);
        points.add(number(x(sample.at())) + "," + number(y));
      }
      add(
          "<polyline class=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" points=\"%s\"/>",
          SpecCommand.topology(each.getKey()).id(),
          colour(i),
          width(each.getKey()),
          String.join(" ", points));
      i++;
    }
  }

  private void axis(int bottom) {
    int apart = (int) Math.max(Math.ceil(seconds / TICK_APART / 2), 1);
    for (int at = 0; at <= seconds; at += apart) {
      add(
          "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%d s</text>",
          number(x(at)), bottom + TEXT_LINE, at);
    }
  }

  private void decisions(List<PhaseRun.Decision> decisions, int bottom) {
    int line = bottom + 2 * TEXT_LINE + 6;
    int count = 1;
    for (PhaseRun.Decision decision : decisions) {
      String x = number(x(decision.at()));
      add(
          "<path class=\"decision\" d=\"M%s %dV%d\" stroke=\"#1f2933\" stroke-dasharray=\"4 3\"/>",
          x, TOP, bottom);
      add(
          "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\" font-weight=\"600\">%d</text>",
          x, TOP + HEIGHT + GAP / 2 + 4, count);
      add(
          "<text x=\"%d\" y=\"%d\">%d: after %s s to %s, since %s</text>",
          LEFT,
          line,
          count++,
          number(decision.at()),
          decision.to(),
          decision.because().replace("&", "&amp;").replace("<", "&lt;"));
      line += TEXT_LINE;
    }
  }
}
