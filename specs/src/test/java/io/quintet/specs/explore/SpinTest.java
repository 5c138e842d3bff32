package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.specs.Machine;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.explore.engine.Explorer;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Promela;
import io.quintet.specs.explore.model.Bounds;
import io.quintet.specs.explore.model.Composition;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The checker is checked: spin comes to the same verdict on the same model. */
@Execution(ExecutionMode.CONCURRENT)
class SpinTest {
  private static final Pattern STORED = Pattern.compile("(\\d+) states, stored");
  private static final Bounds REQUESTS =
      Bounds.ALL.stream().filter(bounds -> bounds.name().equals("requests")).findFirst().get();

  @BeforeAll
  static void needsSpin() throws Exception {
    for (String program : List.of("spin", "gcc")) {
      boolean installed = isInstalled(program);
      if (!installed) {
        System.out.println("left out: what needs " + program + ", which is not installed");
      }
      assumeTrue(installed, "skipped: " + program + " is not installed");
    }
  }

  private static boolean isInstalled(String program) throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
  }

  private static Model model(Function<String, Machine> machines) {
    return Composition.of(Specs.topology("single-thread"), REQUESTS, machines);
  }

  @Test
  void spinReachesAsManyStatesAndFindsNothingWrong(@TempDir Path folder) throws Exception {
    Model model = model(Specs::machine);
    Explorer.Result result = Explorer.explore(model, 100_000);
    String spin = spin(model, folder);
    assertTrue(result.violation().isEmpty());
    assertTrue(spin.contains("errors: 0"), spin);
    Matcher stored = STORED.matcher(spin);
    assertTrue(stored.find(), spin);
    assertEquals(result.states(), Integer.parseInt(stored.group(1)));
    System.out.printf("%d states here, %s in spin%n", result.states(), stored.group(1));
  }

  @Test
  void spinFindsBrokenWhatIsFoundBrokenHere(@TempDir Path folder) throws Exception {
    String right = "\"END_OF_STREAM\": { \"target\": \"ending\", \"actions\": \"flush\" }";
    String text = Specs.text("connection");
    assertTrue(text.contains(right));
    String wrong =
        text.replace(
            right, "\"END_OF_STREAM\": { \"target\": \"closed\", \"actions\": \"close\" }");
    Machine broken = SpecReader.machine("connection.json", new StringReader(wrong));
    Model model = model(id -> id.equals("connection") ? broken : Specs.machine(id));
    assertFalse(Explorer.explore(model, 100_000).violation().isEmpty());
    String spin = spin(model, folder);
    assertTrue(spin.contains("errors: 1"), spin);
    assertTrue(spin.contains("assertion violated"), spin);
  }

  private static String spin(Model model, Path folder) throws Exception {
    Files.writeString(folder.resolve("model.pml"), Promela.of(model));
    run(folder, "spin", "-a", "model.pml");
    run(
        folder,
        "gcc",
        "-O0",
        "-w",
        "-DSAFETY",
        "-DNOREDUCE",
        "-DNOCLAIM",
        "-DVECTORSZ=4096",
        "-o",
        "pan",
        "pan.c");
    return run(folder, "./pan", "-m1000000", "-E");
  }

  private static String run(Path folder, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return out;
  }
}
