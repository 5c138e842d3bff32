package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.SpecException;
import io.quintet.specs.SpecReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state of a transport layer whose peer does what it likes. */
class LayerRunTest {
  private static final int STATES_MAX = 100_000;
  private static final String LOST = "\"LOST\": { \"target\": \"abandoned\" }";

  private static String text() throws IOException {
    return Files.readString(
        Path.of(System.getProperty("quintet.root", ".."), "specs/examples/shared-secret.json"));
  }

  private static Machine machine(String text) {
    return SpecReader.machine("shared-secret.json", new StringReader(text));
  }

  private static String changed(String from, String to) throws IOException {
    String text = text();
    assertTrue(text.contains(from), from);
    return text.replace(from, to);
  }

  private static String arrow(String event, String target) {
    return "\"" + event + "\": { \"target\": \"" + target;
  }

  @Test
  void theExampleAdmitsOnlyWhoseAnswerWasRight() throws IOException {
    Exploration.Found found = Exploration.exploreLayer(machine(text()), STATES_MAX);
    System.out.printf("shared-secret: %,d states%n", found.states());
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
    assertTrue(found.states() > 50, found.toString());
  }

  @ParameterizedTest
  @CsvSource({"WRONG, refused", "INCOMPLETE, challenged", "UNKNOWN, refused"})
  void aLayerThatAdmitsWhoseAnswerWasNotCheckedIsFound(String event, String from)
      throws IOException {
    String text = changed(arrow(event, from), arrow(event, "admitted"));
    Exploration.Found found = Exploration.exploreLayer(machine(text), STATES_MAX);
    assertEquals(Optional.of("REPORTED_BEFORE"), found.violation().map(Rule::name));
    assertEquals("admitted without RIGHT", found.where());
    assertTrue(found.trace().getLast().contains(event), found.trace().toString());
  }

  @Test
  void actionsThatFollowEachOtherForEverAreFound() throws IOException {
    String again = "\"actions\": \"answer\" }";
    String text =
        changed(
            "\"INCOMPLETE\": { \"target\": \"challenged\" }",
            arrow("INCOMPLETE", "challenged") + "\", " + again);
    Exploration.Found found = Exploration.exploreLayer(machine(text), STATES_MAX);
    assertEquals(Optional.of("ACTIONS_END"), found.violation().map(Rule::name));
  }

  @Test
  void anInvariantThatNoActionReportsIsRefused() throws IOException {
    String text = changed("[\"RIGHT\"]", "[\"RIHGT\"]");
    SpecException e = assertThrows(SpecException.class, () -> machine(text));
    assertTrue(
        e.getMessage().contains("RIHGT is neither a fact nor an outcome of an action"),
        e.getMessage());
  }

  @Test
  void aMachineThatIsNoneOfALayerIsRefusedWithAReason() throws IOException {
    refused(text().replace("\"admitted\"", "\"accepted\""), "it has no final state \"admitted\"");
    refused(
        changed(
            "\"COMPUTED\": { \"target\": \"checking\", \"actions\": \"judge\" }",
            "\"RECEIVED\": { \"target\": \"checking\" },"
                + " \"COMPUTED\": { \"target\": \"checking\", \"actions\": \"judge\" }"),
        "\"checking\" takes both of RECEIVED and COMPUTED; valid is one");
    refused(
        changed("        " + LOST, "        \"LEFT\": { \"target\": \"abandoned\" }"),
        "\"greeting\" has no LOST that leads, without an action, to a final state but"
            + " \"admitted\"");
    refused(
        text().replaceFirst(Pattern.quote(LOST), arrow("LOST", "admitted") + "\" }"),
        "\"greeting\" has no LOST");
    refused(
        text().replace("UNKNOWN", "COMPUTED"),
        "an action reports COMPUTED, which comes from outside");
  }

  private static void refused(String text, String why) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Exploration.exploreLayer(machine(text), STATES_MAX));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }
}
