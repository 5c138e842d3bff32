package io.quintet.service;

/**
 * A handler that may answer after it has returned, from any thread.
 *
 * @param <Q> request
 * @param <R> reply
 */
@FunctionalInterface
public interface AsyncHandler<Q, R> {
  /**
   * Takes a request. Replies leave in the order of their requests, whatever the order in which they
   * are given.
   *
   * @param request the request
   * @param reply where its reply goes, now or later
   * @throws Exception anything; it ends this request alone
   */
  void handle(Q request, Reply<R> reply) throws Exception;
}
