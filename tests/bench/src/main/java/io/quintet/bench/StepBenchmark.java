package io.quintet.bench;

import io.quintet.connection.ConnectionAction;
import io.quintet.connection.ConnectionEvent;
import io.quintet.machine.MachineInstance;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Steps of a connection's machine through one request, with actions that have their outcome at
 * hand. One operation is one step: an event is looked up, remembered, and its action chosen and
 * called.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StepBenchmark {
  private static final int STEPS = 6;

  private final Walk walk = new Walk();

  /**
   * Readable, received, one request, its reply, nothing left, sent.
   *
   * @return whether the machine moved, so that nothing is left out
   */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public boolean step() {
    return walk.readable();
  }

  private static final class Walk extends MachineInstance<ConnectionEvent, ConnectionAction> {
    private static final Transitions<ConnectionEvent, ConnectionAction> MACHINE =
        Transitions.of(Specs.machine("connection"), ConnectionEvent.class, ConnectionAction.class);

    private boolean decoded;

    Walk() {
      super(MACHINE);
    }

    boolean readable() {
      return run(ConnectionEvent.READABLE);
    }

    @Override
    protected @Nullable ConnectionEvent perform(ConnectionAction action) {
      return switch (action) {
        case READ -> ConnectionEvent.RECEIVED;
        case DECODE -> {
          decoded = !decoded;
          yield decoded ? ConnectionEvent.REQUEST : ConnectionEvent.EXHAUSTED;
        }
        case HANDLE -> ConnectionEvent.REPLIED;
        case FLUSH -> ConnectionEvent.CLEAR;
        default -> throw new IllegalStateException(action + " is not on the way of a request");
      };
    }
  }
}
