package io.quintet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A server under measurement: a process of its own, pinned to core 0. */
final class Subject implements AutoCloseable {
  private final Process process;
  private final int port;

  Subject(List<String> command) throws IOException {
    List<String> pinned = new ArrayList<>(List.of("taskset", "-c", "0"));
    pinned.addAll(command);
    process = new ProcessBuilder(pinned).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String ready = String.valueOf(process.inputReader().readLine());
    if (!ready.startsWith("listening on port ")) {
      close();
      throw new IOException(command + " did not get ready: " + ready);
    }
    port = Integer.parseInt(ready.substring("listening on port ".length()));
  }

  int port() {
    return port;
  }

  /** Nanoseconds that the threads of the process and of its children have spent on a core. */
  long cpuNanos() throws IOException {
    long nanos = cpuNanos(process.pid());
    for (ProcessHandle child : process.descendants().toList()) {
      nanos += cpuNanos(child.pid());
    }
    return nanos;
  }

  private static long cpuNanos(long pid) throws IOException {
    long nanos = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path task : tasks.toList()) {
        String text = Files.readString(task.resolve("schedstat"));
        nanos += Long.parseLong(text.substring(0, text.indexOf(' ')));
      }
    }
    return nanos;
  }

  /** Bytes of the objects that live in a JVM, counted one by one after a collection. */
  long heapBytes() throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process count =
        new ProcessBuilder(jcmd, Long.toString(process.pid()), "GC.class_histogram").start();
    String total =
        count.inputReader().lines().filter(line -> line.startsWith("Total")).findFirst().orElse("");
    String[] words = total.split("\\s+");
    if (words.length != 3) {
      throw new IOException("jcmd told no total: " + total);
    }
    return Long.parseLong(words[2]);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
