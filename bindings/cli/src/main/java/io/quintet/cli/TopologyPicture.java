package io.quintet.cli;

import io.quintet.specs.Topology;
import java.util.ArrayList;
import java.util.List;

/** A topology drawn: who listens, accepts, owns connections and runs handlers, as SVG. */
final class TopologyPicture {
  private static final int SEVERAL = 3;
  private static final int WIDTH = 110;
  private static final int HEIGHT = 44;
  private static final int APART_X = 150;
  private static final int APART_Y = 58;

  /**
   * Things of one kind, one above the other.
   *
   * @param name what one is
   * @param does what it does
   * @param count how many are drawn
   */
  private record Column(String name, String does, int count) {}

  private TopologyPicture() {}

  /** The picture; three are drawn where there are several. */
  static String svg(Topology topology) {
    List<Column> columns = columns(topology);
    int height = APART_Y * columns.stream().mapToInt(Column::count).max().orElse(1);
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d'>"
            .formatted(APART_X * columns.size() - 40, height, APART_X * columns.size() - 40));
    for (int c = 0; c + 1 < columns.size(); c++) {
      arrows(svg, columns, c, height);
    }
    for (int c = 0; c < columns.size(); c++) {
      boxes(svg, columns.get(c), c, height);
    }
    return svg.append("</svg>").toString();
  }

  private static List<Column> columns(Topology topology) {
    boolean worker = topology.executes().equals("worker");
    boolean backend = topology.owns().equals("backend");
    boolean selfAccepting =
        topology.accepts().equals("loop") || topology.accepts().equals("backend");
    int owners = topology.loops().equals("cores") || backend ? SEVERAL : 1;
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("clients", "", SEVERAL));
    boolean own = topology.listeners().startsWith("one-a-");
    columns.add(new Column("listener", "queues", own ? owners : 1));
    if (!selfAccepting) {
      columns.add(new Column(topology.accepts(), "accepts", 1));
    }
    String does = (selfAccepting ? "accepts, " : "") + "owns" + (worker ? "" : ", handles");
    columns.add(new Column(backend ? "backend" : "loop", does, owners));
    if (worker) {
      boolean virtual = topology.workers().equals("virtual");
      columns.add(new Column(virtual ? "virtual thread" : "worker", "handles", SEVERAL));
    }
    return columns;
  }

  private static int middle(Column column, int row, int height) {
    return height / 2 + APART_Y * (2 * row - column.count + 1) / 2;
  }

  /** Who has one of its own has one arrow; else everybody has one to everybody. */
  private static void arrows(StringBuilder svg, List<Column> columns, int c, int height) {
    Column from = columns.get(c);
    Column to = columns.get(c + 1);
    boolean own = from.count == to.count && c > 0;
    for (int i = 0; i < from.count; i++) {
      for (int j = 0; j < to.count; j++) {
        if (!own || i == j) {
          svg.append(
              "<line x1='%d' y1='%d' x2='%d' y2='%d' stroke='#9aa5b1'/>"
                  .formatted(
                      c * APART_X + WIDTH,
                      middle(from, i, height),
                      (c + 1) * APART_X,
                      middle(to, j, height)));
        }
      }
    }
  }

  private static void boxes(StringBuilder svg, Column column, int c, int height) {
    for (int i = 0; i < column.count; i++) {
      int y = middle(column, i, height);
      svg.append(
          "<rect x='%d' y='%d' width='%d' height='%d' rx='6' fill='#eef2f7' stroke='#52606d'/>"
              .formatted(c * APART_X, y - HEIGHT / 2, WIDTH, HEIGHT));
      svg.append(text(c, column.does.isEmpty() ? y + 4 : y - 3, 13, column.name));
      svg.append(column.does.isEmpty() ? "" : text(c, y + 13, 10, column.does));
    }
  }

  private static String text(int c, int y, int size, String words) {
    return "<text x='%d' y='%d' font-size='%d' text-anchor='middle' font-family='sans-serif'>%s</text>"
        .formatted(c * APART_X + WIDTH / 2, y, size, words);
  }
}
