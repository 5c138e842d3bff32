package io.quintet.tests;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Every property of jqwik draws the same each time, unless {@code -Dquintet.seed} says otherwise.
 */
public final class Seeded implements AroundPropertyHook {
  /** Where all that tests leave to chance begins. */
  static final long SEED = Long.getLong("quintet.seed", 1);

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    if (context.attributes().seed().isEmpty()) {
      context.attributes().setSeed(Long.toString(SEED));
    }
    return property.execute();
  }

  /** Outermost, before jqwik asks for the seed. */
  @Override
  public int aroundPropertyProximity() {
    return -100;
  }

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }
}
