package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of servers that follow one another. */
public enum TakeoverRule implements Rule {
  /** A client is never without anybody who accepts it. */
  SOMEBODY_LISTENS(
      "successor", "a server that serves gives up only where the one before it serves on"),
  /** It would serve only some of the clients, and the others would be nobody's. */
  SERVES_ALL("successor", "a server that takes over serves with all listeners of the one before"),
  /** It would go, and nobody would serve. */
  TOLD_WHEN_SERVING("successor", "who says that it serves does"),
  /** What was lost on the way is not waited for in vain. */
  ASKED_IN_TIME("successor", "what was asked for is asked for again when it is time"),
  /** Nobody would go. */
  TAKEN_WAS_LEFT("successor", "a server that has taken over was told so, or found nobody"),
  /** Nobody would serve. */
  LEFT_IS_TAKEN("successor", "a server that was told, or found nobody, does not fail"),
  /** One that hangs holds up nobody. */
  START_ENDS("successor", "a start ends, whatever the server before does or leaves"),
  /** A listener that nobody accepts from keeps clients for ever. */
  TAKEN_IS_CLOSED("successor", "of the listeners that came, those that are not served are closed"),
  /** Likewise, on the other side. */
  SHARED_IS_CLOSED("predecessor", "a listener on its way is sent or dropped, and closed once"),
  /** Two would serve beside each other, and one of them not know it. */
  ONE_IS_RELIEVED("predecessor", "one server alone is told that it serves alone"),
  /** It would get what a third one is to have. */
  GIVEN_TO_ONE("predecessor", "listeners are given to one server at a time"),
  /** The next one needs it. */
  NAME_IS_FREE("predecessor", "the socket's name is free where a server is told that it is"),
  /** Nobody would serve. */
  RELIEVED_IS_TOLD("predecessor", "a server goes where the next one serves and was told"),
  /** It would wait to no end. */
  ASKED_IS_GIVEN("predecessor", "who asks for a listener is given it or refused"),
  /** The other server asks again. */
  PASSING_COSTS_NOTHING("predecessor", "a connection is closed where it is broken, and not before"),
  /** What is left of it would be kept for ever. */
  CONVERSATION_ENDS(
      "predecessor", "with its connection a takeover ends, once no listener is on its way"),
  /** Another one can follow. */
  PLACE_IS_FREED("predecessor", "who has gone without taking over holds up nobody");

  private final String of;
  private final String promise;

  TakeoverRule(String of, String promise) {
    this.of = of;
    this.promise = promise;
  }

  @Override
  public String of() {
    return of;
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
