package io.quintet.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A program of its own that serves, in a JVM with the class path of this one: that is how {@code
 * multi-process}, whose front runs its program again, is tried. The program prints {@code listening
 * on PORT} when it is ready, and is killed in the end.
 */
public final class ChildServer implements AutoCloseable {
  private static final String READY = "listening on ";

  private final Process process;
  private final int port;

  /**
   * Starts it and waits until it is ready.
   *
   * @param main name of its class, or of a program that is its first argument
   * @param arguments what it is told
   * @throws IOException if it ends before it is ready
   */
  public ChildServer(String main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Optional<String> ready =
        process.inputReader().lines().filter(line -> line.startsWith(READY)).findFirst();
    if (ready.isEmpty()) {
      close();
      throw new IOException(main + " has ended before it was ready");
    }
    port = Integer.parseInt(ready.get().substring(READY.length()));
  }

  /**
   * Where it listens, on the loopback interface.
   *
   * @return port
   */
  public int port() {
    return port;
  }

  /**
   * The process, to be told to end or to be killed.
   *
   * @return its handle
   */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /**
   * Waits for something that the program, or a backend of it, prints.
   *
   * @param start how the line begins
   * @return the line
   * @throws IOException if it ends before
   */
  public String awaitLine(String start) throws IOException {
    String line = process.inputReader().readLine();
    while (line != null && !line.startsWith(start)) {
      line = process.inputReader().readLine();
    }
    if (line == null) {
      throw new IOException("it has ended before it printed " + start);
    }
    return line;
  }

  /**
   * Waits a minute at most for its end.
   *
   * @return its exit status
   * @throws IOException if it goes on
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public int awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new IOException("it has not ended");
    }
    return process.exitValue();
  }

  /** Kills it and waits until it and its children have ended. */
  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().onExit().join();
    children.forEach(child -> child.onExit().join()); // a backend ends with its front
  }
}
