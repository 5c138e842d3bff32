package io.quintet.cli;

import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The machine itself, with a log of what each thread of a server does. */
final class LabWorld extends ForwardingWorld {
  final List<LabThread> threads = new CopyOnWriteArrayList<>();

  /** Clients' ports by the descriptors of the process's connections. */
  private final ConcurrentHashMap<Integer, Integer> ports = new ConcurrentHashMap<>();

  private final Consumer<LabBackend> spawned;
  private volatile int descriptors;

  /**
   * A world without threads.
   *
   * @param spawned is given each process that is started
   */
  LabWorld(Consumer<LabBackend> spawned) {
    super(World.linux());
    this.spawned = spawned;
  }

  /** Sets how many connections the process may have; 0 is no limit. */
  void limit(int connections) {
    descriptors = connections;
  }

  @Override
  public Kernel kernel() {
    Kernel kernel = super.kernel();
    return intercepted(kernel, new LabKernel(kernel, ports, () -> descriptors));
  }

  @Override
  public Thread start(String name, Runnable life) {
    LabThread thread = new LabThread(name, fd -> ports.getOrDefault(fd, 0));
    threads.add(thread);
    return super.start(
        name,
        () -> {
          thread.begin();
          try {
            life.run();
          } finally {
            thread.end();
          }
        });
  }

  @Override
  public Process spawn(Map<String, String> environment, Archive archive, Backend backend)
      throws IOException {
    LabBackend started = LabBackend.start(environment);
    spawned.accept(started);
    return started.process();
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
