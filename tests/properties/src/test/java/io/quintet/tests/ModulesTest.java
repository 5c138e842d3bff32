package io.quintet.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each package stands on a floor and knows only packages of the floors below. */
class ModulesTest {
  private static final String ROOT = "io.quintet";

  /**
   * From the ground up. A package may depend on those of lower floors alone; packages of one floor
   * do not know each other.
   */
  private static final List<List<String>> FLOORS =
      List.of(
          List.of("ffi.linux", "ffi.aarch64", "ffi.x86_64", "specs", "codec", "jqwik"),
          List.of("ffi", "specs.explore.engine", "memcached", "resp", "trace", "service", "layer"),
          List.of("ring", "http"),
          List.of("fault", "balance", "machine", "kernel", "specs.explore.model"),
          List.of("io", "metrics", "specs.explore", "websocket"),
          List.of("reactor", "buffer"),
          List.of("dispatch", "control", "transport"),
          List.of("exchange"),
          List.of("connection"),
          List.of("accept"),
          List.of("process", "takeover"),
          List.of("server"),
          List.of(""),
          List.of("micrometer", "httpserver", "web", "testkit"),
          List.of("cli"));

  private static final Set<String> OF_PRODUCT = ofProduct();

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** Names of the classes that are no tests, but for those that are nested or generated. */
  private static Set<String> ofProduct() {
    Path root = Path.of(System.getProperty("quintet.root"));
    Path sources = Path.of("src", "main", "java");
    Set<String> names = new HashSet<>();
    try (Stream<Path> walk = Files.walk(root)) {
      walk.map(root::relativize)
          .filter(path -> path.toString().endsWith(".java"))
          .filter(path -> path.toString().contains("/" + sources + "/"))
          .map(path -> path.toString().replaceAll(".*/" + sources + "/|\\.java$", ""))
          .forEach(name -> names.add(name.replace('/', '.')));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }

  private static List<JavaClass> classes() {
    return CLASSES.stream()
        .filter(type -> OF_PRODUCT.contains(type.getName().replaceAll("\\$.*", "")))
        .toList();
  }

  /** Of each package its floor, from 0. */
  private static Map<String, Integer> floors() {
    Map<String, Integer> floors = new LinkedHashMap<>();
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      for (String name : FLOORS.get(floor)) {
        floors.put(name.isEmpty() ? ROOT : ROOT + "." + name, floor);
      }
    }
    return floors;
  }

  @Test
  void eachPackageHasAFloor() {
    Set<String> without = new TreeSet<>();
    classes().stream()
        .map(JavaClass::getPackageName)
        .filter(name -> !floors().containsKey(name))
        .forEach(without::add);
    assertEquals(Set.of(), without, "packages without a floor");
  }

  @Test
  void arrowsRunDownAlone() {
    Map<String, Integer> floors = floors();
    Set<String> upward = new TreeSet<>();
    for (JavaClass type : classes()) {
      for (Dependency each : type.getDirectDependenciesFromSelf()) {
        String from = type.getPackageName();
        String to = each.getTargetClass().getPackageName();
        if (!from.equals(to)
            && floors.containsKey(from)
            && floors.containsKey(to)
            && floors.get(from) <= floors.get(to)) {
          upward.add(type.getName() + " -> " + each.getTargetClass().getName());
        }
      }
    }
    System.out.printf(
        "%d classes, %d packages on %d floors, %d upward arrows%n",
        classes().size(), floors.size(), FLOORS.size(), upward.size());
    assertEquals(Set.of(), upward, "dependencies on the same or a higher floor");
  }

  @Test
  void noPackagesFormACycle() {
    SlicesRuleDefinition.slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** What loops do reaches the world through the kernel alone. */
  @Test
  void onlyTheKernelMakesCalls() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            ROOT + ".kernel..", ROOT + ".ring..", ROOT + ".ffi..", ROOT + ".testkit..")
        .and()
        .resideOutsideOfPackages(ROOT + ".cli..", ROOT + ".httpserver..", ROOT + ".tests..")
        .and()
        .resideInAPackage(ROOT + "..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("io.quintet.ffi.(LinuxCalls|Sockets|Files|Processes)")
        .check(CLASSES);
  }
}
