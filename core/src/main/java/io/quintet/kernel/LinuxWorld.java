package io.quintet.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.ring.RingProbe;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/** The machine's own kernel, threads and processes. */
final class LinuxWorld implements World {
  static final World INSTANCE = new LinuxWorld();

  /** SD_LISTEN_FDS_START. */
  private static final int FIRST_LISTENER = 3;

  private final AtomicBoolean listenersTaken = new AtomicBoolean();
  private final AtomicBoolean managerTaken = new AtomicBoolean();

  private LinuxWorld() {}

  @Override
  public Kernel kernel() {
    return new LinuxKernel();
  }

  @Override
  public Kernel loopKernel(String kind) {
    return chosen(kind).equals("io_uring") ? ring() : new LinuxKernel();
  }

  /** The property is for tests, which run as they are on either. */
  private static String chosen(String kind) {
    return kind.equals("auto") ? System.getProperty("quintet.kernel", "epoll") : kind;
  }

  /**
   * A kernel over a ring: its classes are loaded where one is wanted, so that others pay nothing.
   */
  private static Kernel ring() {
    String problem = RingProblem.WHAT;
    if (!problem.isEmpty()) {
      throw new IllegalArgumentException(
          "option kernel is io_uring, but " + problem + "; valid here are auto and epoll");
    }
    return new RingKernel();
  }

  /** What the first look has found. */
  private static final class RingProblem {
    static final String WHAT = RingProbe.problem();
  }

  @Override
  public Thread start(String name, Runnable life) {
    return Thread.ofPlatform().name(name).start(life);
  }

  @Override
  public Thread startVirtual(String name, Runnable life) {
    return Thread.ofVirtual().name(name).start(life);
  }

  @Override
  public Computers computers(String name) {
    return ComputingThreads.named(name);
  }

  @Override
  public Lock lock() {
    return new ReentrantLock();
  }

  @Override
  public <T> T await(CompletableFuture<T> future, long timeoutMillis)
      throws TimeoutException, ExecutionException, InterruptedException {
    return future.get(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  /** Runs this process's program again, with its output going where this one's goes. */
  @Override
  public Process spawn(Map<String, String> environment, Archive archive, Backend backend)
      throws IOException {
    List<String> command = commandLine();
    if (Path.of(command.getFirst()).endsWith("java")) {
      command.addAll(1, StartupArchive.jvmOptions(archive));
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    return builder.start();
  }

  @Override
  public Runnable atExit(String name, Runnable what) {
    Runtime runtime = Runtime.getRuntime();
    Thread hook = Thread.ofPlatform().name(name).unstarted(what);
    try {
      runtime.addShutdownHook(hook);
    } catch (IllegalStateException e) {
      return () -> {}; // it ends already
    }
    return () -> {
      try {
        runtime.removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the process ends: it is done, or was
      }
    };
  }

  @Override
  public List<Integer> listeners() {
    String whose = variable("LISTEN_PID");
    String count = variable("LISTEN_FDS");
    boolean ours = whose.equals(Long.toString(ProcessHandle.current().pid()));
    if (!ours || !count.matches("[1-9][0-9]{0,3}") || listenersTaken.getAndSet(true)) {
      return List.of();
    }
    return IntStream.range(FIRST_LISTENER, FIRST_LISTENER + Integer.parseInt(count))
        .boxed()
        .toList();
  }

  @Override
  public Map<String, Long> networkCounts() {
    return NetworkCounts.read();
  }

  @Override
  public long readyNanos(int thread) {
    return ReadyTime.read(thread);
  }

  @Override
  public String manager() {
    String name = variable("NOTIFY_SOCKET");
    return name.isEmpty() || managerTaken.getAndSet(true) ? "" : name;
  }

  private static String variable(String name) {
    return Objects.requireNonNullElse(System.getenv(name), "");
  }

  /** proc(5): the program, and its arguments each ended by a zero byte. */
  private static List<String> commandLine() throws IOException {
    String text;
    try (InputStream in = Files.newInputStream(Path.of("/proc/self/cmdline"))) {
      text = new String(in.readAllBytes(), UTF_8); // its size says 0
    }
    List<String> words = new ArrayList<>(List.of(text.split("\0", -1)));
    words.removeLast();
    words.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
    return words;
  }
}
