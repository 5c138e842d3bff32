package io.quintet.bench;

import io.quintet.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What the bindings cost: the same routes in each language, beside plain Java. */
@Command(
    name = "wrappers",
    description =
        "HTTP plaintext through the bindings beside plain Java; mvn package builds them first.",
    mixinStandardHelpOptions = true)
final class Wrappers implements Callable<Integer> {
  private static final String ID = Pattern.SINGLE_THREAD.id();

  @Mixin private Interleaved interleaved;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    commands.put("Java", Bench.jvm(RoutesPeer.class));
    commands.put("Kotlin", jvm("kotlin", "io.quintet.kotlin.ConductServerKt", ID, "direct"));
    commands.put(
        "Kotlin, suspending", jvm("kotlin", "io.quintet.kotlin.ConductServerKt", ID, "suspending"));
    commands.put("Scala", jvm("scala", "io.quintet.scala.ConductServer", ID, "direct"));
    commands.put(
        "Clojure, Ring",
        jvm("clojure", "clojure.main", "-m", "quintet.conduct-server", ID, "sync"));
    commands.put("JDK's HttpServer", jvm("httpserver", "io.quintet.httpserver.ConductServer", ID));
    String ktor = "io.quintet.ktor.ConductServerKt";
    commands.put("Ktor on Quintet", jvm("ktor", ktor, ID));
    commands.put("Ktor on Netty", jvm("ktor", ktor, ID, "netty"));
    commands.put("Ktor on CIO", jvm("ktor", ktor, ID, "cio"));
    interleaved.begin();
    interleaved.measure(new Interleaved.Work("HTTP plaintext", "http", 1), commands);
    return 0;
  }

  private static List<String> jvm(String binding, String... arguments) {
    Path target = Bench.root().resolve("bindings").resolve(binding).resolve("target");
    if (!Files.exists(target.resolve("lib"))) {
      throw new IllegalArgumentException(
          "bindings/" + binding + " is not built: mvn -DskipTests package builds it");
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String path = target + "/test-classes:" + target + "/classes:" + target + "/lib/*";
    List<String> command =
        new ArrayList<>(List.of(java, "--enable-native-access=ALL-UNNAMED", "-cp", path));
    command.addAll(List.of(arguments));
    return command;
  }
}
