package io.quintet.testkit;

import io.quintet.Server;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;

/** One process of a simulated machine, as the place where a server lives. */
final class SimulatedWorld implements World {
  private final SimulatedMachine machine;
  private final SimulatedProcess process;

  SimulatedWorld(SimulatedMachine machine, SimulatedProcess process) {
    this.machine = machine;
    this.process = process;
  }

  @Override
  public Kernel kernel() {
    return new SimulatedKernel(machine, process);
  }

  @Override
  public Thread start(String name, Runnable life) {
    return machine.turns().start(name, process, life);
  }

  @Override
  public Thread startVirtual(String name, Runnable life) {
    return machine.turns().start(name, process, life);
  }

  @Override
  public Lock lock() {
    return new SimulatedLock(machine.turns());
  }

  @Override
  public <T> T await(CompletableFuture<T> future, long timeoutMillis)
      throws TimeoutException, ExecutionException, InterruptedException {
    long most = (Turns.NEVER - machine.nanos()) / 1_000_000L;
    long until = timeoutMillis >= most ? Turns.NEVER : machine.nanos() + timeoutMillis * 1_000_000L;
    if (!future.isDone()) {
      machine.turns().waitFor(future::isDone, until);
    }
    if (process.dead) {
      throw new SimulatedProcess.Killed();
    }
    machine.check();
    if (!future.isDone()) {
      throw new TimeoutException("nothing within " + timeoutMillis + " ms");
    }
    return future.get();
  }

  @Override
  public Process spawn(Map<String, String> environment, Archive archive, Backend backend) {
    SimulatedProcess made = machine.process();
    machine
        .turns()
        .start(
            "main of " + made.id,
            made,
            () -> {
              int status = 1;
              try {
                Server server = (Server) backend.start(new SimulatedWorld(machine, made));
                server.awaitStopped();
                status = 0;
              } catch (InterruptedException | RuntimeException e) {
                machine.story().tell("a backend ends: " + e);
              } finally {
                made.exit(status);
              }
            });
    return made;
  }

  @Override
  public Runnable atExit(String name, Runnable what) {
    return () -> {};
  }

  @Override
  public List<Integer> listeners() {
    return List.of();
  }

  @Override
  public String manager() {
    return "";
  }
}
