package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of a reply that comes in parts. */
public enum StreamRule implements Rule {
  /** A slow client holds up who publishes. */
  ASKED_ONE_AT_A_TIME(
      "a part is asked for when the one before is encoded, and by whom it is awaited"),
  /** The first one counts. */
  ONE_SUBSCRIPTION("a second subscription is cancelled"),
  /** No publisher waits for ever. */
  SUBSCRIPTION_IS_USED("a subscription is asked for a part or cancelled"),
  /** None twice, none left out. */
  PART_IS_ENCODED_ONCE("each part that was asked for is encoded once"),
  /** The loop does not look for nothing. */
  READY_HAS_SOMETHING("a streamed reply that is ready has something to be encoded"),
  /** The client may trust the end. */
  WHOLE_IS_ENDED("a reply has its end where all parts came and were encoded, and nowhere else"),
  /** The client learns of a failure, and of nothing else. */
  FAILURE_HAS_CAUSE("a reply without its end had a failure, or was given up"),
  /** Nobody publishes for nobody. */
  PUBLISHER_IS_TOLD("who would publish more is told that nobody takes it"),
  /** Nobody is cut off who is to go on. */
  CANCELLED_AT_THE_END("a publisher is cancelled where its reply is over, and nowhere before"),
  /** Nothing gets stuck. */
  STREAM_ENDS("a streamed reply ends when its publisher does");

  private final String promise;

  StreamRule(String promise) {
    this.promise = promise;
  }

  @Override
  public String of() {
    return "streamed-reply";
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
