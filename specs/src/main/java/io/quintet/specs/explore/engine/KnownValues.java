package io.quintet.specs.explore.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values that variables have at a step of a command, whatever state it began in: its guards or what
 * it has done before say so. Terms become shorter by them.
 */
final class KnownValues {
  private final Map<Integer, Integer> values;

  KnownValues() {
    this(Map.of());
  }

  private KnownValues(Map<Integer, Integer> values) {
    this.values = new HashMap<>(values);
  }

  KnownValues copy() {
    return new KnownValues(values);
  }

  /** Something holds from here on. */
  void learn(Term holds) {
    switch (holds) {
      case Term.All all -> all.terms().forEach(this::learn);
      case Term.Not(Term.Not(Term term)) -> learn(term);
      case Term.Binary(Term.Operator operator, Term.Variable variable, Term.Constant constant)
          when operator == Term.Operator.EQUAL ->
          values.put(variable.index(), constant.value());
      default -> {}
    }
  }

  void set(int index, Term value) {
    if (value instanceof Term.Constant constant) {
      values.put(index, constant.value());
    } else {
      values.remove(index);
    }
  }

  /** One of several ways was gone: what is known is what is known at the end of each. */
  void goOnFrom(List<KnownValues> ends) {
    values.clear();
    values.putAll(ends.getFirst().values);
    for (KnownValues end : ends) {
      values.entrySet().removeIf(known -> !known.getValue().equals(end.values.get(known.getKey())));
    }
  }

  /** The same term where the values are as they are known to be. */
  Term reduced(Term term) {
    return switch (term) {
      case Term.Constant constant -> constant;
      case Term.Variable variable ->
          values.containsKey(variable.index())
              ? Term.number(values.get(variable.index()))
              : variable;
      case Term.Binary binary -> {
        Term left = reduced(binary.left());
        Term right = reduced(binary.right());
        Term both = new Term.Binary(binary.operator(), left, right);
        yield left instanceof Term.Constant && right instanceof Term.Constant
            ? constant(both)
            : both;
      }
      case Term.All all -> {
        List<Term> left = without(all.terms(), 1);
        yield left.contains(Term.NO) ? Term.NO : left.isEmpty() ? Term.YES : new Term.All(left);
      }
      case Term.Any any -> {
        List<Term> left = without(any.terms(), 0);
        yield left.contains(Term.YES) ? Term.YES : left.isEmpty() ? Term.NO : new Term.Any(left);
      }
      case Term.Not not -> {
        Term inner = reduced(not.term());
        Term negated = new Term.Not(inner);
        yield inner instanceof Term.Constant ? constant(negated) : negated;
      }
    };
  }

  /** Terms that decide: a constant is 1 or 0, and those that are so anyway are left out. */
  private List<Term> without(List<Term> terms, int plain) {
    List<Term> left = new ArrayList<>();
    for (Term each : terms) {
      Term term = reduced(each);
      if (term instanceof Term.Constant constant) {
        int truth = constant.value() == 0 ? 0 : 1;
        if (truth == plain) {
          continue;
        }
        term = Term.number(truth);
      }
      left.add(term);
    }
    return left;
  }

  private static Term constant(Term ofConstants) {
    return Term.number(ofConstants.of(new byte[0]));
  }
}
