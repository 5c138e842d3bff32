package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of the content of a request that is read while it arrives. */
public enum ContentRule implements Rule {
  /** A slow handler is felt by its client. */
  GIVEN_AS_ASKED("no more parts are given than were asked for"),
  /** Reactive Streams 1.9. */
  SUBSCRIBED_FIRST("a subscriber is told of its subscription before all else"),
  /** Reactive Streams 1.7. */
  NOTHING_BEHIND_END("a subscriber is told of one end, and of nothing behind it"),
  /** A handler may trust the end. */
  ALL_BEFORE_END("a subscriber is told that content is complete when each part was given"),
  /** None is left out. */
  DROPPED_IS_UNWANTED("a part is dropped where nobody wants it, and nowhere else"),
  /** The loop would take what is left of it for the next request. */
  OVER_BEHIND_END("content is over when its end has come, and not before"),
  /** None is kept back. */
  PART_GOES_SOMEWHERE("each part that a loop takes is given or dropped"),
  /** What has been read is not there any more. */
  READ_ONCE("a second subscriber is refused, and the first one is not told again"),
  /** Nobody waits for what is there. */
  ASKED_IS_GIVEN("a loop does not sleep while a part is there and asked for"),
  /** A handler would wait for ever. */
  END_IS_TOLD("who subscribed and did not cancel is told of the end"),
  /** The next request could not come. */
  UNWANTED_IS_DROPPED("what nobody wants any more is dropped to its end"),
  /** Reactive Streams 3.9. */
  INVALID_IS_TOLD("who asks for no parts or fewer is told so");

  private final String promise;

  ContentRule(String promise) {
    this.promise = promise;
  }

  @Override
  public String of() {
    return "request-content";
  }

  @Override
  public String promise() {
    return promise;
  }

  @Override
  public String toString() {
    return name() + ": " + promise;
  }
}
