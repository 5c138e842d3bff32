package io.quintet.specs.explore;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link Term} that is asked only for its truth, made quick: what one variable may be is a mask
 * of its values, and what several may be is one mask each. Immutable.
 */
sealed interface Condition {
  Condition ALWAYS = new AllOf(new int[0], new long[0], new Condition[0]);
  Condition NEVER = new AnyOf(new int[0], new long[0], new Condition[0]);

  boolean holds(byte[] state);

  /** The bit of a value: those below 63 have one each, all others share the last. */
  static long bit(int value) {
    return 1L << ((value & ~63) == 0 ? value : 63);
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

  /** All of some variables have one of their values, and more holds. */
  record AllOf(int[] indexes, long[] masks, Condition[] more) implements Condition {
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
  record AnyOf(int[] indexes, long[] masks, Condition[] more) implements Condition {
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
        case Term.All(List<Term> terms) -> expected ? all(terms, true) : any(terms, false);
        case Term.Any(List<Term> terms) -> expected ? any(terms, true) : all(terms, false);
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

    private Condition all(List<Term> terms, boolean expected) {
      Map<Integer, Long> masks = new LinkedHashMap<>();
      List<Condition> more = new ArrayList<>();
      for (Term term : terms) {
        Condition each = made(term, expected);
        if (each instanceof In(int index, long mask)) {
          masks.merge(index, mask, (a, b) -> a & b);
        } else if (each instanceof AllOf(int[] indexes, long[] some, Condition[] others)) {
          for (int i = 0; i < indexes.length; i++) {
            masks.merge(indexes[i], some[i], (a, b) -> a & b);
          }
          more.addAll(List.of(others));
        } else {
          more.add(each);
        }
      }
      masks.values().removeIf(mask -> mask == -1L);
      if (masks.containsValue(0L) || more.contains(NEVER)) {
        return NEVER;
      }
      return single(masks, more, true);
    }

    private Condition any(List<Term> terms, boolean expected) {
      Map<Integer, Long> masks = new LinkedHashMap<>();
      List<Condition> more = new ArrayList<>();
      for (Term term : terms) {
        Condition each = made(term, expected);
        if (each instanceof In(int index, long mask)) {
          masks.merge(index, mask, (a, b) -> a | b);
        } else if (each instanceof AnyOf(int[] indexes, long[] some, Condition[] others)) {
          for (int i = 0; i < indexes.length; i++) {
            masks.merge(indexes[i], some[i], (a, b) -> a | b);
          }
          more.addAll(List.of(others));
        } else {
          more.add(each);
        }
      }
      masks.values().removeIf(mask -> mask == 0L);
      if (masks.containsValue(-1L) || more.contains(ALWAYS)) {
        return ALWAYS;
      }
      return single(masks, more, false);
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
