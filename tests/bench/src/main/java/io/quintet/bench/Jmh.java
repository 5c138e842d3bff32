package io.quintet.bench;

import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benchmarks of JMH, with three seconds to warm up and three that are measured in each JVM.
 */
final class Jmh {
  private Jmh() {}

  static Collection<RunResult> run(int forks, Class<?>... benchmarks) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .forks(forks)
            .jvmArgsAppend("--enable-native-access=ALL-UNNAMED")
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(3)
            .measurementTime(TimeValue.seconds(1))
            .verbosity(VerboseMode.SILENT);
    for (Class<?> benchmark : benchmarks) {
      options.include(benchmark.getName());
    }
    return new Runner(options.build()).run();
  }
}
