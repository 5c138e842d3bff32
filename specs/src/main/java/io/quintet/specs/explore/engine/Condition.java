package io.quintet.specs.explore.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongBinaryOperator;

/**
 * A {@link Term} that is asked only for its truth, made quick: what one variable may be is a mask
 * of its values, and what several may be is one mask each. Immutable.
 */
public sealed interface Condition {
  Condition ALWAYS = new AllOf(new int[0], new long[0], new Condition[0]);
  Condition NEVER = new AnyOf(new int[0], new long[0], new Condition[0]);

  boolean holds(byte[] state);

  /** The place of a value among 64: those below 63 have one each, all others share the last. */
  static int place(int value) {
    return (value & ~63) == 0 ? value : 63;
  }

  /** The bit of a value, at its place. */
  static long bit(int value) {
    return 1L << place(value);
  }

  /** A variable has one of some values. */
  record In(int index, long mask) implements Condition {
    @Override
    public boolean holds(byte[] state) {
      return (mask & bit(state[index])) != 0;
    }
  }

  /** Something that is computed. */
  record Computed(Term term, boolean expected) implements Condition {
    @Override
    public boolean holds(byte[] state) {
      return term.of(state) != 0 == expected;
    }
  }

  /** Of several: what some variables may be, and what else there is. */
  sealed interface Several extends Condition {
    int[] indexes();

    long[] masks();

    Condition[] more();
  }

  /** All of some variables have one of their values, and more holds. */
  record AllOf(int[] indexes, long[] masks, Condition[] more) implements Several {
    @Override
    public boolean holds(byte[] state) {
      for (int i = 0; i < indexes.length; i++) {
        if ((masks[i] & bit(state[indexes[i]])) == 0) {
          return false;
        }
      }
      for (Condition each : more) {
        if (!each.holds(state)) {
          return false;
        }
      }
      return true;
    }
  }

  /** One of some variables has one of its values, or something else holds. */
  record AnyOf(int[] indexes, long[] masks, Condition[] more) implements Several {
    @Override
    public boolean holds(byte[] state) {
      for (int i = 0; i < indexes.length; i++) {
        if ((masks[i] & bit(state[indexes[i]])) != 0) {
          return true;
        }
      }
      for (Condition each : more) {
        if (each.holds(state)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Makes conditions of terms; of one that it has seen, the same. */
  final class Maker {
    private final Map<Term, Condition> positive = new IdentityHashMap<>();
    private final Map<Term, Condition> negative = new IdentityHashMap<>();

    Condition of(Term term) {
      return made(term, true);
    }

    private Condition made(Term term, boolean expected) {
      Map<Term, Condition> known = expected ? positive : negative;
      Condition condition = known.get(term);
      if (condition == null) {
        condition = fresh(term, expected);
        known.put(term, condition);
      }
      return condition;
    }

    private Condition fresh(Term term, boolean expected) {
      return switch (term) {
        case Term.Constant(int value) -> value != 0 == expected ? ALWAYS : NEVER;
        case Term.Variable(int index) -> in(index, 1L, !expected);
        case Term.Not(Term inner) -> made(inner, !expected);
        case Term.All(List<Term> terms) -> joined(terms, expected, expected);
        case Term.Any(List<Term> terms) -> joined(terms, expected, !expected);
        case Term.Binary binary -> compared(binary, expected);
      };
    }

    private static Condition compared(Term.Binary binary, boolean expected) {
      boolean equal = binary.operator() == Term.Operator.EQUAL;
      if ((equal || binary.operator() == Term.Operator.UNEQUAL)
          && binary.left() instanceof Term.Variable(int index)
          && binary.right() instanceof Term.Constant(int value)
          && value >= 0
          && value < 63) {
        return in(index, 1L << value, equal == expected);
      }
      return new Computed(binary, expected);
    }

    private static Condition in(int index, long mask, boolean expected) {
      return new In(index, expected ? mask : ~mask);
    }

    /** What terms are, all of them or any, as a conjunction or not. */
    private Condition joined(List<Term> terms, boolean expected, boolean conjunction) {
      LongBinaryOperator join = conjunction ? (a, b) -> a & b : (a, b) -> a | b;
      long neutral = conjunction ? -1L : 0L;
      Condition decided = conjunction ? NEVER : ALWAYS;
      Map<Integer, Long> masks = new LinkedHashMap<>();
      List<Condition> more = new ArrayList<>();
      for (Term term : terms) {
        Condition each = made(term, expected);
        if (each instanceof In(int index, long mask)) {
          masks.merge(index, mask, join::applyAsLong);
        } else if (each instanceof Several several && each instanceof AllOf == conjunction) {
          for (int i = 0; i < several.indexes().length; i++) {
            masks.merge(several.indexes()[i], several.masks()[i], join::applyAsLong);
          }
          more.addAll(List.of(several.more()));
        } else {
          more.add(each);
        }
      }
      masks.values().removeIf(mask -> mask == neutral);
      if (masks.containsValue(~neutral) || more.contains(decided)) {
        return decided;
      }
      return single(masks, more, conjunction);
    }

    private static Condition single(
        Map<Integer, Long> masks, List<Condition> more, boolean conjunction) {
      if (masks.isEmpty() && more.isEmpty()) {
        return conjunction ? ALWAYS : NEVER;
      }
      int[] indexes = masks.keySet().stream().mapToInt(Integer::intValue).toArray();
      long[] values = masks.values().stream().mapToLong(Long::longValue).toArray();
      if (indexes.length == 1 && more.isEmpty()) {
        return new In(indexes[0], values[0]);
      }
      if (indexes.length == 0 && more.size() == 1) {
        return more.getFirst();
      }
      Condition[] others = more.toArray(Condition[]::new);
      return conjunction ? new AllOf(indexes, values, others) : new AnyOf(indexes, values, others);
    }
  }
}
