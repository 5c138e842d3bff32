package io.quintet.service;

import java.util.concurrent.Executor;

/**
 * The place for one reply. Any thread may fill it, once; where the connection has ended meanwhile
 * the reply is dropped.
 *
 * @param <R> reply
 */
public interface Reply<R> {
  /**
   * Answers the request. A reply that is null fails it.
   *
   * @param value its reply
   * @throws IllegalStateException if the request was answered before
   */
  void send(R value);

  /**
   * Ends the request with the protocol's own error. It is counted among the failures, and logged
   * with what the request was and why it failed.
   *
   * @param cause why there is no reply
   * @throws IllegalStateException if the request was answered before
   */
  void fail(Throwable cause);

  /**
   * Has something run once nobody waits for the reply any longer: the connection was reset or cut,
   * or the time for the handler is over. It runs at most once, and not where the request is
   * answered before; at once where the reply goes nowhere already. A client that has only ended its
   * own half may still wait for its reply, and is not such a case.
   *
   * @param task ends what is done for the reply; it must not block, since the loop's thread may run
   *     it. What it throws is counted and logged
   */
  void onCancelled(Runnable task);

  /**
   * The thread of the loop that owns the request's connection, for code that goes on there after it
   * has waited for something: it runs tasks in the order in which they are given, each behind what
   * it does at that moment. Where the connection moves to another loop, tasks run there; one that
   * was given just before may then run behind one that was given just after. A task must not block,
   * since all else on the loop waits for it; one that throws is logged. Once the loop has stopped,
   * tasks are refused.
   *
   * @return the same one for all requests of a connection; any thread may give it tasks, and gets a
   *     {@link java.util.concurrent.RejectedExecutionException} where they are refused
   */
  Executor owner();
}
