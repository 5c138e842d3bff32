package io.quintet.tests;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Machine;
import io.quintet.specs.Specs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents refer to is there, what they show compiles, and claims name their test. */
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#]+)[^)]*\\)");
  private static final Pattern TEST = Pattern.compile("\\b[A-Z]\\w+(?:Test|Suite)\\b");
  private static final Pattern PUBLIC =
      Pattern.compile("^public (?:final )?class (\\w+)", Pattern.MULTILINE);
  private static final Pattern CLAIM =
      Pattern.compile("\\b(?:never|always|all|no)\\b", Pattern.CASE_INSENSITIVE);

  /** What may stand beside the folders of the modules. */
  private static final Set<String> TOP =
      Set.of("pom.xml", "README.md", "LICENSE", "core", "ffi", "bindings", "specs", "tests");

  /** Events of a listener that finds the descriptors used up, and of what follows. */
  private static final Set<String> WITHOUT_DESCRIPTORS =
      Set.of(
          "LIMIT", "OVERFLOW", "TURN", "BEHIND", "IN_VAIN", "SHED", "ACCEPT_PAUSE", "AGAIN", "DUE");

  /** What the snippets of the library's pages take for granted. */
  private static final String GIVEN =
      """
      import io.quintet.*;
      import io.quintet.codec.*;
      import io.quintet.http.*;
      import io.quintet.websocket.*;
      import io.quintet.testkit.QuintetProperties;
      import io.quintet.testkit.SteppedWorld;
      import java.io.IOException;
      import java.io.OutputStream;
      import java.net.Socket;
      import java.nio.charset.StandardCharsets;
      import java.util.*;
      import java.util.concurrent.*;
      import org.jspecify.annotations.Nullable;
      import org.junit.jupiter.api.Test;
      import static org.junit.jupiter.api.Assertions.assertEquals;
      """;

  private static final String AROUND =
      """
      abstract class Snippet%d {
        interface Client { CompletionStage<String> fetch(String line); }
        Client client;
        ExecutorService pool;
        List<Map.Entry<String, String>> headers;
        abstract String lookup(String line);
        abstract void export(OutputStream out);
        %s
      }
      """;

  private static boolean isOfTheLibrary(Document document) {
    return document.name().startsWith("core/");
  }

  private static boolean isHeldToItsClaims(Document document) {
    return isOfTheLibrary(document)
        || Set.of("README.md", "bindings/cli/README.md").contains(document.name());
  }

  private static Stream<String> all(Pattern pattern, String text, int group) {
    return pattern.matcher(text).results().map((MatchResult match) -> match.group(group));
  }

  @Test
  void whatIsLinkedToExists() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Document document : Document.all()) {
      for (String link : all(LINK, String.join("\n", document.prose()), 1).toList()) {
        links++;
        if (!Files.exists(document.file().resolveSibling(link))) {
          broken.add(document.name() + " -> " + link);
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 50, links + " links were found");
  }

  @Test
  void testsThatAreNamedExist() throws IOException {
    Set<String> known;
    try (Stream<Path> files = Files.walk(Document.ROOT)) {
      known =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches("\\w+\\.(java|kt|scala)"))
              .map(name -> name.substring(0, name.indexOf('.')))
              .collect(toSet());
    }
    for (Document document : Document.all()) {
      List<String> unknown =
          all(TEST, String.join("\n", document.prose()), 0)
              .filter(name -> !known.contains(name))
              .toList();
      assertEquals(List.of(), unknown, document.name());
    }
  }

  @Test
  void whatIsClaimedOfEverythingNamesTheTestThatHoldsIt() throws IOException {
    List<String> bare =
        Document.all().stream()
            .filter(DocumentsTest::isHeldToItsClaims)
            .flatMap(document -> document.sentences().stream())
            .filter(text -> CLAIM.matcher(text.replaceAll("`[^`]*`", "")).find())
            .filter(text -> !TEST.matcher(text).find())
            .toList();
    assertEquals(List.of(), bare);
  }

  @Test
  void whatTheLibrarysPagesShowCompiles(@TempDir Path folder) throws IOException {
    List<String> line =
        new ArrayList<>(List.of("-proc:none", "-nowarn", "-d", folder.toString(), "-cp"));
    line.add(System.getProperty("java.class.path"));
    int count = 0;
    for (Document document : Document.all()) {
      for (Document.Block block : document.blocks()) {
        boolean shows =
            isOfTheLibrary(document) || document.name().equals("tests/testkit/README.md");
        if (shows && block.language().equals("java")) {
          Path unit = Files.createDirectory(folder.resolve("unit" + count));
          String source = unit(block.code(), count++);
          line.add(Files.writeString(unit.resolve(file(source)), source).toString());
        }
      }
    }
    assertTrue(count > 8, count + " blocks were found");
    var said = new java.io.ByteArrayOutputStream();
    int status =
        ToolProvider.getSystemJavaCompiler().run(null, said, said, line.toArray(String[]::new));
    assertEquals(0, status, said.toString());
  }

  /** A class that is public has a file of its name. */
  private static String file(String source) {
    return all(PUBLIC, source, 1).findFirst().orElse("Unit") + ".java";
  }

  private static String unit(String code, int number) {
    if (code.startsWith("import ") || code.startsWith("package ")) {
      return code;
    }
    if (code.contains("class ")) {
      return GIVEN + code;
    }
    String member = code.startsWith("@") ? code : "void show() throws Exception {\n" + code + "}";
    return GIVEN + AROUND.formatted(number, member);
  }

  @Test
  void theInternalsNameEachPackage() throws IOException {
    Path sources = Document.ROOT.resolve("core/src/main/java");
    String internals = String.join("\n", Document.of("core/INTERNALS.md").prose());
    try (Stream<Path> files = Files.walk(sources)) {
      List<String> missing =
          files
              .filter(file -> file.endsWith("package-info.java"))
              .map(file -> sources.relativize(file.getParent()).toString())
              .filter(name -> !internals.contains("](src/main/java/" + name + ")"))
              .toList();
      assertEquals(List.of(), missing, "core/INTERNALS.md does not name them");
    }
  }

  @Test
  void whatHappensWithoutDescriptorsIsWhatTheSpecsSay() throws IOException {
    String page = "core/README.md";
    String text = Files.readString(Document.ROOT.resolve(page));
    String begin = "<!-- written by DocumentsTest from dispositions.json and listener.json -->\n";
    int from = text.indexOf(begin) + begin.length();
    String tables = errors() + "\n" + steps();
    Document.isWritten(
        page, text.substring(0, from) + tables + text.substring(text.indexOf("<!-- end -->")));
  }

  private static String errors() {
    StringBuilder table = new StringBuilder("| error | of | follows |\n|---|---|---|\n");
    for (String errno : List.of("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")) {
      Map<String, Set<String>> calls = new TreeMap<>();
      Specs.dispositions()
          .forEach(
              (call, errnos) -> {
                if (errnos.containsKey(errno)) {
                  String what = errnos.get(errno).name().toLowerCase(Locale.ROOT);
                  calls.computeIfAbsent(what.replace('_', '-'), _ -> new TreeSet<>()).add(call);
                }
              });
      calls.forEach(
          (what, of) ->
              table.append("| %s | %s | %s |%n".formatted(errno, String.join(", ", of), what)));
    }
    return table.toString();
  }

  /** The way of a listener from the event that an error is to where it accepts again. */
  private static String steps() {
    Machine listener = Specs.machine("listener");
    StringBuilder table =
        new StringBuilder("| listener is | event | then it is | and does |\n|---|---|---|---|\n");
    for (String state : List.of("accepting", "shedding", "paused", "counting")) {
      listener
          .transitions(listener.states().get(state))
          .forEach(
              (event, next) -> {
                if (WITHOUT_DESCRIPTORS.contains(event)) {
                  String action = next.action().map(name -> does(listener, name)).orElse("");
                  table.append(
                      "| %s | `%s` | %s | %s |%n".formatted(state, event, next.target(), action));
                }
              });
    }
    return table.toString();
  }

  private static String does(Machine listener, String action) {
    String description = listener.actions().get(action).description();
    return "`" + action + "`: " + description.split("[.;]")[0];
  }

  @Test
  void nothingElseStandsAtTheTop() throws Exception {
    Command.needs("git");
    Command.Result listed =
        Command.run("git", "-C", Document.ROOT.toString(), "ls-tree", "--name-only", "HEAD");
    assertEquals(0, listed.exit(), listed.err());
    List<String> others =
        listed.out().lines().filter(name -> !name.startsWith(".") && !TOP.contains(name)).toList();
    assertEquals(List.of(), others);
  }
}
