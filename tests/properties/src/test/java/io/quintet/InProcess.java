package io.quintet;

import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Backends that are threads of the test's own process, so that handlers may share what the test
 * sees. All else is as with processes: the control socket, the descriptors sent over it, the
 * supervision. What only processes show is tested with the command.
 */
public final class InProcess extends ForwardingWorld {
  private final World outer;

  private InProcess(World world) {
    super(world);
    this.outer = world;
  }

  @Override
  public Kernel loopKernel(String kind) {
    return outer.loopKernel(kind);
  }

  /** A server whose backends, if it has some, do not become processes. */
  public static ServerBuilder backends(ServerBuilder builder) {
    return builder.in(in(World.linux()));
  }

  /** A world as another one, but for the processes. */
  public static World in(World world) {
    return new InProcess(world);
  }

  @Override
  public Process spawn(Map<String, String> environment, Archive archive, Backend backend)
      throws IOException {
    try {
      return new InThreads((Server) backend.start(this));
    } catch (RuntimeException e) {
      throw new IOException("no backend", e);
    }
  }

  private static final class InThreads extends Process {
    private final Server server;
    private final CompletableFuture<Process> exit = new CompletableFuture<>();

    InThreads(Server server) {
      this.server = server;
      Thread.startVirtualThread(
          () -> {
            try {
              server.awaitStopped();
              exit.complete(this);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }

    @Override
    public long pid() {
      return ProcessHandle.current().pid();
    }

    @Override
    public CompletableFuture<Process> onExit() {
      return exit;
    }

    @Override
    public Process destroyForcibly() {
      Thread.startVirtualThread(server::abort);
      return this;
    }

    @Override
    public void destroy() {
      destroyForcibly();
    }

    @Override
    public int waitFor() {
      exit.join();
      return 0;
    }

    @Override
    public int exitValue() {
      return 0;
    }

    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
      return InputStream.nullInputStream();
    }
  }
}
