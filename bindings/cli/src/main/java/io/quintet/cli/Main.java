package io.quintet.cli;

import io.quintet.ffi.LinuxException;
import io.quintet.specs.SpecException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeoutException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command's entry: parses, runs, and turns what goes wrong into one line and an exit code. */
@Command(
    name = "quintet",
    description = "One handler under five patterns of threads and sockets.",
    mixinStandardHelpOptions = true,
    version = "quintet 0.1.0-SNAPSHOT",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; for serve, drained on SIGTERM or SIGINT",
      "1:could not be started or went wrong",
      "2:the command line is not valid",
      "3:drained, but connections were cut at the deadline"
    },
    subcommands = {
      ServeCommand.class,
      LabCommand.class,
      TopCommand.class,
      RearrangeCommand.class,
      LoadCommand.class,
      CompareCommand.class,
      SpecCommand.class,
      DoctorCommand.class,
      AutoComplete.GenerateCompletion.class
    })
final class Main {
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int CUT = 3;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine quintet = new CommandLine(new Main());
    OptionHelp.addTo(quintet.getSubcommands().get("serve"));
    return quintet
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::refuse)
        .setExecutionExceptionHandler((e, command, _) -> fail(e, command));
  }

  private static int refuse(ParameterException e, String... arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String reason = e.getMessage().lines().findFirst().orElse("not valid");
    command.getErr().println(name + ": " + reason + "; see " + name + " --help");
    return USAGE;
  }

  private static int fail(Exception e, CommandLine command) throws Exception {
    return switch (e) {
      case IllegalArgumentException _, SpecException _ -> say(e, command, USAGE);
      case LinuxException _, UnsupportedOperationException _, CommandException _ ->
          say(e, command, FAILED);
      case UncheckedIOException _ -> say(e, command, FAILED);
      case IllegalStateException late when late.getCause() instanceof TimeoutException ->
          say(e, command, FAILED);
      case IOException _ -> {
        // Its message may be the name of a file alone.
        command
            .getErr()
            .println("quintet: " + e.getClass().getSimpleName() + ": " + e.getMessage());
        yield FAILED;
      }
      default -> throw e;
    };
  }

  private static int say(Exception e, CommandLine command, int code) {
    command.getErr().println("quintet: " + e.getMessage());
    return code;
  }
}
