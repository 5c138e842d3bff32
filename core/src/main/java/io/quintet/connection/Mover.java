package io.quintet.connection;

import io.quintet.kernel.SleepTime;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.TurnPhase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives connections of a loop to other loops of the same server. Between the steps of a turn all of
 * them are at rest, so it goes through them there. The loop's thread alone, where nothing else is
 * said.
 *
 * @param <Q> request
 * @param <R> reply
 */
public final class Mover<Q, R> implements TurnPhase {
  /** Connections looked at in a turn, so that the others have their turn too. */
  private static final int TURN_MAX = 256;

  final LoopContext loop;
  final ConnectionContext<Q, R> context;

  /** Makes this a phase of the loop, which it is not before the first order. */
  private final Runnable begin;

  private final Set<Move<Q, R>> underway = new HashSet<>();
  private final Deque<MoveOrder> orders = new ArrayDeque<>();
  private boolean begun;

  /** The next slot to be looked at for the first order. */
  private int cursor;

  /** Those that go where only some do, hottest last; null before they are chosen. */
  private @Nullable List<Connection<Q, R>> chosen;

  /** Where each of those goes; empty where the one with fewest gets it. */
  private List<Mover<Q, R>> destinations = List.of();

  /**
   * Nothing is ordered.
   *
   * @param context connections of the loop
   * @param begin has this take part in the loop's turns
   */
  public Mover(ConnectionContext<Q, R> context, Consumer<TurnPhase> begin) {
    this.loop = context.loop;
    this.context = context;
    this.begin = () -> begin.accept(this);
  }

  /**
   * Gives connections to other loops of the same server, each to the one that has fewest. Any
   * thread.
   *
   * @param targets who gets them; not empty, and not the loop itself
   * @param most how many, those with most requests of late first; {@link MoveOrder#ALL} for all,
   *     until the order ends
   */
  public MoveOrder give(List<Mover<?, ?>> targets, int most) {
    return post(targets, List.of(), most);
  }

  /**
   * Gives connections to other loops of the same server, those with most requests of late first,
   * each to the least busy one, as long as that one stays less busy than this one is. Any thread.
   *
   * @param targets who may get them; not empty, and not the loop itself
   * @param loads how busy each of those is, in thousandths of how busy this loop is
   * @param most how many, at most
   */
  public MoveOrder level(List<Mover<?, ?>> targets, List<Integer> loads, int most) {
    if (targets.size() != loads.size()) {
      throw new IllegalArgumentException(targets.size() + " loops and " + loads.size() + " loads");
    }
    return post(targets, loads, most);
  }

  private MoveOrder post(List<Mover<?, ?>> targets, List<Integer> loads, int most) {
    for (Mover<?, ?> target : targets) {
      if (target == this || target.context.service != context.service) {
        throw new IllegalArgumentException(
            target.loop.name() + " is no other loop of the same server");
      }
    }
    if (targets.isEmpty() || most < 1) {
      throw new IllegalArgumentException(
          "connections to move: " + most + " to " + targets.size() + " loops; at least 1 to 1");
    }
    MoveOrder order = new MoveOrder(this, targets, loads, most);
    if (!loop.post(order)) {
      order.undelivered();
    }
    return order;
  }

  /** What each of its connections has come through, also those on their way elsewhere. */
  public Map<Integer, String> explain() {
    Map<Integer, String> all = context.explain();
    underway.forEach(move -> all.put(move.connection.fd(), move.describe()));
    return all;
  }

  void take(MoveOrder order) {
    if (!begun) {
      begun = true;
      begin.run();
    }
    orders.add(order);
  }

  @Override
  public boolean hasWork() {
    return cursor > 0
        || chosen != null
        || orders.stream().anyMatch(order -> !order.isLookedThrough());
  }

  @Override
  public int resume() {
    MoveOrder order = orders.peek();
    if (order == null) {
      return 0;
    }
    int count = 0;
    if (!order.hasEnded()) {
      count = order.most() == MoveOrder.ALL ? giveAll(order) : giveSome(order);
    } else {
      cursor = 0;
      chosen = null;
      destinations = List.of();
    }
    boolean through = cursor == 0 && chosen == null;
    if (through) {
      order.lookedThrough();
      orders.remove();
      if (order.stands()) {
        orders.add(order);
      }
    }
    return count;
  }

  private int giveAll(MoveOrder order) {
    if (order.isLookedThrough() && context.open().get() == 0) {
      return 0;
    }
    int used = loop.slots().used();
    int end = (int) Math.min(used, (long) cursor + TURN_MAX);
    int count = 0;
    for (int slot = cursor; slot < end && !order.hasEnded(); slot++) {
      Connection<Q, R> connection = connection(slot);
      if (connection != null) {
        count += give(connection, fewest(order.targets()), order) ? 1 : 0;
      }
    }
    cursor = end == used ? 0 : end;
    return count;
  }

  @SuppressWarnings("unchecked") // all connections of a loop are of its service
  private @Nullable Connection<Q, R> connection(int slot) {
    return loop.slots().at(slot) instanceof Connection<?, ?> connection
        ? (Connection<Q, R>) connection
        : null;
  }

  private int giveSome(MoveOrder order) {
    List<Connection<Q, R>> those = chosen == null ? choose(order) : chosen;
    int count = 0;
    for (int looked = 0; looked < TURN_MAX && !those.isEmpty(); looked++) {
      Connection<Q, R> connection = those.removeLast();
      Mover<Q, R> to = destinations.isEmpty() ? fewest(order.targets()) : destinations.removeLast();
      if (connection.owner() == loop && !connection.isEnded()) {
        count += give(connection, to, order) ? 1 : 0;
      }
    }
    chosen = those.isEmpty() ? null : those;
    return count;
  }

  /** The hottest, from now on counted anew. */
  private List<Connection<Q, R>> choose(MoveOrder order) {
    Comparator<Connection<Q, R>> byHeat = Comparator.comparingInt(each -> each.heat);
    PriorityQueue<Connection<Q, R>> hottest = new PriorityQueue<>(byHeat);
    for (int slot = 0; slot < loop.slots().used(); slot++) {
      Connection<Q, R> connection = connection(slot);
      if (connection != null && connection.mayMove()) {
        hottest.add(connection);
        if (hottest.size() > order.most()) {
          hottest.remove();
        }
      }
    }
    List<Connection<Q, R>> those = new ArrayList<>(hottest);
    those.sort(byHeat);
    destinations = new ArrayList<>();
    if (!order.loads().isEmpty()) {
      those = level(order, those);
    }
    countAnew();
    return those;
  }

  /** Those that go, hottest last, and where. */
  private List<Connection<Q, R>> level(MoveOrder order, List<Connection<Q, R>> hottest) {
    long requests = 0;
    for (int slot = 0; slot < loop.slots().used(); slot++) {
      Connection<Q, R> connection = connection(slot);
      requests += connection == null ? 0 : connection.heat;
    }
    Leveling leveling = new Leveling(requests, order.loads());
    List<Connection<Q, R>> those = new ArrayList<>();
    for (Connection<Q, R> connection : hottest.reversed()) {
      int to = leveling.next(connection.heat);
      if (to >= 0) {
        those.add(connection);
        destinations.add(target(order, to));
      }
    }
    Collections.reverse(those);
    Collections.reverse(destinations);
    return those;
  }

  @SuppressWarnings("unchecked") // loops of one server have the same service
  private Mover<Q, R> target(MoveOrder order, int index) {
    return (Mover<Q, R>) order.targets().get(index);
  }

  /** From now on requests are counted anew, to know which have most of late. Any thread. */
  public void countAnewLater() {
    loop.order(this::countAnew);
  }

  /** How long the loop has slept; it is measured once somebody has asked. Any thread. */
  public SleepTime sleep() {
    SleepTime sleep = loop.sleep();
    if (!sleep.isMeasured()) {
      loop.order(sleep::measure);
    }
    return sleep;
  }

  private void countAnew() {
    for (int slot = 0; slot < loop.slots().used(); slot++) {
      Connection<Q, R> connection = connection(slot);
      if (connection != null) {
        connection.heat = 0;
      }
    }
  }

  private boolean give(Connection<Q, R> connection, Mover<Q, R> to, MoveOrder order) {
    Move<Q, R> move = connection.depart(this, to, order);
    if (move == null) {
      return false;
    }
    underway.add(move);
    order.begins();
    move.go();
    return true;
  }

  @SuppressWarnings("unchecked") // loops of one server have the same service
  private Mover<Q, R> fewest(List<Mover<?, ?>> targets) {
    Mover<?, ?> best = targets.getFirst();
    for (Mover<?, ?> each : targets) {
      best = each.context.open().get() < best.context.open().get() ? each : best;
    }
    return (Mover<Q, R>) best;
  }

  /** It is on its way no longer. */
  void hasArrived(Move<Q, R> move) {
    underway.remove(move);
    move.isOver();
  }

  @Override
  public boolean isEmpty() {
    return underway.isEmpty();
  }

  @Override
  public void stop() {
    orders.forEach(MoveOrder::lookedThrough);
    orders.clear();
  }
}
