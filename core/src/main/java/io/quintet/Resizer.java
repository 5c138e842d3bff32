package io.quintet;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.World;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import io.quintet.specs.Rebalance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Adds loops to a server that runs and takes some away, where each has a listener of its own, and
 * knows who has which listener. One thread at a time.
 */
final class Resizer {
  /** How long another thread may take for what is asked of it, in milliseconds. */
  private static final long ANSWER_MILLIS = 10_000;

  /** Between looks at whether connections are to leave busy loops again, where they are not. */
  private static final int REST_MILLIS = 1_000;

  private static final String DETACHING = "setsockopt SO_DETACH_REUSEPORT_BPF";

  private final World world;
  private final List<ServerLoop> loops;
  private final Lifecycle lifecycle;
  private final ListeningSockets sockets;

  /** Makes the loops of the arrangement that serves. */
  private volatile LoopMaker maker;

  /** Listeners that were another loop's, from which the first loop accepts as well. */
  private int spares;

  /** How often a program was set. */
  private int programs;

  /** Whether some thread looks at how busy loops are. */
  private boolean followsLoad;

  /** Whether some thread has connections leave busy loops. */
  private boolean rebalances;

  private final Rebalancing rebalancing;

  /** Whether a program chooses the listener of a connection. */
  private boolean programmed;

  Resizer(
      World world,
      List<ServerLoop> loops,
      Lifecycle lifecycle,
      LoopMaker maker,
      ListeningSockets sockets) {
    this.world = world;
    this.loops = loops;
    this.lifecycle = lifecycle;
    this.maker = maker;
    this.sockets = sockets;
    this.rebalancing = new Rebalancing(world.kernel());
  }

  /**
   * A listener, in the order in which the kernel has them.
   *
   * @param loop who accepts from it
   * @param index which of that loop's
   */
  record Seat(ServerLoop loop, int index) {}

  /** Makes the loops of the arrangement that serves. Any thread. */
  LoopMaker maker() {
    return maker;
  }

  /** Another arrangement serves from now on. */
  void serves(LoopMaker other, int itsSpares) {
    maker = other;
    spares = itsSpares;
  }

  /** The first loop accepts from one more listener. */
  void spare() {
    spares++;
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
      lifecycle.add(List.of(loop), List.of());
      return;
    }
    lifecycle.add(List.of(loop), List.of());
    ServerLoop first = active().getFirst();
    try {
      share(first, loop);
    } catch (RuntimeException e) {
      loop.retire();
      throw e;
    }
    first.listeners().leaveLast();
    spares--;
  }

  /** Lets the last loop end. Its listener stays open, and the first loop accepts from it. */
  private void retire(ServerLoop loop) {
    share(loop, active().getFirst());
    spares++;
    await(loop.retire(), "retirement of " + loop.name());
  }

  /** Has a loop accept from the last of another one's listeners as well. */
  void share(ServerLoop from, ServerLoop with) {
    String what = "handing the listener of " + from.name() + " on";
    LinuxException.check(await(from.shareLast(with), what), what);
  }

  /** Lets new connections go to the first so many listeners, and to all if there are no more. */
  void steer(int count) {
    steer(active().getFirst(), count, active().size() + spares, maker.options());
  }

  /**
   * Likewise.
   *
   * @param first has the first of the listeners
   * @param all how many listeners there are
   * @param options of the arrangement that is to serve
   */
  void steer(ServerLoop first, int count, int all, Options options) {
    if (options.steer().equals("cpu") && all > 1) {
      program(first, SocketFilter.byProcessor(count));
    } else if (count < all || options.steer().equals("load") && all > 1) {
      program(first, SocketFilter.any(count));
    } else if (programmed || sockets.areInherited() && sockets.shareThePort()) {
      int result =
          await(first.listeners().setOption(SocketOption.SO_DETACH_REUSEPORT_BPF, true), DETACHING);
      if (result != -Linux.ENOENT()) { // the server before this one had no program either
        LinuxException.check(result, DETACHING);
      }
      programmed = false;
    }
  }

  private void program(ServerLoop first, SocketFilter filter) {
    programs++;
    SocketOption<SocketFilter> option = SocketOption.SO_ATTACH_REUSEPORT_CBPF;
    String what = "setsockopt " + option.name();
    int result = await(first.listeners().setOption(option, filter), what);
    if (result != -Linux.EINVAL() || !sockets.areInherited()) { // those may have ports of their own
      LinuxException.check(result, what);
      programmed = true;
    }
  }

  /** Whether new connections are drawn by how busy the loops are. */
  boolean steersByLoad() {
    return maker.options().steer().equals("load")
        && maker.topology().listeners().equals("one-a-loop");
  }

  /** How often this has set another program. */
  int programs() {
    return programs;
  }

  /**
   * From now on new connections follow the load, if the arrangement that serves says so.
   *
   * @param lock held by who changes loops or listeners
   */
  void followLoad(Object lock) {
    if (steersByLoad() && !followsLoad) {
      followsLoad = true;
      world.start("quintet-steering", new LoadSteering(world, this, lifecycle, lock)::run);
    }
  }

  /**
   * From now on loops that are much busier than others give connections away, where the topology
   * that serves says so.
   */
  void rebalance() {
    if (maker.topology().rebalance().isPresent() && !rebalances) {
      rebalances = true;
      Ticker.start(
          world,
          "quintet-rebalancing",
          lifecycle,
          () -> maker.topology().rebalance().map(Rebalance::everyMillis).orElse(REST_MILLIS),
          () -> maker.topology().rebalance().ifPresent(by -> rebalancing.look(owners(), by)),
          () -> {});
    }
  }

  /** What became of that. Any thread. */
  Map<String, Object> rebalanced() {
    return rebalancing.toMap();
  }

  /** Those of them that own connections. */
  List<ServerLoop> owners() {
    return active().stream().filter(ServerLoop::servesConnections).toList();
  }

  /** The loops that have not left, each with its listener in the order in which these were made. */
  List<ServerLoop> active() {
    return loops.stream().filter(loop -> !loop.isRetired()).toList();
  }

  /** Who has which listener, where some loops accept: all, or the first that share one. */
  List<Seat> seats(List<ServerLoop> accepting) {
    List<Seat> seats = new ArrayList<>();
    List<Seat> others = new ArrayList<>();
    for (ServerLoop loop : accepting) {
      int count = await(loop.listeners().count(), "the count of listeners of " + loop.name());
      seats.add(new Seat(loop, 0));
      for (int index = count - 1; index > 0; index--) { // the last that was left was before them
        others.add(new Seat(loop, index));
      }
    }
    seats.addAll(others);
    return seats;
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
