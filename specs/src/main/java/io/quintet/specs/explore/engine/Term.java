package io.quintet.specs.explore.engine;

import java.util.List;

/** An expression over the variables of a model. Truth is 1 and 0. Immutable. */
public sealed interface Term {
  Term YES = number(1);
  Term NO = number(0);

  int of(byte[] state);

  String promela(List<String> names);

  /** A number. */
  record Constant(int value) implements Term {
    @Override
    public int of(byte[] state) {
      return value;
    }

    @Override
    public String promela(List<String> names) {
      return Integer.toString(value);
    }
  }

  /** A variable, by its index. */
  record Variable(int index) implements Term {
    @Override
    public int of(byte[] state) {
      return state[index];
    }

    @Override
    public String promela(List<String> names) {
      return names.get(index);
    }
  }

  /** How two numbers are compared or joined. */
  enum Operator {
    EQUAL("=="),
    UNEQUAL("!="),
    LESS("<"),
    PLUS("+"),
    MINUS("-");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }
  }

  /** Two numbers, compared or joined. */
  record Binary(Operator operator, Term left, Term right) implements Term {
    @Override
    public int of(byte[] state) {
      int l = left.of(state);
      int r = right.of(state);
      return switch (operator) {
        case EQUAL -> l == r ? 1 : 0;
        case UNEQUAL -> l != r ? 1 : 0;
        case LESS -> l < r ? 1 : 0;
        case PLUS -> l + r;
        case MINUS -> l - r;
      };
    }

    @Override
    public String promela(List<String> names) {
      return "(" + left.promela(names) + " " + operator.sign + " " + right.promela(names) + ")";
    }
  }

  /** All of some hold. */
  record All(List<Term> terms) implements Term {
    @Override
    public int of(byte[] state) {
      for (Term term : terms) {
        if (term.of(state) == 0) {
          return 0;
        }
      }
      return 1;
    }

    @Override
    public String promela(List<String> names) {
      return terms.isEmpty() ? "true" : joined(terms, " && ", names);
    }
  }

  /** One of some holds. */
  record Any(List<Term> terms) implements Term {
    @Override
    public int of(byte[] state) {
      for (Term term : terms) {
        if (term.of(state) != 0) {
          return 1;
        }
      }
      return 0;
    }

    @Override
    public String promela(List<String> names) {
      return terms.isEmpty() ? "false" : joined(terms, " || ", names);
    }
  }

  /** Something does not hold. */
  record Not(Term term) implements Term {
    @Override
    public int of(byte[] state) {
      return term.of(state) == 0 ? 1 : 0;
    }

    @Override
    public String promela(List<String> names) {
      return "!(" + term.promela(names) + ")";
    }
  }

  private static String joined(List<Term> terms, String sign, List<String> names) {
    return "(" + String.join(sign, terms.stream().map(term -> term.promela(names)).toList()) + ")";
  }

  static Term number(int value) {
    return new Constant(value);
  }

  static Term variable(int index) {
    return new Variable(index);
  }

  static Term is(int index, int value) {
    return new Binary(Operator.EQUAL, variable(index), number(value));
  }

  static Term less(int index, int value) {
    return new Binary(Operator.LESS, variable(index), number(value));
  }

  static Term plus(int index, int value) {
    return new Binary(Operator.PLUS, variable(index), number(value));
  }

  static Term minus(int index, int value) {
    return new Binary(Operator.MINUS, variable(index), number(value));
  }

  static Term all(Term... terms) {
    return new All(List.of(terms));
  }

  static Term any(List<Term> terms) {
    return new Any(List.copyOf(terms));
  }

  static Term any(Term... terms) {
    return new Any(List.of(terms));
  }

  static Term not(Term term) {
    return new Not(term);
  }
}
