package io.quintet.layer;

import org.jspecify.annotations.Nullable;

/**
 * The actions of a layer for one connection. The thread of the connection's loop alone, for which
 * others wait meanwhile: what takes long is given to {@link LayerConnection#compute}.
 *
 * @param <E> the machine's events
 * @param <A> the machine's actions
 */
@FunctionalInterface
public interface LayerActions<E extends Enum<E>, A extends Enum<A>> {
  /**
   * Performs an action. What it throws ends the connection and is logged with the machine's last
   * transitions.
   *
   * @param action which one
   * @return one of the outcomes that the machine declares for it; null where it declares none
   */
  @Nullable E perform(A action);
}
