package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.Reply;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The place for a reply that is changed on its way.
 *
 * @param to where it goes
 * @param change what becomes of it
 */
record ChangedReply(Reply<HttpResponse> to, UnaryOperator<HttpResponse> change)
    implements Reply<HttpResponse> {
  /** What cannot be changed fails the request, as a reply that is null does. */
  @Override
  public void send(HttpResponse value) {
    HttpResponse changed;
    try {
      Objects.requireNonNull(value, "the handler's reply");
      changed = Objects.requireNonNull(change.apply(value), "the changed reply");
    } catch (RuntimeException failure) {
      drop(value);
      to.fail(failure);
      return;
    }
    to.send(changed);
  }

  private static void drop(@Nullable HttpResponse value) {
    if (value != null && value.content() instanceof Closeable held) {
      try {
        held.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void fail(Throwable cause) {
    to.fail(cause);
  }

  @Override
  public void onCancelled(Runnable task) {
    to.onCancelled(task);
  }

  @Override
  public Executor owner() {
    return to.owner();
  }
}
