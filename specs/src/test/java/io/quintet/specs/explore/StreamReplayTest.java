package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Specs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What became of a reply in parts is what the explored model allows, or it is told where not. */
class StreamReplayTest {
  private static final List<String> TWO_PARTS =
      List.of(
          "stream subscribing SUBSCRIBED",
          "stream waiting PART",
          "reply detached ANSWER",
          "reply ready CONTINUE",
          "stream filled NEXT",
          "stream waiting PART",
          "reply detached ANSWER",
          "reply ready CONTINUE",
          "stream filled NEXT",
          "stream waiting COMPLETE",
          "reply detached ANSWER",
          "stream complete ENDED",
          "reply ready ENCODE");

  private static Optional<String> replay(List<String> seen) {
    return StreamReplay.of(2, Specs::machine).replay(seen);
  }

  @Test
  void aReplyInTwoPartsIsInTheModel() {
    assertEquals(Optional.empty(), replay(TWO_PARTS));
  }

  @Test
  void anotherThreadMayComeBetweenThePartAndItsAnswer() {
    assertEquals(
        Optional.empty(),
        replay(
            List.of(
                "stream subscribing SUBSCRIBED",
                "stream waiting PART",
                "stream filled GIVE_UP",
                "reply detached ANSWER",
                "stream broken ENDED",
                "reply ready ENCODE")));
  }

  /** The machines have each of these transitions, and the model does not where they come. */
  @ParameterizedTest
  @CsvSource({
    "1, reply detached OVERDUE",
    "2, stream filled NEXT",
    "3, reply ready ENCODE",
    "4, stream filled ENDED",
    "9, stream waiting PART",
    "10, reply ready CONTINUE",
    "12, reply ready CONTINUE"
  })
  void whatComesInAnotherOrderIsNot(int at, String other) {
    List<String> seen = new ArrayList<>(TWO_PARTS.subList(0, at));
    seen.add(other);
    String differs = replay(seen).orElseThrow();
    assertTrue(differs.contains("? " + other), differs);
  }

  @ParameterizedTest
  @CsvSource({
    "subscribe, demand",
    "publish, fresh",
    "answer, telling",
    "answer, reply",
    "next, demand",
    "complete, ended",
    "begin, loop"
  })
  void aModelThatLacksAnEffectDoesNotAllowIt(String command, String variable) {
    StreamReplay lacking = StreamReplay.lacking(2, Specs::machine, command, variable);
    assertTrue(lacking.replay(TWO_PARTS).isPresent(), command + " without " + variable);
  }
}
