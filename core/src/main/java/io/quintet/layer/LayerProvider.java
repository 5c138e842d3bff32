package io.quintet.layer;

import io.quintet.specs.Transitions;

/**
 * A transport layer that a jar brings, found by {@link java.util.ServiceLoader}: connections begin
 * with it where the option {@code layer} has its machine's id. Behind a proxy's header, and before
 * TLS.
 *
 * <p>Its machine must be one of a layer, see {@link io.quintet.specs.LayerMachine}; a server with
 * another one does not start. It is recorded like those of Quintet. The provider is made once for
 * each server, in the thread that starts it; what its constructor throws ends the start.
 *
 * @param <E> the machine's events
 * @param <A> the machine's actions
 */
public interface LayerProvider<E extends Enum<E>, A extends Enum<A>> {
  /**
   * The machine. Asked once.
   *
   * @return its table
   */
  Transitions<E, A> transitions();

  /**
   * Begins the layer of one more connection, when its client has first said something. Called by
   * the threads of all loops, so it must not wait. What it throws ends that connection.
   *
   * @param connection what the actions may ask and do
   * @return its actions
   */
  LayerActions<E, A> begin(LayerConnection connection);
}
