package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.layer.LayerActions;
import io.quintet.layer.LayerConnection;
import io.quintet.layer.LayerProvider;
import io.quintet.specs.Drawing;
import io.quintet.specs.Machine;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Transitions;
import io.quintet.testkit.SteppedWorld;
import java.io.IOException;
import java.io.StringReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a layer of a user's own may do, and what happens where it does something else. */
class LayerRulesTest {
  private static final String LINE = "hello\n";

  private static final String MACHINE =
      """
      { "id": "trying", "description": "does what it is told", "initial": "asking",
        "states": {
          "asking": { "description": "waits for a letter",
            "on": { "RECEIVED": { "target": "asking", "actions": "ask" },
                    "MORE": { "target": "asking" },
                    "YES": { "target": "admitted" },
                    "STEP": { "target": "working" },
                    "LOST": { "target": "gone" } } },
          "working": { "description": "a step is computed",
            "on": { "COMPUTED": { "target": "working", "actions": "look" },
                    "NO": { "target": "gone" },
                    "LOST": { "target": "gone" } } },
          "admitted": { "description": "served", "type": "final" },
          "gone": { "description": "not served", "type": "final" } },
        "meta": { "actions": {
          "ask": { "description": "reads a letter", "outcomes": ["MORE", "YES", "STEP"] },
          "look": { "description": "says no", "outcomes": ["NO"] } } } }
      """;

  /** Events of that machine. */
  public enum Event {
    RECEIVED,
    MORE,
    YES,
    STEP,
    COMPUTED,
    NO,
    LOST
  }

  /** Its actions. */
  public enum Action {
    ASK,
    LOOK
  }

  /** A layer that does what a letter says. */
  public static class Trying implements LayerProvider<Event, Action> {
    @Override
    public Transitions<Event, Action> transitions() {
      return Transitions.of(
          SpecReader.machine("trying.json", new StringReader(MACHINE)), Event.class, Action.class);
    }

    @Override
    public LayerActions<Event, Action> begin(LayerConnection connection) {
      return action -> action == Action.LOOK ? Event.NO : ask(connection);
    }

    private static Event ask(LayerConnection connection) {
      switch (connection.received().peek(0)) {
        case 'a' -> {
          connection.received().skip(1);
          connection.say("ok\n".getBytes(US_ASCII));
          return Event.YES;
        }
        case 'n' -> {
          connection.say("no\n".getBytes(US_ASCII));
          connection.compute(() -> {});
          return Event.STEP;
        }
        case 's' -> {
          connection.compute(
              () -> {
                throw new IllegalStateException("a step that is meant to fail");
              });
          return Event.STEP;
        }
        case 'w' -> {
          return Event.STEP; // and gives none
        }
        case 'c' -> {
          connection.compute(() -> {});
          return Event.MORE; // and does not wait for it
        }
        case 't' -> throw new IllegalStateException("an action that is meant to fail");
        default -> {
          return Event.MORE; // and leaves the bytes
        }
      }
    }
  }

  /** One whose machine waits for nothing. */
  public static final class Deaf extends Trying {
    @Override
    public Transitions<Event, Action> transitions() {
      return Transitions.of(
          SpecReader.machine(
              "deaf.json",
              new StringReader(
                  MACHINE
                      .replace("\"trying\"", "\"deaf\"")
                      .replace(
                          "\"actions\": \"look\" }",
                          "\"actions\": \"look\" },\n\"RECEIVED\": { \"target\": \"working\" }"))),
          Event.class,
          Action.class);
    }
  }

  /** One that cannot be made. */
  public static final class Broken extends Trying {
    /** Fails. */
    public Broken() {
      throw new IllegalStateException("its secret is missing");
    }
  }

  @TempDir private Path folder;

  private Server start(Class<?> provider, String id, ServerBuilder builder) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(LayerProvider.class.getName()), provider.getName());
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, LayerRulesTest.class.getClassLoader())) {
      thread.setContextClassLoader(loader);
      return builder.option("layer", id).start();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static ServerBuilder lines() {
    return Quintet.server(Line.codec(), line -> line);
  }

  private Server trying() throws IOException {
    return start(Trying.class, "trying", lines());
  }

  @Test
  void whatALayerSaysReachesAlsoWhomItDoesNotLetIn() throws IOException {
    try (Server server = trying();
        Client yes = new Client(server.port());
        Client no = new Client(server.port())) {
      assertEquals("ok", yes.send("a" + LINE).receiveLine());
      assertEquals("hello", yes.receiveLine());
      assertEquals("no\n", no.send("n" + LINE).receiveAllText());
    }
  }

  @Test
  void whatALayerThrowsEndsItsConnectionAloneAndIsLogged() throws IOException {
    try (ServerLog log = new ServerLog();
        Server server = trying();
        Client other = new Client(server.port())) {
      assertEquals("ok", other.send("a" + LINE).receiveLine());
      assertEquals("hello", other.receiveLine());
      for (String letter : new String[] {"t", "s", "w", "c"}) {
        try (Client client = new Client(server.port())) {
          assertTrue(client.send(letter).receiveAllOrReset().isEmpty(), letter);
        }
      }
      assertEquals("hello", other.send(LINE).receiveLine());
      assertTrue(
          log.linesWith("connection").stream().anyMatch(line -> line.contains("handshaking")),
          "the log has the last transitions");
    }
  }

  @Test
  void bytesThatAreLeftAreBounded() throws IOException {
    try (Server server = start(Trying.class, "trying", lines().option("readBufferBytes", 4096));
        Client client = new Client(server.port())) {
      client.send(new byte[4096]);
      assertTrue(client.receiveAllOrReset().isEmpty());
      assertEquals(1, Stats.sum(server, "refusedUnadmitted"));
    }
  }

  @Test
  void aLayerThatCannotBeUsedEndsTheStartWithASentence() {
    refused("option layer is other; valid is trying", () -> start(Trying.class, "other", lines()));
    refused(
        "option layer is other; valid is none, since no jar brings one",
        () -> lines().option("layer", "other").start());
    refused(
        "machine deaf is none of a transport layer: \"working\" takes both",
        () -> start(Deaf.class, "deaf", lines()));
    refused(
        "option layer is trying; a jar's layer cannot be made: its secret is missing",
        () -> start(Broken.class, "trying", lines()));
  }

  private static void refused(String sentence, org.junit.jupiter.api.function.Executable start) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, start);
    assertTrue(e.getMessage().startsWith(sentence), e.getMessage());
  }

  @Test
  void eachCutOfTheAnswerIsTheSame() throws IOException {
    try (LayerJar layer = LayerJar.in(folder)) {
      SteppedWorld world = new SteppedWorld();
      try (Server server = layer.start(lines().in(world))) {
        for (int cut = 1; cut < LayerJar.BYTES + LINE.length(); cut++) {
          try (Client client = new Client(server.port())) {
            client.send(new byte[] {LayerJar.HELLO});
            turnUntilSaid(world, client, LayerJar.BYTES);
            byte[] all = LayerJar.answer(client.receive(LayerJar.BYTES), LINE);
            client.send(Arrays.copyOf(all, cut));
            turnUntilWorked(world);
            client.send(Arrays.copyOfRange(all, cut, all.length));
            turnUntilSaid(world, client, LINE.length());
            assertArrayEquals(LINE.getBytes(US_ASCII), client.receive(LINE.length()), "cut " + cut);
          }
        }
        assertEquals(0, Stats.sum(server, "refusedUnadmitted"));
      }
    }
  }

  /** What was sent is there when send(2) returns, so it takes one turn to receive it. */
  private static void turnUntilWorked(SteppedWorld world) {
    Await.until(() -> world.turn() > 0, "the loop has received a part");
  }

  private static void turnUntilSaid(SteppedWorld world, Client client, int count) {
    Await.until(
        () -> {
          world.turn();
          return client.available() >= count;
        },
        "the server has said " + count + " bytes");
  }

  @Test
  void thePageDrawsTheMachineOfTheExample() throws IOException {
    Machine machine =
        (Machine) SpecReader.read(Document.ROOT.resolve("specs/examples/" + LayerJar.ID + ".json"));
    String drawn =
        Document.of(LayerJar.PAGE).blocks().stream()
            .filter(block -> block.language().equals("mermaid"))
            .findFirst()
            .orElseThrow()
            .code();
    assertEquals(Drawing.mermaid(machine), drawn);
  }
}
