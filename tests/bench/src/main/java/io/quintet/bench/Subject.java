package io.quintet.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server under measurement: a process of its own, pinned to core 0. */
final class Subject implements AutoCloseable {
  /** In the names of the JVM's threads that compile, C1 and C2; proc(5) has 15 characters. */
  private static final String COMPILER = "CompilerThre";

  private static final Pattern TOTAL = Pattern.compile("Total +\\d+ +(\\d+)");

  private static final Pattern FILLER =
      Pattern.compile("\\d+: +\\d+ +(\\d+) +\\S*jdk\\.internal\\.vm\\.Filler");

  private final Process process;
  private final int port;

  Subject(List<String> command) throws IOException {
    List<String> pinned = new ArrayList<>(List.of("taskset", "-c", "0"));
    pinned.addAll(command);
    process = new ProcessBuilder(pinned).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String ready = String.valueOf(process.inputReader().readLine());
    if (!ready.matches("listening on (port )?[0-9]+")) {
      close();
      throw new IOException(command + " did not get ready: " + ready);
    }
    port = Integer.parseInt(ready.substring(ready.lastIndexOf(' ') + 1));
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  /** Nanoseconds that the threads of the process and of its children have spent on a core. */
  long cpuNanos() throws IOException {
    return cpuNanos("");
  }

  /** Those of the threads alone that compile. */
  long compilerNanos() throws IOException {
    return cpuNanos(COMPILER);
  }

  private long cpuNanos(String threads) throws IOException {
    long nanos = 0;
    for (long pid : pids()) {
      try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
        for (Path task : tasks.toList()) {
          if (threads.isEmpty() || text(task.resolve("comm")).contains(threads)) {
            String text = text(task.resolve("schedstat"));
            nanos += Long.parseLong(text.substring(0, text.indexOf(' ')));
          }
        }
      }
    }
    return nanos;
  }

  /** A file of proc(5), whose size says 0. */
  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readAllBytes());
    }
  }

  /** Bytes of memory that the process and its children have in RAM. */
  long residentBytes() throws IOException {
    long bytes = 0;
    for (long pid : pids()) {
      bytes += bytesOf(Path.of("/proc", Long.toString(pid), "status"), "VmRSS");
    }
    return bytes;
  }

  /** A figure in kB of a file of proc(5), in bytes. */
  static long bytesOf(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  /** Descriptors that the process and its children have open. */
  long descriptors() throws IOException {
    long count = 0;
    for (long pid : pids()) {
      try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
        count += open.count();
      }
    }
    return count;
  }

  /** Bytes that the JVMs have allocated through the foreign memory API. */
  long foreignBytes() throws IOException {
    long bytes = 0;
    for (long pid : pids()) {
      Matcher other =
          Pattern.compile("Other \\(reserved=\\d+, committed=(\\d+)\\)")
              .matcher(jcmd(pid, "VM.native_memory", "summary", "scale=b"));
      if (!other.find()) {
        throw new IOException("jcmd told nothing of native memory");
      }
      bytes += Long.parseLong(other.group(1));
    }
    return bytes;
  }

  private List<Long> pids() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(ProcessHandle::pid)
        .toList();
  }

  private static String jcmd(long pid, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(pid));
    command.addAll(List.of(arguments));
    Process told = new ProcessBuilder(command).start();
    return new String(told.getInputStream().readAllBytes());
  }

  /**
   * Bytes of the objects that live in the JVMs, counted one by one after a collection; what a
   * collector leaves as filler between them is none.
   */
  long heapBytes() throws IOException {
    long bytes = 0;
    for (long pid : pids()) {
      String histogram = jcmd(pid, "GC.class_histogram");
      long total = sum(TOTAL, histogram);
      if (total == 0) {
        throw new IOException("jcmd told no total");
      }
      bytes += total - sum(FILLER, histogram);
    }
    return bytes;
  }

  private static long sum(Pattern line, String text) {
    return line.matcher(text).results().mapToLong(found -> Long.parseLong(found.group(1))).sum();
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().onExit().join();
    children.forEach(child -> child.onExit().join()); // a backend ends with its front
  }
}
