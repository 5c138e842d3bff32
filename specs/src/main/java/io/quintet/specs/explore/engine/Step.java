package io.quintet.specs.explore.engine;

import io.quintet.specs.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command's {@link Effect}s, made quick: each step knows the next one, and what follows a choice
 * is the end of each of its ways.
 */
public sealed interface Step {
  /** Who runs steps, and hears where they lead to. */
  interface Runner {
    /** Goes a way on a copy of a state. */
    void branch(@Nullable Step way, byte[] state);

    /** A rule is broken, and there is no way on. */
    void breaks(Rule rule, String where, byte[] state);

    /** A machine takes an event. */
    default void takes(Effect.Note note) {}
  }

  /**
   * Changes a state.
   *
   * @return what is next, {@link Stop#STOP} if there is no way on, null at the end
   */
  @Nullable Step perform(byte[] state, Runner runner);

  /** No way on. */
  record Stop() implements Step {
    public static final Stop STOP = new Stop();

    @Override
    public Step perform(byte[] state, Runner runner) {
      return this;
    }
  }

  /** A variable gets a value that is known. */
  record Assign(int index, byte value, @Nullable Step next) implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      state[index] = value;
      return next;
    }
  }

  /** A variable gets a value that is computed. */
  record Compute(int index, Term value, @Nullable Step next) implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      state[index] = (byte) value.of(state);
      return next;
    }
  }

  /** What must hold. */
  record Check(Condition holds, Rule rule, String where, @Nullable Step next) implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      if (holds.holds(state)) {
        return next;
      }
      runner.breaks(rule, where, state);
      return Stop.STOP;
    }
  }

  /** What a machine takes. */
  record Tell(Effect.Note note, @Nullable Step next) implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      runner.takes(note);
      return next;
    }
  }

  /** One of two ways. */
  record Either(Condition condition, @Nullable Step then, @Nullable Step otherwise)
      implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      return condition.holds(state) ? then : otherwise;
    }
  }

  /** One way for each value of a variable, by {@link Condition#place}. */
  record Select(int index, @Nullable Step[] ways) implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      return ways[Condition.place(state[index])];
    }
  }

  /** Any of the ways whose guard holds. */
  record Branch(Condition[] guards, @Nullable Step[] ways) implements Step {
    @Override
    public @Nullable Step perform(byte[] state, Runner runner) {
      int last = guards.length - 1;
      while (last >= 0 && !guards[last].holds(state)) {
        last--;
      }
      if (last < 0) {
        runner.breaks(GeneralRule.OUTCOME_FOR_EACH_ACTION, "", state);
        return Stop.STOP;
      }
      for (int i = 0; i < last; i++) {
        if (guards[i].holds(state)) {
          runner.branch(ways[i], state);
        }
      }
      return ways[last];
    }
  }

  /** The steps of some effects, and what is next behind them. */
  static @Nullable Step of(List<Effect> effects, @Nullable Step behind, Condition.Maker maker) {
    Step next = behind;
    for (int i = effects.size() - 1; i >= 0; i--) {
      next =
          switch (effects.get(i)) {
            case Effect.Set set ->
                set.value() instanceof Term.Constant(int value)
                    ? new Assign(set.index(), (byte) value, next)
                    : new Compute(set.index(), set.value(), next);
            case Effect.Check check -> {
              Condition holds = maker.of(check.holds());
              yield holds == Condition.ALWAYS
                  ? next
                  : new Check(holds, check.rule(), check.where(), next);
            }
            case Effect.Choice choice -> of(choice, next, maker);
            case Effect.Note note -> new Tell(note, next);
          };
    }
    return next;
  }

  private static @Nullable Step of(
      Effect.Choice choice, @Nullable Step next, Condition.Maker maker) {
    List<Condition> guards = new ArrayList<>();
    List<@Nullable Step> ways = new ArrayList<>();
    for (Effect.Way way : choice.ways()) {
      Condition guard = maker.of(way.guard());
      if (guard != Condition.NEVER) {
        guards.add(guard);
        ways.add(of(way.effects(), next, maker));
      }
    }
    if (guards.size() == 1 && guards.getFirst() == Condition.ALWAYS) {
      return ways.getFirst();
    }
    Step selected = selected(guards, ways);
    if (selected != null) {
      return selected;
    }
    if (choice.ways().size() == 2
        && guards.size() == 2
        && choice.ways().getLast().guard() instanceof Term.Not(Term first)
        && first == choice.ways().getFirst().guard()) {
      return new Either(guards.getFirst(), ways.getFirst(), ways.getLast());
    }
    return new Branch(guards.toArray(Condition[]::new), ways.toArray(Step[]::new));
  }

  /** Where one variable decides, and leaves one way each. */
  private static @Nullable Step selected(List<Condition> guards, List<@Nullable Step> ways) {
    long seen = 0;
    int variable = -1;
    for (Condition guard : guards) {
      if (!(guard instanceof Condition.In(int index, long mask))
          || (variable >= 0 && index != variable)
          || (seen & mask) != 0) {
        return null;
      }
      variable = index;
      seen |= mask;
    }
    if (variable < 0) {
      return null;
    }
    @Nullable Step[] by = new Step[64];
    Arrays.fill(by, new Branch(new Condition[0], new Step[0]));
    for (int i = 0; i < guards.size(); i++) {
      long mask = ((Condition.In) guards.get(i)).mask();
      for (int value = 0; value < 64; value++) {
        if ((mask >>> value & 1) != 0) {
          by[value] = ways.get(i);
        }
      }
    }
    return new Select(variable, by);
  }
}
