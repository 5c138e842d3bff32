package io.quintet;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SocketName;
import io.quintet.kernel.World;
import io.quintet.server.ServerLoop;
import io.quintet.takeover.Succession;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The socket on which another server asks for the listeners of this one. One thread. */
final class TakeoverOffer {
  private static final long ANSWER_MILLIS = 10_000;

  private final World world;
  private final Kernel kernel;
  private final ListeningSockets sockets;
  private final List<ServerLoop> loops;
  private final SocketName name = new SocketName();
  private final Succession succession;

  /** What follows when another server has taken the listeners over; null where none can. */
  private @Nullable Runnable taken;

  TakeoverOffer(World world, ListeningSockets sockets, List<ServerLoop> loops) {
    this.world = world;
    this.kernel = world.kernel();
    this.sockets = sockets;
    this.loops = loops;
    this.succession = new Succession(name, sockets.name());
  }

  /** Where the listeners are taken over, if they can be. */
  static Optional<SocketAddress.UnixPath> path(Options options) {
    try {
      return options.takeover().isEmpty()
          ? Optional.empty()
          : Optional.of(new SocketAddress.UnixPath(options.takeover()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option takeover is " + options.takeover() + "; valid is the path of a unix socket", e);
    }
  }

  /**
   * Lets another server take the listeners over, if it can, once there is no other that serves.
   *
   * @param then what follows when it has
   * @param serves whether this server serves whatever comes of it
   */
  void make(SocketAddress.UnixPath path, Runnable then, boolean serves) {
    try {
      make(path, then);
    } catch (LinuxException e) {
      if (!serves) {
        throw e;
      }
      sockets.close();
      kernel
          .logger()
          .log(Level.WARNING, "no server can take over from this one: " + e.getMessage());
    }
  }

  private void make(SocketAddress.UnixPath path, Runnable then) {
    int fd = sockets.control();
    SocketName.removeStale(kernel, path); // a server that has crashed leaves it
    LinuxException.check(kernel.bind(fd, path), "bind " + path);
    name.bound(kernel, path.path());
    LinuxException.check(kernel.listen(fd, 1), "listen on " + path);
    sockets.taken(fd);
    taken = () -> world.start("quintet-takeover", then);
    loops.getFirst().handOver(fd, succession, loops).thenRun(taken);
  }

  /** Another loop answers there as well, where one does. */
  void share(ServerLoop from, ServerLoop with) {
    Runnable then = taken;
    if (then == null) {
      return;
    }
    String what = "handing the takeover socket of " + from.name() + " on";
    try {
      CompletableFuture<Integer> shared = from.listeners().control();
      int fd = LinuxException.check(world.await(shared, ANSWER_MILLIS), what);
      with.handOver(fd, succession, loops).thenRun(then);
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException(what + " was not done", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + " was not waited for", e);
    }
  }

  void removeName(Kernel own) {
    name.remove(own);
  }
}
