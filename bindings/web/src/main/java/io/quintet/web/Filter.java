package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Reply;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * Stands before the routes and sees every request, also one for which there is no route. It answers
 * itself, or lets the next one answer and may change what that gives.
 */
@FunctionalInterface
public interface Filter {
  /**
   * Takes a request.
   *
   * @param request the request, whose route is not known yet: it has no path parameters
   * @param reply where the reply goes
   * @param next the filters behind this one, and at last the routes
   * @throws Exception anything; it ends this request alone
   */
  void handle(
      WebRequest request,
      Reply<HttpResponse> reply,
      AsyncHandler<? super WebRequest, HttpResponse> next)
      throws Exception;

  /**
   * A filter that changes responses.
   *
   * @param change gives another response, or the same; on the thread that has answered, so it must
   *     not block. It is not asked where a handler fails
   * @return the filter
   */
  static Filter ofResponse(BiFunction<? super WebRequest, HttpResponse, HttpResponse> change) {
    Objects.requireNonNull(change, "change");
    return (request, reply, next) ->
        next.handle(request, new ChangedReply(reply, response -> change.apply(request, response)));
  }
}
