package io.quintet.web;

import io.quintet.codec.ProtocolException;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Makes error pages, by the user's code as long as that does not fail. */
record ErrorPages(ErrorPage page) {
  private static final Logger LOG = System.getLogger(ErrorPages.class.getName());
  private static final int FAILED = 500;
  private static final int LATE = 503;

  HttpResponse of(HttpRequest request, int status, String message) {
    try {
      HttpResponse made = page.of(request, status, message);
      if (made != null) {
        return made;
      }
      LOG.log(Level.WARNING, "the error page of status {0} is null", status);
    } catch (RuntimeException failure) {
      LOG.log(Level.WARNING, "the error page of status " + status + " failed", failure);
    }
    return ErrorPage.PLAIN.of(request, status, message);
  }

  HttpResponse of(HttpRequest request, Throwable failure) {
    ProtocolException refusal = refusal(failure);
    if (refusal != null) {
      return of(request, refusal.code(), String.valueOf(refusal.getMessage()));
    }
    return status(failure) == LATE
        ? of(request, LATE, "The handler did not answer in time.")
        : of(request, FAILED, "The handler failed.");
  }

  /** What a client is told of a failure: the status, as the codec has it. */
  static int status(Throwable failure) {
    ProtocolException refusal = refusal(failure);
    if (refusal != null) {
      return refusal.code();
    }
    return failure instanceof TimeoutException ? LATE : FAILED;
  }

  /** What is wrong with the request, where that is why the handler failed; or null. */
  static @Nullable ProtocolException refusal(Throwable failure) {
    if (failure instanceof ProtocolException refusal) {
      return refusal;
    }
    Throwable cause = failure.getCause();
    return cause == null || cause == failure ? null : refusal(cause);
  }
}
