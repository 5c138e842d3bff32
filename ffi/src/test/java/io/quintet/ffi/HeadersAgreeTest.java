package io.quintet.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bound structs and constants are those of each architecture's own headers, by a program that C
 * compiled: the generated code of either architecture says the same wherever it is loaded.
 */
class HeadersAgreeTest {
  private static final Path FOLDER = Path.of(System.getProperty("quintet.jextract"));

  /** Structs and unions that C knows by a typedef, not by a tag. */
  private static final List<String> TYPEDEFS =
      List.of("cpu_set_t", "sigset_t", "__sigset_t", "epoll_data_t");

  private static final List<String> UNIONS = List.of("epoll_data");

  /** Headers of the generated packages, whose constants are methods. */
  private static final List<String> HEADERS = List.of("Linux", "Abi");

  /** An architecture: how its C is compiled and run, here or elsewhere. */
  enum Architecture {
    X86_64("x86_64", "amd64", "gcc", List.of()),
    AARCH64("aarch64", "aarch64", "aarch64-linux-gnu-gcc", List.of("qemu-aarch64-static"));

    private final String id;
    private final String javaName;
    private final String crossCompiler;
    private final List<String> emulator;

    Architecture(String id, String javaName, String crossCompiler, List<String> emulator) {
      this.id = id;
      this.javaName = javaName;
      this.crossCompiler = crossCompiler;
      this.emulator = emulator;
    }

    private boolean isHere() {
      return System.getProperty("os.arch").equals(javaName);
    }

    String compiler() {
      return isHere() ? "gcc" : crossCompiler;
    }

    List<String> emulator() {
      return isHere() ? List.of() : emulator;
    }

    List<String> packages() {
      return List.of("linux", id);
    }
  }

  @TempDir private static Path folder;

  private record Result(int exit, String output) {}

  private static Result run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "no end of " + command);
    return new Result(process.exitValue(), output);
  }

  private static void needs(String program) throws IOException, InterruptedException {
    boolean installed = run(List.of("sh", "-c", "command -v " + program)).exit() == 0;
    if (!installed) {
      System.out.println("left out: what needs " + program + ", which is not installed");
    }
    assumeTrue(installed, "skipped: " + program + " is not installed");
  }

  @ParameterizedTest
  @EnumSource
  void everyConstantHasTheValueOfTheHeaders(Architecture architecture) throws Exception {
    TreeMap<String, Long> bound = new TreeMap<>();
    for (Class<?> header : headers(architecture)) {
      for (Method method : header.getDeclaredMethods()) {
        Class<?> type = method.getReturnType();
        boolean constant = method.getParameterCount() == 0 && method.getName().matches("_?[A-Z].*");
        if (constant && Modifier.isPublic(method.getModifiers()) && type.isPrimitive()) {
          bound.put(method.getName(), ((Number) method.invoke(null)).longValue());
        }
      }
    }
    assertTrue(bound.size() > 700, "too few constants were found: " + bound.size());
    StringBuilder probe = new StringBuilder();
    bound.keySet().forEach(name -> probe.append(line(name, "(long long)(" + name + ")")));
    TreeMap<String, Long> real = probe(architecture, probe);
    // An int constant such as EPOLLET is bound with its sign, the header's is unsigned.
    bound.forEach((name, value) -> assertEquals(value.intValue(), real.get(name).intValue(), name));
    System.out.printf("%s: %d constants agree with the headers%n", architecture.id, bound.size());
  }

  @ParameterizedTest
  @EnumSource
  void everyStructHasTheSizeAndTheOffsetsOfTheHeaders(Architecture architecture) throws Exception {
    TreeMap<String, Long> bound = new TreeMap<>();
    StringBuilder probe = new StringBuilder();
    for (Class<?> struct : structs(architecture)) {
      String name = struct.getSimpleName();
      GroupLayout layout = (GroupLayout) struct.getMethod("layout").invoke(null);
      String type = type(name);
      bound.put(name, layout.byteSize());
      probe.append(line(name, "(long long)sizeof(" + type + ")"));
      for (MemoryLayout member : layout.memberLayouts()) {
        String field = member.name().orElse("");
        if (member instanceof PaddingLayout || field.isEmpty() || field.startsWith("$anon")) {
          continue; // C has no name for it either
        }
        bound.put(name + "." + field, layout.byteOffset(PathElement.groupElement(field)));
        probe.append(line(name + "." + field, "(long long)offsetof(" + type + ", " + field + ")"));
      }
    }
    assertTrue(bound.size() > 300, "too few members were found: " + bound.size());
    assertEquals(bound, probe(architecture, probe));
    System.out.printf(
        "%s: %d structs and members agree with the headers%n", architecture.id, bound.size());
  }

  private static List<Class<?>> classes(Architecture architecture, boolean headers)
      throws IOException, ClassNotFoundException {
    List<Class<?>> classes = new ArrayList<>();
    for (String name : architecture.packages()) {
      try (Stream<Path> files = Files.list(FOLDER.resolve("generated/io/quintet/ffi/" + name))) {
        for (Path file : files.sorted().toList()) {
          String simple = file.getFileName().toString().replace(".java", "");
          if (HEADERS.contains(simple) == headers) {
            classes.add(Class.forName("io.quintet.ffi." + name + "." + simple));
          }
        }
      }
    }
    return classes;
  }

  private static List<Class<?>> headers(Architecture architecture) throws Exception {
    return classes(architecture, true);
  }

  private static List<Class<?>> structs(Architecture architecture) throws Exception {
    return classes(architecture, false).stream()
        .filter(type -> Stream.of(type.getMethods()).anyMatch(m -> m.getName().equals("layout")))
        .filter(type -> !type.getSuperclass().getSimpleName().equals("epoll_data"))
        .toList();
  }

  private static String type(String name) {
    if (TYPEDEFS.contains(name)) {
      return name;
    }
    return (UNIONS.contains(name) ? "union " : "struct ") + name;
  }

  private static String line(String name, String expression) {
    return "  printf(\"" + name + " %lld\\n\", " + expression + ");\n";
  }

  /** Compiles and runs statements that print names and numbers. */
  private static TreeMap<String, Long> probe(Architecture architecture, CharSequence statements)
      throws Exception {
    needs(architecture.compiler());
    for (String emulator : architecture.emulator()) {
      needs(emulator);
    }
    Path source = Files.createTempFile(folder, "probe", ".c");
    Path program = folder.resolve(source.getFileName() + ".out");
    Files.writeString(
        source,
        "#define _GNU_SOURCE 1\n#define main linux_h_main\n#include \""
            + FOLDER.resolve("linux.h")
            + "\"\n#undef main\n#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n"
            + statements
            + "  return 0;\n}\n");
    Result compiled =
        run(
            List.of(
                architecture.compiler(), "-w", "-static", "-o", "" + program, source.toString()));
    assertEquals(0, compiled.exit(), compiled.output());
    List<String> command = new ArrayList<>(architecture.emulator());
    command.add(program.toString());
    TreeMap<String, Long> values = new TreeMap<>();
    run(command)
        .output()
        .lines()
        .map(line -> line.split(" "))
        .forEach(words -> values.put(words[0], Long.parseLong(words[1])));
    return values;
  }
}
