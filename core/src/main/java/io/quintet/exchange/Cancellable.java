package io.quintet.exchange;

import io.quintet.codec.ProtocolException;
import io.quintet.dispatch.HandlerTask;
import io.quintet.kernel.Interleaving;
import java.io.EOFException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A request whose handler may be told, once, that nobody waits for its reply any longer. */
abstract class Cancellable extends HandlerTask {
  private static final VarHandle TOLD;

  /** In place of who is told: the reply goes nowhere. */
  private static final Runnable GONE = () -> {};

  static {
    try {
      TOLD = MethodHandles.lookup().findVarHandle(Cancellable.class, "told", Runnable.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by TOLD
  private volatile @Nullable Runnable told;

  /** What its handler is given; null for what nothing handles. */
  abstract @Nullable Object asked();

  /** One of which the user's function cannot tell is none. */
  @Override
  public final boolean isShort(Predicate<Object> shortOnes) {
    Object request = asked();
    try {
      return request != null && shortOnes.test(request);
    } catch (Throwable failure) {
      failedElsewhere(failure);
      return false;
    }
  }

  /** Counts and logs what the user's code has thrown. Any thread. */
  abstract void failedElsewhere(Throwable failure);

  /** Has something run once the reply goes nowhere: at once if it does so already. Any thread. */
  public final void onCancelled(Runnable task) {
    Objects.requireNonNull(task, "a task");
    while (true) {
      Runnable before = told;
      if (before == GONE) {
        run(task);
        return;
      }
      Runnable all = before == null ? task : () -> inOrder(before, task);
      Interleaving.point();
      if (TOLD.compareAndSet(this, before, all)) {
        return;
      }
    }
  }

  private void inOrder(Runnable before, Runnable task) {
    run(before);
    run(task);
  }

  /** The reply goes nowhere. */
  final void cancelled() {
    Interleaving.point();
    Runnable task = (Runnable) TOLD.getAndSet(this, GONE);
    if (task != null) {
      run(task);
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      failedElsewhere(failure);
    }
  }

  /** Whether what was thrown is how a handler ends that nobody waits for. */
  static boolean isEnding(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof CancellationException
          || each instanceof InterruptedException
          || each instanceof EOFException
          || each instanceof ProtocolException) {
        return true;
      }
    }
    return false;
  }
}
