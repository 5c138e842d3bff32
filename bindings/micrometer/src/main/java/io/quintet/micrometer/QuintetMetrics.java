package io.quintet.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.quintet.Server;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a server counts, as meters: sums over its loops and backends, and meters of each loop,
 * worker and backend under the tag {@code thread}. One that comes later has them from the next
 * reading on, one that is gone has none any more. Each reading is a look of its own at {@link
 * Server#stats()}, so that it has all that happened before it; who reads many meters at once does
 * so {@link #together}. Any thread may read.
 */
public final class QuintetMetrics implements MeterBinder {
  private final Looks looks;

  /**
   * Meters of a server.
   *
   * @param server server, which outlives the meters or reads as it ended
   */
  public QuintetMetrics(Server server) {
    this.looks = new Looks(server);
  }

  /**
   * Reads meters of this server from one look, which the backends of a server are asked for once.
   *
   * @param <T> type of what is read
   * @param reading reads them, in the calling thread
   * @return what it gives
   */
  public <T> T together(Supplier<T> reading) {
    return looks.together(reading);
  }

  /**
   * The numbers that meters are read from: within {@link #together} those of its look, else those
   * of this moment.
   *
   * @return what {@link Server#stats()} gives
   */
  public Map<String, Object> stats() {
    return looks.look().stats();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    new ServerMeters(looks, registry).bind();
  }
}
