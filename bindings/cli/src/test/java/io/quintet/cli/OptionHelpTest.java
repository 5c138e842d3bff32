package io.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ServerOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The help of {@code serve} says what the table of options says. */
class OptionHelpTest {
  private final CommandLine serve = Main.commandLine().getSubcommands().get("serve");

  @Test
  void eachOptionIsListedWithItsText() {
    List<String> lines = serve.getUsageMessage().lines().map(String::strip).toList();
    String flowing = String.join(" ", lines).replace(" ", "");
    for (ServerOption option : ServerOption.all()) {
      assertTrue(
          lines.stream().anyMatch(line -> line.startsWith(option.name() + " ")), option.name());
      assertTrue(flowing.contains(option.text().replace(" ", "")), option.text());
      assertTrue(flowing.contains("Valid:" + option.valid().replace(" ", "")), option.valid());
    }
  }

  @Test
  void optionsOfTheCommandAreDescribedByTheTable() {
    for (String name : List.of("loops", "workers", "backends", "policy", "steer", "pin", "port")) {
      OptionSpec spec = serve.getCommandSpec().findOption("--" + name);
      String text =
          ServerOption.all().stream()
              .filter(option -> option.name().equals(name))
              .findFirst()
              .orElseThrow()
              .text();
      assertEquals(text, String.join(" ", spec.description()));
    }
  }
}
