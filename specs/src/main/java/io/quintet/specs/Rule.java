package io.quintet.specs;

/** What explorations check: a promise that some machine can break. */
public interface Rule {
  /**
   * The rule.
   *
   * @return in capitals, each one once
   */
  String name();

  /**
   * The machine that it holds for.
   *
   * @return id of a machine, or {@code all}
   */
  String of();

  /**
   * What is promised.
   *
   * @return a sentence, without a full stop
   */
  String promise();
}
