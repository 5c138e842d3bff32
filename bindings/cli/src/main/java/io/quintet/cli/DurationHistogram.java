package io.quintet.cli;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How long requests took, as Prometheus's histogram. Any thread. */
final class DurationHistogram implements Collector {
  private static final String NAME = "quintet_request_duration_seconds";
  private static final double NANOS = 1e9;

  private final Supplier<Map<String, Object>> stats;

  /** One that reads what a server tells of itself. */
  DurationHistogram(Supplier<Map<String, Object>> stats) {
    this.stats = stats;
  }

  @Override
  public MetricSnapshot collect() {
    Map<String, Object> now = stats.get();
    Map<?, ?> totals = (Map<?, ?>) now.get("totals");
    List<?> bounds = (List<?>) now.get("durationBoundsNanos");
    List<?> counts = (List<?>) totals.get("durations");
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < counts.size(); i++) {
      double upTo = i < bounds.size() ? number(bounds.get(i)) / NANOS : Double.POSITIVE_INFINITY;
      buckets.bucket(upTo, (long) number(counts.get(i)));
    }
    return HistogramSnapshot.builder()
        .name(NAME)
        .help("From when a loop learned of a request until its reply was encoded")
        .dataPoint(
            HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(buckets.build())
                .sum(number(totals.get("durationNanos")) / NANOS)
                .build())
        .build();
  }

  private static double number(Object value) {
    return ((Number) value).doubleValue();
  }
}
