package io.quintet;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.World;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Adds loops to a server that runs and takes some away, where each has a listener of its own. One
 * thread at a time.
 */
final class Resizer {
  /** How long another thread may take for what is asked of it, in milliseconds. */
  private static final long ANSWER_MILLIS = 10_000;

  private static final String DETACHING = "setsockopt SO_DETACH_REUSEPORT_BPF";

  private final World world;
  private final Options options;
  private final List<ServerLoop> loops;
  private final Lifecycle lifecycle;
  private final LoopMaker maker;
  private final ListeningSockets sockets;

  /** Listeners of loops that have left, from which the first loop accepts as well. */
  private int spares;

  /** Whether a program keeps new connections from the last listeners. */
  private boolean filtered;

  Resizer(
      World world,
      Options options,
      List<ServerLoop> loops,
      Lifecycle lifecycle,
      LoopMaker maker,
      ListeningSockets sockets) {
    this.world = world;
    this.options = options;
    this.loops = loops;
    this.lifecycle = lifecycle;
    this.maker = maker;
    this.sockets = sockets;
  }

  /** Has so many loops serve; where that fails, all that are left do. */
  void resize(int count) {
    try {
      change(active().size(), count);
    } catch (RuntimeException failure) {
      try {
        steer(active().size());
      } catch (RuntimeException another) {
        failure.addSuppressed(another);
      }
      throw failure;
    }
  }

  private void change(int current, int count) {
    for (int i = current; i < count; i++) {
      add();
    }
    if (count < current) {
      steer(count);
      active().subList(count, current).reversed().forEach(this::retire);
    }
    steer(count);
  }

  /** One more loop, with the listener that a loop has left last, or else with one of its own. */
  private void add() {
    ServerLoop loop = maker.next();
    if (spares == 0) {
      try {
        sockets.give(loop, sockets.next(), false);
      } catch (LinuxException e) {
        loop.release();
        sockets.close();
        throw e;
      }
      lifecycle.add(loop);
      return;
    }
    lifecycle.add(loop);
    try {
      share(loops.getFirst(), loop);
    } catch (RuntimeException e) {
      loop.retire();
      throw e;
    }
    loops.getFirst().leaveListener();
    spares--;
  }

  /** Lets the last loop end. Its listener stays open, and the first loop accepts from it. */
  private void retire(ServerLoop loop) {
    share(loop, loops.getFirst());
    spares++;
    await(loop.retire(), "retirement of " + loop.name());
  }

  private void share(ServerLoop from, ServerLoop with) {
    int result = await(from.shareListener(with), "handing the listener of " + from.name() + " on");
    LinuxException.check(result, "handing the listener of " + from.name() + " on");
  }

  /** Lets new connections go to the first so many listeners, and to all if there are no more. */
  void steer(int count) {
    ServerLoop first = loops.getFirst();
    boolean filters = count < active().size() + spares;
    if (options.steer().equals("cpu")) {
      set(first, SocketOption.SO_ATTACH_REUSEPORT_CBPF, SocketFilter.byProcessor(count));
    } else if (filters) {
      set(first, SocketOption.SO_ATTACH_REUSEPORT_CBPF, SocketFilter.any(count));
    } else if (filtered || sockets.areInherited()) {
      int result = await(first.setOption(SocketOption.SO_DETACH_REUSEPORT_BPF, true), DETACHING);
      if (result != -Linux.ENOENT()) { // the server before this one had no program either
        LinuxException.check(result, DETACHING);
      }
    }
    filtered = filters;
  }

  /** The loops that have not left, each with its listener in the order in which these were made. */
  private List<ServerLoop> active() {
    return loops.stream().filter(loop -> !loop.isRetired()).toList();
  }

  private <T> void set(ServerLoop loop, SocketOption<T> option, T value) {
    int result = await(loop.setOption(option, value), "setsockopt " + option.name());
    LinuxException.check(result, "setsockopt " + option.name());
  }

  /** What a loop answers that was asked for something. */
  <T> T await(CompletableFuture<T> answer, String what) {
    try {
      return world.await(answer, ANSWER_MILLIS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException(what + " was not done", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + " was not waited for", e);
    }
  }
}
