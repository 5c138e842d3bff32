package io.quintet.service;

/**
 * The user's code: a request in, its reply out.
 *
 * <p>Called on the thread that the topology says. Where that is a loop, a handler that blocks holds
 * up every connection of it; where there are several loops or workers, several threads call at
 * once. An exception ends the one request with the protocol's own error.
 *
 * @param <Q> request
 * @param <R> reply
 */
@FunctionalInterface
public interface Handler<Q, R> {
  /**
   * Answers a request.
   *
   * @param request the request
   * @return its reply
   * @throws Exception anything; it ends this request alone
   */
  R handle(Q request) throws Exception;
}
