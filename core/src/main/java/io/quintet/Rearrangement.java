package io.quintet;

import io.quintet.accept.ListenerAccess;
import io.quintet.connection.MoveOrder;
import io.quintet.fault.SeededBug;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.RearrangeEvent;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A change of a server from the arrangement that serves to another one: the actions of {@code
 * specs/machines/rearrangement.json}. One thread; none other changes the server meanwhile.
 */
final class Rearrangement extends MachineInstance<RearrangementEvent, RearrangementAction> {
  private static final Transitions<RearrangementEvent, RearrangementAction> MACHINE =
      Transitions.of(
          Specs.machine("rearrangement"), RearrangementEvent.class, RearrangementAction.class);

  private static final long NANOS_A_MILLI = 1_000_000;

  private final Kernel kernel;
  private final Lifecycle lifecycle;
  private final ListeningSockets sockets;
  private final Resizer resizer;
  private final String target;

  /** Makes loops by the topology that is wanted, if that fits. */
  private final Supplier<LoopMaker> plan;

  private final Control control;
  private final long begin;
  private final LoopMaker before;

  /** Those that serve before. */
  private List<ServerLoop> old = List.of();

  /** Their listeners. */
  private List<Resizer.Seat> seats = List.of();

  /** Makes the new loops. */
  private @Nullable LoopMaker made;

  private @Nullable Arrangement next;

  /** Listeners that are shared or opened, and those that are had beyond the ones that are used. */
  private int shared;

  private int spares;

  /** Who has a listener that was opened, in order. */
  private final List<ServerLoop> opened = new ArrayList<>();

  private @Nullable RuntimeException failure;

  /** Connections that have gone to other loops. */
  private int moved;

  private long millis;
  private String told = "";

  /** Hands the socket on by which another server takes over. */
  interface Control {
    /** Has another loop answer there as well. */
    public void share(ServerLoop from, ServerLoop with);
  }

  Rearrangement(
      Kernel kernel,
      Lifecycle lifecycle,
      ListeningSockets sockets,
      Resizer resizer,
      String target,
      Supplier<LoopMaker> plan,
      Control control) {
    super(MACHINE);
    this.kernel = kernel;
    this.lifecycle = lifecycle;
    this.sockets = sockets;
    this.resizer = resizer;
    this.target = target;
    this.plan = plan;
    this.control = control;
    this.begin = kernel.nanoTime();
    this.before = resizer.maker();
  }

  /** Changes the server, or throws and has it serve on as it did. */
  void change() {
    run(RearrangementEvent.BEGIN);
    if (failure != null) {
      throw failure;
    }
  }

  /** What became of it, in a sentence; empty if it was refused. */
  String told() {
    return told;
  }

  /** Whether a step failed. */
  boolean isUndone() {
    return failure != null && !told.isEmpty();
  }

  /** What was done. */
  Map<String, Object> toMap() {
    return Map.of(
        "from",
        before.topology().id(),
        "to",
        target,
        "millis",
        millis,
        "moved",
        moved,
        "transitions",
        explain());
  }

  @Override
  protected @Nullable RearrangementEvent perform(RearrangementAction action) {
    return switch (action) {
      case PLAN -> attempt("", RearrangementEvent.UNFIT, this::plan);
      case PREPARE -> attempt("making the new loops", RearrangementEvent.FAILED, this::prepare);
      case SHARE -> attempt("sharing the listeners", RearrangementEvent.FAILED, this::share);
      case OPEN -> attempt("opening listeners", RearrangementEvent.FAILED, this::open);
      case STEER -> attempt("steering connections", RearrangementEvent.FAILED, this::steer);
      case LEAVE -> leave();
      case MOVE -> move();
      case SETTLE -> settle();
      case UNDO -> undo();
      case REFUSE -> null; // the caller learns why
      case END -> tell();
    };
  }

  /** What a step throws is why the change comes to nothing. */
  private RearrangementEvent attempt(
      String step, RearrangementEvent failed, Supplier<RearrangementEvent> does) {
    try {
      return does.get();
    } catch (IllegalArgumentException e) {
      failure = e;
    } catch (RuntimeException e) {
      failure = step.isEmpty() ? e : new IllegalStateException(failed(step, e), e);
    }
    return failed;
  }

  private String failed(String step, RuntimeException cause) {
    return "the change from %s to %s failed at %s (%s); %s serves on"
        .formatted(
            before.topology().id(), target, step, cause.getMessage(), before.topology().id());
  }

  private RearrangementEvent plan() {
    made = plan.get();
    old = resizer.active();
    seats = resizer.seats(accepting());
    return RearrangementEvent.FITS;
  }

  /** Of the old loops, those that accept, or the first of those that share one listener. */
  private List<ServerLoop> accepting() {
    if (before.topology().accepts().equals("acceptor")) {
      return List.of(old.getLast());
    }
    boolean each = before.topology().listeners().equals("one-a-loop");
    return each ? old : List.of(old.getFirst());
  }

  /** Of the old loops, those that own connections. */
  private List<ServerLoop> owners() {
    boolean acceptor = before.topology().accepts().equals("acceptor");
    return acceptor ? old.subList(0, old.size() - 1) : old;
  }

  private RearrangementEvent prepare() {
    Arrangement arrangement = Arrangement.make(made);
    lifecycle.add(arrangement.loops(), arrangement.maker().executors());
    next = arrangement;
    requireDescriptors(seats.size() + arrangement.accepting().size() + 1);
    return RearrangementEvent.PREPARED;
  }

  /**
   * There must be as many as the listeners take, and one for a connection: without it the old loops
   * could take nothing of what the kernel has queued, and both arrangements would stay.
   */
  private void requireDescriptors(int count) {
    List<Integer> taken = new ArrayList<>();
    try {
      while (taken.size() < count) {
        taken.add(LinuxException.check(kernel.eventfd(0, Linux.EFD_CLOEXEC()), "eventfd"));
      }
    } finally {
      taken.forEach(kernel::close);
    }
  }

  /** How many listeners the new arrangement has of its own. */
  private int wanted() {
    return next.hasListenerEach() ? next.accepting().size() : 1;
  }

  /**
   * The first listeners are those of the new loops; what is left is the first one's, the last
   * first, as if its loop had left.
   */
  private RearrangementEvent share() {
    List<ServerLoop> takers = next.accepting();
    int own = Math.min(wanted(), seats.size());
    if (shared < own) {
      Resizer.Seat seat = seats.get(shared);
      share(seat, takers.get(shared), next.sharesListener());
      for (int i = 1; next.sharesListener() && i < takers.size(); i++) {
        share(seat, takers.get(i), true);
      }
    } else if (shared < seats.size() && !SeededBug.QUEUE_CLOSED.isOn()) {
      share(seats.get(own + seats.size() - 1 - shared), takers.getFirst(), false);
      spares++;
    } else {
      control.share(old.getFirst(), next.loops().getFirst());
      return RearrangementEvent.ALL_SHARED;
    }
    shared++;
    return RearrangementEvent.SHARED;
  }

  private void share(Resizer.Seat seat, ServerLoop taker, boolean exclusive) {
    String what = "handing the listener of " + seat.loop().name() + " to " + taker.name();
    LinuxException.check(
        resizer.await(seat.loop().share(seat.index(), taker, exclusive), what), what);
  }

  private RearrangementEvent open() {
    int index = seats.size() + opened.size();
    if (next.hasListenerEach() && !sockets.shareThePort()) {
      sharePort();
    }
    if (index >= wanted()) {
      return RearrangementEvent.ALL_OPENED;
    }
    ServerLoop taker = next.accepting().get(index);
    try {
      give(sockets.next(), taker);
    } catch (RuntimeException e) {
      sockets.close();
      throw e;
    }
    opened.add(taker);
    return RearrangementEvent.OPENED;
  }

  /** Should the loop not take it, an old one does: the kernel may have queued connections. */
  private void give(int fd, ServerLoop taker) {
    int twin = sockets.twin(fd);
    sockets.taken(fd);
    try {
      adopt(fd, taker);
    } catch (RuntimeException e) {
      sockets.taken(twin);
      adopt(twin, accepting().getFirst());
      resizer.spare();
      throw e;
    }
    sockets.taken(twin);
    kernel.close(twin);
  }

  private void adopt(int fd, ServerLoop taker) {
    String what = "giving a listener to " + taker.name();
    LinuxException.check(resizer.await(taker.listeners().adopt(fd), what), what);
  }

  /** The first listener may have been one that has its port for itself. */
  private void sharePort() {
    ListenerAccess first = seats.getFirst().loop().listeners();
    String what = "setsockopt SO_REUSEPORT";
    LinuxException.check(
        resizer.await(first.setOption(SocketOption.SO_REUSEPORT, true), what), what);
    sockets.sharePort();
  }

  private RearrangementEvent steer() {
    steer(wanted(), made.options());
    return RearrangementEvent.STEERED;
  }

  private void steer(int count, Options options) {
    resizer.steer(seats.getFirst().loop(), count, seats.size() + opened.size(), options);
  }

  private RearrangementEvent leave() {
    retire(before, old);
    return RearrangementEvent.LEFT;
  }

  /** Its loops end when their connections have ended, and its workers after them. */
  private void retire(LoopMaker maker, List<ServerLoop> loops) {
    lifecycle.retire(maker.made(), maker.executors());
    loops.forEach(ServerLoop::retire);
  }

  private RearrangementEvent move() {
    give(old, next.owners());
    return RearrangementEvent.MOVED;
  }

  /** Those that are not at rest go later, and those that never are stay until they end. */
  private void give(List<ServerLoop> from, List<ServerLoop> to) {
    List<MoveOrder> orders = from.stream().map(loop -> loop.give(to, MoveOrder.ALL)).toList();
    CompletableFuture<?>[] done =
        orders.stream().map(MoveOrder::done).toArray(CompletableFuture[]::new);
    try {
      resizer.await(CompletableFuture.allOf(done), "the moving of connections");
    } catch (IllegalStateException e) {
      kernel.logger().log(Level.WARNING, e.getMessage() + "; they follow");
    }
    moved = orders.stream().mapToInt(MoveOrder::moved).sum();
  }

  private RearrangementEvent settle() {
    resizer.serves(made, spares);
    return RearrangementEvent.SETTLED;
  }

  private RearrangementEvent undo() {
    ServerLoop first = accepting().getFirst();
    for (ServerLoop loop : opened) {
      undoStep(() -> resizer.share(loop, first));
      resizer.spare();
    }
    if (!seats.isEmpty() && failure != null) {
      undoStep(() -> steer(accepting().size(), before.options()));
    }
    if (next != null) {
      retire(made, next.loops());
      give(next.owners(), owners());
    }
    return RearrangementEvent.UNDONE;
  }

  /** What fails now has not been what failed first. */
  private void undoStep(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private @Nullable RearrangementEvent tell() {
    String from = before.topology().id();
    millis = (kernel.nanoTime() - begin) / NANOS_A_MILLI;
    told =
        failure == null
            ? "rearranged from %s to %s in %d ms, %d connections moved"
                .formatted(from, target, millis, moved)
            : failure.getMessage();
    RearrangeEvent event = new RearrangeEvent();
    event.from = from;
    event.to = target;
    event.failure = failure == null ? "" : told;
    event.commit();
    kernel.logger().log(failure == null ? Level.INFO : Level.WARNING, told);
    return null;
  }
}
