package io.quintet.trace;

import java.util.function.ObjIntConsumer;

/**
 * An instance of a machine that says what it counts and keeps, for tests that compare it with a
 * model. On the thread that turns it.
 */
@FunctionalInterface
public interface Counted {
  /**
   * Says all.
   *
   * @param to hears each number, under its name
   */
  void count(ObjIntConsumer<String> to);
}
