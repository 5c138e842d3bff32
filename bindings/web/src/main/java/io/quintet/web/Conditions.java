package io.quintet.web;

import io.quintet.http.HttpRequest;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions of a request for something that is there, RFC 9110 §13, judged in the order of
 * §13.2.2.
 *
 * @param request the request
 * @param etag a strong entity tag, with its quotation marks
 * @param modified when it was modified, in whole seconds
 * @param now the time
 */
record Conditions(HttpRequest request, String etag, Instant modified, Instant now) {
  static final int MET = 200;
  private static final int NOT_MODIFIED = 304;
  private static final int PRECONDITION_FAILED = 412;

  /** RFC 9110 §8.8.3. */
  private static final Pattern TAG = Pattern.compile("\\s*(W/)?(\"[^\"]*\")\\s*(,|$)");

  private Optional<Instant> date(String name) {
    return Fields.joined(request, name).flatMap(text -> HttpDates.parse(text, now));
  }

  /** 200 where the conditions are met, or else 304 or 412. */
  int status() {
    boolean reading = request.method().equals("GET") || request.method().equals("HEAD");
    Optional<String> match = Fields.joined(request, "If-Match");
    boolean met =
        match.isPresent()
            ? isNamed(match.get(), false)
            : !date("If-Unmodified-Since").map(modified::isAfter).orElse(false);
    if (!met) {
      return PRECONDITION_FAILED;
    }
    Optional<String> noneMatch = Fields.joined(request, "If-None-Match");
    if (noneMatch.isPresent()) {
      boolean same = isNamed(noneMatch.get(), true);
      return same ? (reading ? NOT_MODIFIED : PRECONDITION_FAILED) : MET;
    }
    boolean old = reading && date("If-Modified-Since").map(d -> !modified.isAfter(d)).orElse(false);
    return old ? NOT_MODIFIED : MET;
  }

  /**
   * The field Range, where it counts: RFC 9110 §13.1.5. A date in If-Range must be the very one
   * that was told.
   */
  Optional<String> range() {
    Optional<String> range = Fields.joined(request, "Range");
    Optional<String> condition = Fields.joined(request, "If-Range");
    if (range.isEmpty() || condition.isEmpty() || !request.method().equals("GET")) {
      return request.method().equals("GET") ? range : Optional.empty();
    }
    boolean same =
        condition.get().equals(etag)
            || HttpDates.parse(condition.get(), now).equals(Optional.of(modified));
    return same ? range : Optional.empty();
  }

  /** Whether a list names the tag, RFC 9110 §8.8.3.2. */
  private boolean isNamed(String list, boolean weakly) {
    if (list.strip().equals("*")) {
      return true;
    }
    Matcher tags = TAG.matcher(list);
    while (tags.lookingAt()) {
      if (tags.group(2).equals(etag) && (weakly || tags.group(1) == null)) {
        return true;
      }
      tags.region(tags.end(), list.length());
    }
    return false;
  }
}
