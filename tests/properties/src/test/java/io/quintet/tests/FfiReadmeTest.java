package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.Rings;
import io.quintet.ffi.linux.io_uring_params;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import org.junit.jupiter.api.Test;

/** The experiments of ffi/README.md, in the JVM of a jshell: values and traces are as shown. */
@OwnProcesses
class FfiReadmeTest {
  private static final Pattern WITH_VALUE = Pattern.compile("(.*\\S)\\s+// (.+)");
  private static final int EXPERIMENTS_MIN = 10;

  /** What a line shows is compared only where it shows something that is the same each time. */
  private static final Pattern VARIES = Pattern.compile("such as .*|the rest");

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @Test
  void eachBlockPrintsWhatItShows() throws Exception {
    List<Document.Block> blocks =
        Document.of("ffi/README.md").blocks().stream()
            .filter(block -> block.language().equals("java"))
            .toList();
    assertTrue(blocks.size() >= EXPERIMENTS_MIN, blocks.size() + " blocks");
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        JShell shell =
            JShell.builder()
                .remoteVMOptions("--enable-native-access=ALL-UNNAMED")
                .out(out)
                .err(out)
                .build()) {
      shell.addToClasspath(ffi().toString());
      for (Document.Block block : blocks) {
        if (!block.code().contains("Rings.open()") || hasRings()) {
          runs(block, shell);
        }
      }
    }
  }

  private static boolean hasRings() {
    try (Arena arena = Arena.ofConfined()) {
      int ring = Rings.open().setup(1, io_uring_params.allocate(arena).address());
      if (ring < 0) {
        System.out.println("left out: io_uring, " + Errno.describe(ring));
      } else {
        LinuxCalls.open().files().close(ring);
      }
      return ring >= 0;
    }
  }

  private static Path ffi() throws URISyntaxException {
    return Path.of(LinuxCalls.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private void runs(Document.Block block, JShell shell) throws IOException {
    StringBuilder pending = new StringBuilder();
    List<String> shown = new ArrayList<>();
    for (String line : block.lines()) {
      if (line.startsWith("// ")) {
        shown.add(line.substring("// ".length()));
        continue;
      }
      prints(shown);
      Matcher valued = WITH_VALUE.matcher(line);
      boolean hasValue = valued.matches();
      pending.append(hasValue ? valued.group(1) : line).append('\n');
      SourceCodeAnalysis.CompletionInfo whole =
          shell.sourceCodeAnalysis().analyzeCompletion(pending.toString());
      if (whole.completeness().isComplete()) {
        String value = evaluates(whole.source(), shell);
        assertEquals("", whole.remaining().strip(), line);
        if (hasValue && !VARIES.matcher(valued.group(2)).matches()) {
          assertEquals(form(valued.group(2)), form(value), line);
        }
        pending.setLength(0);
      }
    }
    prints(shown);
    assertEquals("", pending.toString(), "is not complete");
  }

  private static String evaluates(String source, JShell shell) {
    String value = "";
    for (SnippetEvent event : shell.eval(source)) {
      assertEquals(null, event.exception(), source);
      if (event.causeSnippet() != null) {
        continue; // an older one, that this one replaces
      }
      assertEquals(
          Snippet.Status.VALID,
          event.status(),
          () ->
              source
                  + shell.diagnostics(event.snippet()).map(each -> each.getMessage(null)).toList());
      value = event.value() == null ? value : event.value();
    }
    return value;
  }

  /** Ports differ from time to time. */
  private static String form(String value) {
    return value.replaceAll("127\\.0\\.0\\.1:\\d+", "127.0.0.1:PORT");
  }

  /**
   * So do numbers of processes and descriptors. Where nothing is shown, anything may be printed.
   */
  private void prints(List<String> shown) {
    if (!shown.isEmpty()) {
      Await.until(
          () -> printed.toString(StandardCharsets.UTF_8).lines().count() >= shown.size(),
          () -> "printed " + printed + " and not " + shown);
      List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
      assertEquals(numberless(shown), numberless(lines));
      shown.clear();
    }
    printed.reset();
  }

  private static List<String> numberless(List<String> lines) {
    return lines.stream().map(line -> line.replaceAll("\\d+", "N")).toList();
  }
}
