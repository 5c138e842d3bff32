package io.quintet.specs.explore.engine;

import io.quintet.specs.Rule;
import java.util.ArrayList;
import java.util.List;

/** What a command does to the variables, all at once. Immutable. */
public sealed interface Effect {
  /** A variable gets a value. */
  record Set(int index, Term value) implements Effect {}

  /** One of those ways whose guard holds is taken; one always does. */
  record Choice(List<Way> ways) implements Effect {}

  /** What must hold here, and of what in particular, if that is not plain. */
  record Check(Term holds, Rule rule, String where) implements Effect {}

  /**
   * A machine takes an event: nothing happens to the variables, and who runs the step hears of it.
   *
   * @param taken who takes what
   * @param transition the transition, whoever takes it
   */
  record Note(String taken, String transition) implements Effect {}

  /** A guarded way. */
  record Way(Term guard, List<Effect> effects) {}

  static Effect set(int index, int value) {
    return new Set(index, Term.number(value));
  }

  static Effect set(int index, Term value) {
    return new Set(index, value);
  }

  static Effect choice(Way... ways) {
    return new Choice(List.of(ways));
  }

  static Effect choice(List<Way> ways) {
    return new Choice(List.copyOf(ways));
  }

  static Effect check(Term holds, Rule rule) {
    return new Check(holds, rule, "");
  }

  static Effect check(Term holds, Rule rule, String where) {
    return new Check(holds, rule, where);
  }

  static Way when(Term guard, Effect... effects) {
    return new Way(guard, List.of(effects));
  }

  static Way when(Term guard, List<Effect> effects) {
    return new Way(guard, List.copyOf(effects));
  }

  /** Does something only where a guard holds. */
  static Effect onlyIf(Term guard, List<Effect> effects) {
    return choice(when(guard, effects), when(Term.not(guard)));
  }

  static Effect onlyIf(Term guard, Effect... effects) {
    return onlyIf(guard, List.of(effects));
  }

  static List<Effect> join(List<Effect> first, Effect... more) {
    List<Effect> all = new ArrayList<>(first);
    all.addAll(List.of(more));
    return all;
  }

  static List<Effect> join(List<Effect> first, List<Effect> second) {
    List<Effect> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
