package io.quintet.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A number that one thread counts and any thread reads, at the price of a plain field. */
public final class Counter {
  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by VALUE
  private long value;

  public void add(long more) {
    VALUE.setOpaque(this, (long) VALUE.getOpaque(this) + more);
  }

  public long get() {
    return (long) VALUE.getOpaque(this);
  }
}
