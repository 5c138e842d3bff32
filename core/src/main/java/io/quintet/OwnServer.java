package io.quintet;

import io.quintet.specs.Governing;
import io.quintet.specs.Topology;
import java.util.Map;

/** A server as its governor has it. */
final class OwnServer implements Governor.Governed {
  private final Server server;
  private final Options options;
  private final LoadFigures figures;

  OwnServer(Server server, Options options, LoadFigures figures) {
    this.server = server;
    this.options = options;
    this.figures = figures;
  }

  @Override
  public Topology topology() {
    return server.topology();
  }

  @Override
  public long changes() {
    return server.rearranged();
  }

  @Override
  public boolean serves() {
    return server.serves();
  }

  @Override
  public Map<String, Long> figures() {
    return figures.look();
  }

  @Override
  public boolean rearrange(Governing.Rule rule, long changes) {
    boolean own = rule.workers() == 0 || options.workers() > 0;
    Map<String, ?> workers = own ? Map.of() : Map.of(OptionTable.WORKERS.key(), rule.workers());
    return server.rearrangeBehind(changes, rule.to(), workers);
  }
}
