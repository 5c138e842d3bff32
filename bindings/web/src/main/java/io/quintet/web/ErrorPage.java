package io.quintet.web;

import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;

/** What a client gets in place of an answer. */
@FunctionalInterface
public interface ErrorPage {
  /** One line of plain text. */
  ErrorPage PLAIN = (_, status, message) -> HttpResponse.text(status, message + "\n");

  /**
   * Makes the page. What it throws leads to {@link #PLAIN}.
   *
   * @param request what cannot be answered
   * @param status 400 to 599: 404 where no route has the path, 405 where none of those has the
   *     method (the router adds Allow), 400, 413 or 415 where the request is malformed, 500 where
   *     the handler failed, 503 where it did not answer in time
   * @param message what is wrong, in a few words that the client may read; nothing of the failure
   *     itself
   * @return the response, usually with that status; it is made on a loop's thread, so it must not
   *     block
   */
  HttpResponse of(HttpRequest request, int status, String message);
}
