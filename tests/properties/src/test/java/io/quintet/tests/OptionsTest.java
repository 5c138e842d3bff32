package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Options;
import io.quintet.Pattern;
import io.quintet.ServerOption;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * One table has all options. What else lists them is derived from it at run time, or written from
 * it by {@code -Dquintet.format=apply} and compared here.
 */
class OptionsTest {
  private static final String PAGE = "core/docs/options.md";
  private static final String PROPERTIES =
      "bindings/kotlin/src/main/kotlin/io/quintet/kotlin/ServerOptions.kt";
  private static final int KOTLIN_WIDTH = 120;

  /** A valid value that is not the default. */
  private static Object another(ServerOption option) {
    return switch (option.standard()) {
      case Integer number -> number + 1;
      case Boolean truth -> !truth;
      default ->
          switch (option.name()) {
            case "steer" -> "cpu";
            case "kernel" -> "io_uring";
            case "whenFull" -> "shed";
            default -> "another";
          };
    };
  }

  /** With what the option cannot be without. */
  private static Options with(ServerOption option, Object value) {
    Map<String, Object> given = new TreeMap<>();
    if (option.name().startsWith("tls")) {
      given.put("tlsCertificate", "chain.pem");
    }
    given.put(option.name(), value);
    return Options.of(given);
  }

  @Test
  void eachHasAnAccessorOfItsType() throws ReflectiveOperationException {
    List<String> accessors =
        Stream.of(Options.class.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .filter(method -> method.getParameterCount() == 0)
            .map(Method::getName)
            .filter(name -> !List.of("toMap", "hashCode", "toString").contains(name))
            .sorted()
            .toList();
    assertEquals(ServerOption.all().stream().map(ServerOption::name).sorted().toList(), accessors);
    for (ServerOption option : ServerOption.all()) {
      Method accessor = Options.class.getMethod(option.name());
      assertEquals(option.standard(), accessor.invoke(Options.of(Map.of())), option.name());
      assertEquals(another(option), accessor.invoke(with(option, another(option))), option.name());
    }
  }

  @Test
  void eachIsReadAsItIsOrAsAText() {
    for (ServerOption option : ServerOption.all()) {
      Options options = with(option, another(option));
      assertEquals(options, with(option, another(option).toString()), option.name());
      assertEquals(another(option), options.toMap().get(option.name()));
      assertEquals(options, Options.of(options.toMap()));
      assertNotEquals(options, Options.of(Map.of()));
      boolean shown = options.toString().contains(option.name() + "=" + another(option));
      assertEquals(!option.name().equals("tlsPassword"), shown, options.toString());
    }
  }

  @Test
  void eachRangeIsKept() {
    for (ServerOption option : ServerOption.all()) {
      String[] bounds = option.valid().split(" to ");
      if (bounds.length == 2 && option.type() == Integer.class) {
        refuses(option, Integer.parseInt(bounds[0]) - 1);
        boolean number = bounds[1].matches("[0-9]+");
        refuses(option, number ? Integer.parseInt(bounds[1]) + 1 : Integer.MAX_VALUE);
      } else if (option.valid().matches("\\w+(, \\w+)+")) {
        refuses(option, "neither");
      }
    }
  }

  private static void refuses(ServerOption option, Object value) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> with(option, value));
    String sentence = "option " + option.name() + " is " + value + "; valid are " + option.valid();
    assertTrue(e.getMessage().startsWith(sentence), e.getMessage());
  }

  @Test
  void theirPageIsTheTable() throws IOException {
    StringBuilder page =
        new StringBuilder(
            """
            # Options

            `Quintet.server(…).option("port", 8080)`, or several by `.options(map)`. The command takes them as `-o port=8080`.
            Lengths of time whose name ends with `Millis` are in milliseconds.

            | option | valid | default | what it does | changes |
            |---|---|---|---|---|
            """);
    for (ServerOption option : ServerOption.all()) {
      String standard = option.standard().toString();
      page.append(
          "| `%s` | %s | %s | %s | %s |%n"
              .formatted(
                  option.name(),
                  option.valid(),
                  standard.isEmpty() ? "" : "`" + standard + "`",
                  option.text(),
                  option.reload()));
    }
    page.append(
        """

        An option that the topology does not use may only have its default (`ServerStartTest`). This page is written from the table in
        [OptionTable](../src/main/java/io/quintet/OptionTable.java) (`OptionsTest`).
        """);
    Document.isWritten(PAGE, page.toString());
  }

  @Test
  void thePropertiesInKotlinAreTheTable() throws IOException {
    String properties =
        ServerOption.all().stream().map(OptionsTest::property).collect(Collectors.joining("\n"));
    Document.isWritten(
        PROPERTIES,
        """
        package io.quintet.kotlin

        import kotlin.time.Duration

        /**
         * Every option of a server as a property, as the table of [io.quintet.ServerOption] has them. The test of
         * that table writes this file.
         */
        @QuintetDsl
        public sealed class ServerOptions {
            internal val given = LinkedHashMap<String, Any>()

        %s}
        """
            .formatted(properties));
  }

  private static String property(ServerOption option) {
    boolean time = option.name().endsWith("Millis");
    String type =
        time ? "Duration" : option.type() == Integer.class ? "Int" : option.type().getSimpleName();
    String delegate =
        time
            ? "time(\"" + option.name() + "\")"
            : "option<" + type + ">(\"" + option.name() + "\")";
    StringBuilder text = new StringBuilder("    /**\n     *");
    int column = 6;
    for (String word : option.text().split(" ")) {
      if (column + 1 + word.length() > KOTLIN_WIDTH) {
        text.append("\n     *");
        column = 6;
      }
      text.append(' ').append(word);
      column += 1 + word.length();
    }
    return "%s%n     */%n    public var %s: %s by %s%n"
        .formatted(text, option.name().replaceFirst("Millis$", ""), type, delegate);
  }

  @Test
  void theFirstPatternIsTheDefault() {
    assertEquals(Pattern.SINGLE_THREAD.id(), Options.of(Map.of()).topology());
  }
}
