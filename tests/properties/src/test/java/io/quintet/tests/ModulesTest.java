package io.quintet.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arrows go one way: bindings to core, core to ffi and specs, and these know nobody. */
@AnalyzeClasses(packages = "io.quintet", importOptions = ImportOption.DoNotIncludeTests.class)
class ModulesTest {
  private static final String[] CORE = {
    "io.quintet",
    "io.quintet.codec..",
    "io.quintet.http..",
    "io.quintet.kernel..",
    "io.quintet.loop.."
  };

  @ArchTest
  static final ArchRule FFI_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("io.quintet.ffi..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(with(CORE, "io.quintet.specs..", "io.quintet.cli.."));

  @ArchTest
  static final ArchRule SPECS_KNOW_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("io.quintet.specs..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(with(CORE, "io.quintet.ffi..", "io.quintet.cli.."));

  @ArchTest
  static final ArchRule THE_ENGINE_KNOWS_NO_SERVER =
      noClasses()
          .that()
          .resideInAPackage("io.quintet.specs.explore.engine")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quintet.specs.explore", "io.quintet.specs.explore.model");

  @ArchTest
  static final ArchRule THE_MODEL_KNOWS_NO_EXPLORATION =
      noClasses()
          .that()
          .resideInAPackage("io.quintet.specs.explore.model")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.quintet.specs.explore");

  @ArchTest
  static final ArchRule CORE_KNOWS_NO_BINDING =
      noClasses()
          .that()
          .resideInAnyPackage(CORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quintet.cli..", "io.quintet.micrometer..");

  @ArchTest
  static final ArchRule CODECS_KNOW_NO_SOCKET =
      noClasses()
          .that()
          .resideInAnyPackage("io.quintet.codec..", "io.quintet.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quintet.loop..", "io.quintet.kernel..", "io.quintet.ffi..");

  @ArchTest
  static final ArchRule THE_WORLD_IS_REACHED_THROUGH_THE_KERNEL_ALONE =
      noClasses()
          .that()
          .resideInAPackage("io.quintet.loop..")
          .should()
          .dependOnClassesThat()
          .haveNameMatching("io.quintet.ffi.(LinuxCalls|Sockets|Files|Processes)");

  private static String[] with(String[] packages, String... more) {
    String[] all = java.util.Arrays.copyOf(packages, packages.length + more.length);
    System.arraycopy(more, 0, all, packages.length, more.length);
    return all;
  }
}
