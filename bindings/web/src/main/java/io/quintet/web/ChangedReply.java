package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.Reply;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/**
 * The place for a reply that is changed on its way.
 *
 * @param to where it goes
 * @param change what becomes of it
 */
record ChangedReply(Reply<HttpResponse> to, UnaryOperator<HttpResponse> change)
    implements Reply<HttpResponse> {
  @Override
  public void send(HttpResponse value) {
    to.send(change.apply(value));
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
