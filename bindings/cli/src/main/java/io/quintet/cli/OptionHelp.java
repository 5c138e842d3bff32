package io.quintet.cli;

import io.quintet.ServerOption;
import java.util.ArrayList;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What the table of server options says, in the help of {@code serve}. */
final class OptionHelp {
  private static final String SECTION = "serverOptions";
  private static final int INDENT = 2;
  private static final int NAME_WIDTH = 27;

  private OptionHelp() {}

  /** Describes options of the command that stand for one of a server, and lists all of these. */
  static void addTo(CommandLine serve) {
    serve.setResourceBundle(new Descriptions());
    List<String> sections = new ArrayList<>(serve.getHelpSectionKeys());
    sections.add(sections.indexOf(UsageMessageSpec.SECTION_KEY_FOOTER_HEADING), SECTION);
    serve.setHelpSectionKeys(sections);
    serve.getHelpSectionMap().put(SECTION, OptionHelp::list);
  }

  private static String list(Help help) {
    int width = help.commandSpec().usageMessage().width();
    TextTable table =
        TextTable.forColumns(
            help.colorScheme(),
            new Column(NAME_WIDTH, INDENT, Overflow.SPAN),
            new Column(width - NAME_WIDTH, INDENT, Overflow.WRAP));
    for (ServerOption option : ServerOption.all()) {
      table.addRowValues(option.name(), option.text() + " " + values(option));
    }
    return "%nOptions of a server, as -o NAME=VALUE:%n".formatted() + table;
  }

  private static String values(ServerOption option) {
    String standard = option.standard().toString();
    return "Valid: " + option.valid() + (standard.isEmpty() ? "." : "; default " + standard + ".");
  }

  /** By the keys by which picocli looks for the description of {@code --drain-delay} and others. */
  private static final class Descriptions extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
      return ServerOption.all().stream()
          .filter(
              option -> !option.name().equals("topology")) // by a file here, or else by --pattern
          .map(option -> new Object[] {key(option), escaped(option.text())})
          .toArray(Object[][]::new);
    }

    private static String key(ServerOption option) {
      String name = option.name().replaceFirst("Millis$", "");
      String words = name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
      return "quintet.serve." + words;
    }

    /** Picocli formats descriptions. */
    private static String escaped(String text) {
      return text.replace("%", "%%");
    }
  }
}
