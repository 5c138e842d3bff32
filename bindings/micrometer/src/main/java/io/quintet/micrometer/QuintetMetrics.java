package io.quintet.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.quintet.Server;

/**
 * What a server counts, as meters: sums over its loops, and meters of each loop, worker and backend
 * under the tag {@code thread}. One that comes later has them from the next reading on, one that is
 * gone has none any more. Each reading is a look of its own at {@link Server#stats()}, so that it
 * has all that happened before it. Any thread may read.
 */
public final class QuintetMetrics implements MeterBinder {
  private final Server server;

  /**
   * Meters of a server.
   *
   * @param server server, which outlives the meters or reads as it ended
   */
  public QuintetMetrics(Server server) {
    this.server = server;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    new ServerMeters(server, registry).bind();
  }
}
