package io.quintet.connection;

import io.quintet.buffer.ByteQueue;
import io.quintet.exchange.Exchange;
import io.quintet.fault.SeededBug;
import io.quintet.kernel.Interleaving;
import io.quintet.metrics.Counts.Number;
import io.quintet.metrics.MoveEvent;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.Mail;
import io.quintet.reactor.StateTable;
import io.quintet.specs.Transitions;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A connection's way to another loop, with what it takes along. The connection belongs to the loop
 * that its {@link Connection#owner} names, also on the way; this is the mail by which that loop
 * gets it, and then by which the old one hears of it.
 *
 * <p>Bytes that wait are copied: chunks belong to the pool of a loop, whose thread alone may free
 * them.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Move<Q, R> extends Mail {
  /** What this is mail of. */
  private enum Step {
    THERE,
    BACK,
    TOLD
  }

  final Connection<Q, R> connection;
  private final Mover<Q, R> from;
  private final Mover<Q, R> to;
  private final MoveOrder order;

  /** The state in which it rested. */
  private final int rested;

  private final ConnectionEvent goesOn;
  private Step step = Step.THERE;
  private boolean turnedBack;
  private boolean ready;
  private long due;
  private byte @Nullable [] held;
  private byte @Nullable [] outgoing;

  Move(
      Connection<Q, R> connection,
      Mover<Q, R> from,
      Mover<Q, R> to,
      MoveOrder order,
      int rested,
      ConnectionEvent goesOn) {
    this.connection = connection;
    this.from = from;
    this.to = to;
    this.order = order;
    this.rested = rested;
    this.goesOn = goesOn;
  }

  /** For each state in which a connection may rest the event by which it goes on there. */
  static @Nullable ConnectionEvent[] returns(Transitions<ConnectionEvent, ?> machine) {
    @Nullable ConnectionEvent[] events = new ConnectionEvent[machine.size()];
    StateTable<ConnectionEvent> rests = new StateTable<>(machine, ConnectionEvent.class);
    for (int state = 0; state < events.length; state++) {
      boolean moves = machine.step(state, ConnectionEvent.MOVE) != Transitions.UNDEFINED;
      if (rests.rests(state) && moves) {
        events[state] =
            ConnectionEvent.valueOf("WAS_" + machine.name(state).toUpperCase(Locale.ROOT));
      }
    }
    return events;
  }

  /** Where it goes, in words. */
  String describe() {
    return "connection: on its way to " + to.loop.name();
  }

  // The old loop.

  @Nullable ConnectionEvent pack(long passes) {
    due = passes;
    ready = connection.dirty;
    from.context.forget(connection);
    connection.dirty = false; // what becomes ready on the way is told where it comes to
    held = bytes(connection.held);
    connection.held = null;
    outgoing = bytes(connection.outgoing);
    connection.outgoing = null;
    if (connection.tls != null) {
      connection.tls.depart();
    }
    return null;
  }

  /** Bytes of a connection that wait to be decoded, also on its way. */
  static int heldBytes(@Nullable ByteQueue here, @Nullable Move<?, ?> move) {
    if (here != null) {
      return (int) here.length();
    }
    return move == null || move.held == null ? 0 : move.held.length;
  }

  private byte @Nullable [] bytes(@Nullable ByteQueue queue) {
    if (queue == null) {
      return null;
    }
    byte[] copy = new byte[(int) queue.length()];
    queue.drainTo(copy);
    from.context.chunks.giveBack(queue);
    return copy;
  }

  /** A reply became ready on the way. */
  @Nullable ConnectionEvent remember() {
    ready = true;
    return null;
  }

  /** Sends it on its way. The connection is not this thread's any more. */
  void go() {
    if (!SeededBug.MOVE_COUNTED_LATE.isOn()) {
      to.context.open().incrementAndGet();
    }
    Interleaving.point();
    connection.hasDrained |= from.loop.isDraining();
    connection.becomes(to.context);
    from.context.open().decrementAndGet();
    if (!to.loop.post(this)) {
      turnBack();
    }
  }

  // The new loop, or the old one where it comes back.

  int rested() {
    return rested;
  }

  long due() {
    return due;
  }

  /** It is registered, or could not be. Gives what follows. */
  ConnectionEvent unpack(int result) {
    ConnectionContext<Q, R> context = here().context;
    if (result < 0) {
      here().loop.report("epoll_ctl ADD", connection.fd(), result);
      turnedBack = step == Step.THERE;
      if (!turnedBack) {
        here().loop.refused(Refusal.STRANDED);
      }
      return turnedBack ? ConnectionEvent.TURNED_BACK : ConnectionEvent.BROKEN;
    }
    connection.move = null;
    connection.held = queue(context, held);
    connection.outgoing = queue(context, outgoing);
    if (connection.tls != null) {
      connection.tls.arrive();
    }
    connection.yielded = false;
    connection.dirty = false;
    if (ready) {
      connection.replyReady();
    }
    return goesOn;
  }

  private @Nullable ByteQueue queue(ConnectionContext<Q, R> context, byte @Nullable [] bytes) {
    if (bytes == null || bytes.length == 0) {
      return null;
    }
    ByteQueue queue = context.chunks.lendQueue();
    queue.append(bytes, 0, bytes.length);
    return queue;
  }

  private Mover<Q, R> here() {
    return step == Step.THERE ? to : from;
  }

  @Override
  public void deliver() {
    if (step == Step.TOLD) {
      from.hasArrived(this);
      return;
    }
    if (SeededBug.MOVE_COUNTED_LATE.isOn() && step == Step.THERE) {
      to.context.open().incrementAndGet();
    }
    connection.arrive();
    if (turnedBack) {
      turnBack();
      return;
    }
    if (!connection.isEnded()) {
      goOn(here().context);
    }
    arrived();
  }

  /** What its new loop was told before it came. */
  private void goOn(ConnectionContext<Q, R> context) {
    Exchange<Q, R> last = connection.lastOwed;
    if (last != null && !last.placed) {
      context.placeLater(connection);
    }
    if (connection.isEnded()) {
      return;
    }
    if (context.isAborted()) {
      connection.abort();
    } else if (context.loop.isDraining()) {
      connection.drain();
    }
  }

  /** Told to the old loop, or to nobody where that has stopped. */
  void isOver() {
    if (step == Step.BACK) {
      order.isTurnedBackBy(to);
    }
    order.isOver();
  }

  private void arrived() {
    if (step == Step.BACK) {
      from.hasArrived(this);
      return;
    }
    order.hasMoved();
    to.loop.metrics().count(Number.MOVED);
    if (MoveEvent.PROBE.isEnabled()) {
      MoveEvent event = new MoveEvent();
      event.from = from.loop.name();
      event.to = to.loop.name();
      event.descriptor = connection.fd();
      event.commit();
    }
    step = Step.TOLD;
    if (!from.loop.post(this)) {
      order.isOver();
    }
  }

  /** The new loop has stopped, or cannot take it. */
  private void turnBack() {
    turnedBack = false;
    step = Step.BACK;
    from.context.open().incrementAndGet();
    connection.becomes(from.context);
    to.context.open().decrementAndGet();
    if (!from.loop.post(this)) {
      from.context.open().decrementAndGet();
      to.context.open().incrementAndGet();
      connection.becomes(to.context);
      strand(to);
    }
  }

  /** No loop takes it any more. */
  private void strand(Mover<Q, R> last) {
    last.loop.refused(Refusal.STRANDED);
    connection.saidEnd = true; // what would say it is gone
    connection.abort();
    order.isOver();
  }

  @Override
  public void undelivered() {
    switch (step) {
      case THERE -> turnBack();
      case BACK -> strand(from);
      case TOLD -> order.isOver();
    }
  }
}
