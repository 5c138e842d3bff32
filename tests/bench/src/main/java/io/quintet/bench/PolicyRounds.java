package io.quintet.bench;

import io.quintet.Server;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What servers that differ in their policy alone did, loaded in turns.
 *
 * @param all what was measured of each, in all rounds
 * @param ratios the 99th percentile of each, of the first one's in the same round
 */
record PolicyRounds(Map<String, Histogram> all, Map<String, List<Double>> ratios) {
  private static final double PERCENTILE = 99;

  /** Makes a server. */
  interface Start {
    Server by(String policy) throws IOException, InterruptedException;
  }

  /** Loads a server for one slice. */
  interface Load {
    Histogram on(Server server, int round) throws InterruptedException;
  }

  static PolicyRounds measure(List<String> policies, int rounds, Start start, Load load)
      throws IOException, InterruptedException {
    Map<String, Server> servers = new LinkedHashMap<>();
    PolicyRounds measured = new PolicyRounds(new LinkedHashMap<>(), new LinkedHashMap<>());
    try {
      for (String policy : policies) {
        servers.put(policy, start.by(policy));
        measured.ratios.put(policy, new ArrayList<>());
      }
      for (int round = 0; round < rounds; round++) {
        measured.round(servers, round, load);
      }
    } finally {
      servers.values().forEach(Server::close);
    }
    return measured;
  }

  private void round(Map<String, Server> servers, int round, Load load)
      throws InterruptedException {
    double first = 0;
    for (Map.Entry<String, Server> server : servers.entrySet()) {
      Histogram slice = load.on(server.getValue(), round);
      double value = slice.getValueAtPercentile(PERCENTILE);
      first = first == 0 ? value : first;
      ratios.get(server.getKey()).add(value / first);
      all.merge(
          server.getKey(),
          slice,
          (before, more) -> {
            before.add(more);
            return before;
          });
    }
  }

  /** The spread of a policy's ratios. */
  String spread(String policy) {
    return Interleaved.spread(ratios.get(policy));
  }
}
