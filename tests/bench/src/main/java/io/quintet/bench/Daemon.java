package io.quintet.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server of others under measurement, which is told its port and does not say when it is ready: a
 * process of its own, pinned to core 0.
 */
final class Daemon implements AutoCloseable {
  private static final int READY_SECONDS = 20;

  private final int port;
  private final Process process;

  /**
   * Starts it and waits until it listens.
   *
   * @param command its words, in which PORT stands for a free port
   */
  Daemon(List<String> command) throws IOException, InterruptedException {
    this(command, freePort());
  }

  Daemon(List<String> command, int port) throws IOException, InterruptedException {
    this.port = port;
    List<String> pinned = new ArrayList<>(List.of("taskset", "-c", "0"));
    command.forEach(word -> pinned.add(word.replace("PORT", Integer.toString(port))));
    process =
        new ProcessBuilder(pinned)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    awaitReady();
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end || !process.isAlive()) {
          close();
          throw new IOException("a server did not get ready", e);
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }
}
