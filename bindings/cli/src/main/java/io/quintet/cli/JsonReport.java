package io.quintet.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What was measured, as JSON for other programs. */
final class JsonReport {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

  private JsonReport() {}

  /** Adds the percentiles of some latencies, in nanoseconds. */
  static void putPercentiles(Map<String, Object> figures, Histogram latencies) {
    for (double percentile : PERCENTILES) {
      figures.put("p" + percentile + "Nanos", latencies.getValueAtPercentile(percentile));
    }
  }

  /** Every bucket, in HdrHistogram's own encoding: compressed, in Base64. */
  static String encoded(Histogram latencies) {
    ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
    int length = latencies.encodeIntoCompressedByteBuffer(bytes);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
  }

  static void write(Path file, Map<String, Object> figures) throws IOException {
    Files.writeString(file, GSON.toJson(figures) + "\n");
  }
}
