package io.quintet;

import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.nio.file.Path;

/** Finds the topology that options name. */
final class Topologies {
  private Topologies() {}

  /** One that is shipped or stands in a file, with the policy that the options give. */
  static Topology of(Options options) {
    String id = options.topology();
    Topology topology;
    if (id.endsWith(".json")) {
      Object spec = SpecReader.read(Path.of(id));
      if (!(spec instanceof Topology read)) {
        throw new IllegalArgumentException("option topology is " + id + ", which is a machine");
      }
      topology = read;
    } else if (Specs.servedIds().contains(id)) {
      topology = Specs.topology(id);
    } else {
      throw new IllegalArgumentException(
          "option topology is "
              + id
              + "; valid are "
              + String.join(", ", Specs.servedIds())
              + ", or a file that ends with .json");
    }
    return options.policy().isEmpty() ? topology : topology.withPolicy(options.policy());
  }
}
