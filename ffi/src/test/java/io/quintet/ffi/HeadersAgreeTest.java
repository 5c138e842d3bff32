package io.quintet.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bound structs and constants are those of the machine's own headers, by a compiled probe. */
class HeadersAgreeTest {
  private static final Path FOLDER = Path.of(System.getProperty("quintet.jextract"));

  /** Structs that C knows by a typedef, not by a tag. */
  private static final List<String> TYPEDEFS = List.of("cpu_set_t", "sigset_t", "__sigset_t");

  @TempDir private static Path folder;
  private static boolean compiler;

  @BeforeAll
  static void findCompiler() throws Exception {
    compiler = run(List.of("sh", "-c", "command -v gcc")).exit() == 0;
  }

  private record Result(int exit, String output) {}

  private static Result run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "no end of " + command);
    return new Result(process.exitValue(), output);
  }

  @Test
  void everyConstantHasTheValueOfTheHeaders() throws Exception {
    TreeMap<String, Long> bound = new TreeMap<>();
    for (Method method : Linux.class.getDeclaredMethods()) {
      Class<?> type = method.getReturnType();
      boolean constant = method.getParameterCount() == 0 && method.getName().matches("_?[A-Z].*");
      if (constant && Modifier.isPublic(method.getModifiers()) && type.isPrimitive()) {
        bound.put(method.getName(), ((Number) method.invoke(null)).longValue());
      }
    }
    assertTrue(bound.size() > 300, "too few constants were found: " + bound.size());
    StringBuilder probe = new StringBuilder();
    bound.keySet().forEach(name -> probe.append(line(name, "(long long)(" + name + ")")));
    TreeMap<String, Long> real = probe(probe);
    // An int constant such as EPOLLET is bound with its sign, the header's is unsigned.
    bound.forEach((name, value) -> assertEquals(value.intValue(), real.get(name).intValue(), name));
  }

  @Test
  void everyStructHasTheSizeAndTheOffsetsOfTheHeaders() throws Exception {
    TreeMap<String, Long> bound = new TreeMap<>();
    StringBuilder probe = new StringBuilder();
    for (String name : structNames()) {
      GroupLayout layout = layout(name);
      String type = type(name);
      bound.put(name, layout.byteSize());
      probe.append(line(name, "(long long)sizeof(" + type + ")"));
      for (MemoryLayout member : layout.memberLayouts()) {
        if (member instanceof PaddingLayout || member.name().isEmpty()) {
          continue;
        }
        String field = member.name().get();
        bound.put(name + "." + field, layout.byteOffset(PathElement.groupElement(field)));
        probe.append(line(name + "." + field, "(long long)offsetof(" + type + ", " + field + ")"));
      }
    }
    assertTrue(bound.size() > 100, "too few members were found: " + bound.size());
    assertEquals(bound, probe(probe));
  }

  private static List<String> structNames() throws IOException {
    Path generated = FOLDER.resolve("generated/io/quintet/ffi/linux");
    try (Stream<Path> files = Files.list(generated)) {
      return files
          .map(file -> file.getFileName().toString().replace(".java", ""))
          .filter(name -> !name.equals("Linux") && !name.equals("epoll_data_t"))
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  private static GroupLayout layout(String name) throws ReflectiveOperationException {
    Class<?> type = Class.forName("io.quintet.ffi.linux." + name);
    return (GroupLayout) type.getMethod("layout").invoke(null);
  }

  private static String type(String name) {
    if (TYPEDEFS.contains(name)) {
      return name;
    }
    return (name.equals("epoll_data") ? "union " : "struct ") + name;
  }

  private static String line(String name, String expression) {
    return "  printf(\"" + name + " %lld\\n\", " + expression + ");\n";
  }

  /** Compiles and runs statements that print names and numbers. */
  private static TreeMap<String, Long> probe(CharSequence statements) throws Exception {
    assumeTrue(compiler, "skipped: no gcc on this machine");
    Path source = Files.createTempFile(folder, "probe", ".c");
    Path program = folder.resolve(source.getFileName() + ".out");
    Files.writeString(
        source,
        "#define _GNU_SOURCE 1\n#define main linux_h_main\n#include \""
            + FOLDER.resolve("linux.h")
            + "\"\n#undef main\n#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n"
            + statements
            + "  return 0;\n}\n");
    Result compiled = run(List.of("gcc", "-w", "-o", program.toString(), source.toString()));
    assertEquals(0, compiled.exit(), compiled.output());
    TreeMap<String, Long> values = new TreeMap<>();
    run(List.of(program.toString()))
        .output()
        .lines()
        .map(line -> line.split(" "))
        .forEach(words -> values.put(words[0], Long.parseLong(words[1])));
    return values;
  }
}
