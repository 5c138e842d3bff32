package io.quintet.transport;

import io.quintet.codec.Peer;
import io.quintet.layer.LayerProvider;
import io.quintet.specs.LayerMachine;
import io.quintet.specs.Transitions;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.Executor;

/**
 * A layer of a user's own as a jar brings it. Any thread.
 *
 * @param provider makes its actions for each connection
 * @param transitions its machine's table, for which the provider was asked once
 */
public record LayerKind<E extends Enum<E>, A extends Enum<A>>(
    LayerProvider<E, A> provider, Transitions<E, A> transitions) {

  /**
   * Finds the one that an option names among those of the jars that the thread's class loader
   * knows.
   *
   * @param name id of its machine, or empty for none
   * @throws IllegalArgumentException in one sentence, where there is none of that name, or one that
   *     cannot be used
   */
  public static Optional<LayerKind<?, ?>> named(String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    Map<String, LayerKind<?, ?>> all = new TreeMap<>();
    try {
      for (LayerProvider<?, ?> provider : ServiceLoader.load(LayerProvider.class)) {
        LayerKind<?, ?> kind = of(provider);
        all.putIfAbsent(kind.transitions.machine().id(), kind);
      }
    } catch (ServiceConfigurationError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalArgumentException(
          "option layer is " + name + "; a jar's layer cannot be made: " + cause.getMessage(), e);
    }
    LayerKind<?, ?> found = all.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "option layer is "
              + name
              + "; valid is "
              + (all.isEmpty()
                  ? "none, since no jar brings one"
                  : String.join(", ", all.keySet())));
    }
    LayerMachine.require(found.transitions.machine());
    return Optional.of(found);
  }

  private static <E extends Enum<E>, A extends Enum<A>> LayerKind<E, A> of(
      LayerProvider<E, A> provider) {
    return new LayerKind<>(provider, provider.transitions());
  }

  Layer begin(Peer peer, Executor computers, Transport.Owner owner) {
    return new OwnLayer<>(this, peer, computers, owner);
  }
}
