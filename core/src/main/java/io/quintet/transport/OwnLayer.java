package io.quintet.transport;

import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import io.quintet.layer.LayerActions;
import io.quintet.layer.LayerConnection;
import io.quintet.layer.LayerProvider;
import io.quintet.machine.MachineInstance;
import io.quintet.specs.LayerMachine;
import io.quintet.specs.Transitions;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A layer of a user's own at work: its machine, and what its actions may do. The loop's thread
 * alone, but for the steps that it gives away.
 *
 * @param <E> its events
 * @param <A> its actions
 */
final class OwnLayer<E extends Enum<E>, A extends Enum<A>> extends MachineInstance<E, A>
    implements Layer, LayerConnection {
  private final LayerProvider<E, A> provider;
  private final Transitions<E, A> transitions;
  private final Class<E> events;
  private final Executor computers;
  private final Peer peer;
  private final Transport.Owner owner;

  /** Null until the peer has said something. */
  private @Nullable LayerActions<E, A> actions;

  private Input input = Input.of();

  /** How many received bytes it was told of and has left. */
  private int told;

  /** What it wants to be computed. */
  private @Nullable Runnable step;

  /** Whether that was given away and is not taken up. */
  private boolean computing;

  /** Whether it was, and the machine has not been told. */
  private boolean computed;

  /** Whether an event and what follows from it are not over, or were not when something broke. */
  private boolean running;

  /** Whether nobody waits for what is computed. */
  private volatile boolean forsaken;

  /** What a step threw. It is taken up behind the owner's mail. */
  private @Nullable Throwable failure;

  OwnLayer(LayerKind<E, A> kind, Peer peer, Executor computers, Transport.Owner owner) {
    super(kind.transitions());
    this.provider = kind.provider();
    this.transitions = kind.transitions();
    this.events = transitions.event(0).getDeclaringClass();
    this.computers = computers;
    this.peer = peer;
    this.owner = owner;
  }

  @Override
  public void collect(Transport transport) {
    if (computing) {
      computing = false;
      computed = true;
    }
  }

  @Override
  public Transport.Outcome goOn(Transport transport) {
    if (failure != null) {
      throw new IllegalStateException("a step of the layer " + name() + " failed", failure);
    }
    if (actions == null) {
      actions = provider.begin(this);
    }
    input = Input.of(transport.received());
    if (computed) {
      computed = false;
      told = 0;
      fire(LayerMachine.COMPUTED);
    }
    while (waitsFor(LayerMachine.RECEIVED) && input.remaining() > told) {
      int before = input.remaining();
      fire(LayerMachine.RECEIVED);
      told = input.remaining() < before ? 0 : before;
    }
    transport.leave(input.take(input.remaining()));
    return outcome(transport);
  }

  private Transport.Outcome outcome(Transport transport) {
    if (isEnded()) {
      return transitions.name(state()).equals(LayerMachine.ADMITTED)
          ? Transport.Outcome.ESTABLISHED
          : transport.unadmitted(name() + " has ended: " + transitions.name(state()));
    }
    Runnable given = step;
    if (waitsFor(LayerMachine.COMPUTED) != (given != null)) {
      throw new IllegalStateException(
          given == null
              ? "the layer waits for a step that it has not given: " + explain()
              : "the layer does not wait for the step that it has given: " + explain());
    }
    if (given != null) {
      give(given);
      return Transport.Outcome.COMPUTING;
    }
    return transport.room() > 0
        ? Transport.Outcome.INCOMPLETE
        : transport.unadmitted(name() + " leaves more bytes than may wait");
  }

  private void give(Runnable given) {
    step = null;
    computing = true;
    computers.execute(
        () -> {
          try {
            if (!forsaken) {
              given.run();
            }
          } catch (RuntimeException | Error e) {
            failure = e;
          }
          owner.computed();
        });
  }

  private boolean waitsFor(String event) {
    return transitions.state(state()).on().containsKey(event);
  }

  private void fire(String event) {
    running = true;
    run(Enum.valueOf(events, event));
    running = false;
  }

  private String name() {
    return transitions.machine().id();
  }

  @Override
  public void forsake() {
    forsaken = true;
    if (running) {
      end(); // it is broken where it is
    } else if (!isEnded()) {
      fire(LayerMachine.LOST);
    }
  }

  @Override
  protected @Nullable E perform(A action) {
    return Objects.requireNonNull(actions, "a layer that has begun").perform(action);
  }

  // What the actions may do.

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Input received() {
    return input;
  }

  @Override
  public void say(byte[] bytes) {
    owner.take(bytes, 0, bytes.length);
  }

  @Override
  public void compute(Runnable given) {
    if (step != null || computing) {
      throw new IllegalStateException("a step was given already");
    }
    step = Objects.requireNonNull(given, "a step");
  }
}
