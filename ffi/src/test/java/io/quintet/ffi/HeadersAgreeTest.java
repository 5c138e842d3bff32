package io.quintet.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bound structs, constants and symbols are those of each architecture's own headers and C
 * library, by a program that C compiled: the generated code of either architecture says the same
 * wherever it is loaded.
 */
class HeadersAgreeTest {
  private static final Path FOLDER = Path.of(System.getProperty("quintet.jextract"));

  /** Structs and unions that C knows by a typedef, not by a tag. */
  private static final List<String> TYPEDEFS =
      List.of("cpu_set_t", "sigset_t", "__sigset_t", "epoll_data_t");

  private static final List<String> UNIONS = List.of("epoll_data");

  /** Headers of the generated packages, whose constants are methods. */
  private static final List<String> HEADERS = List.of("Linux", "Abi");

  /** An architecture, and a C library: how its C is compiled and run, here or elsewhere. */
  enum Architecture {
    X86_64("x86_64", "amd64", "gcc", List.of()),
    AARCH64("aarch64", "aarch64", "aarch64-linux-gnu-gcc", List.of("qemu-aarch64-static")),

    /** The kernel's headers stand behind those of musl, as Debian has no others for it. */
    X86_64_MUSL("x86_64", "amd64", "musl-gcc", List.of()) {
      @Override
      List<String> compiler() {
        return List.of(
            "musl-gcc",
            "-idirafter",
            "/usr/include",
            "-idirafter",
            "/usr/include/x86_64-linux-gnu");
      }

      @Override
      String before() {
        return "#include <sys/socket.h>\n"; // which under _GNU_SOURCE says what linux.h says
      }

      @Override
      boolean knows(String name) {
        return !NOT_IN_MUSL.contains(name);
      }

      @Override
      long real(String name, long bound) {
        return DIFFERENT_IN_MUSL.getOrDefault(name, bound);
      }
    };

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

    List<String> compiler() {
      return List.of(isHere() ? "gcc" : crossCompiler);
    }

    List<String> emulator() {
      return isHere() ? List.of() : emulator;
    }

    List<String> packages() {
      return List.of("linux", id);
    }

    /** What its C reads before all else. */
    String before() {
      return "";
    }

    /** Whether its headers have the name. */
    boolean knows(String name) {
      return true;
    }

    /** What a name is in its headers that is bound so. */
    long real(String name, long bound) {
      return bound;
    }
  }

  /**
   * Names of members that glibc keeps to itself, and the kernel's constants that are younger than
   * musl 1.2.3: their values are the kernel's, whatever the C library.
   */
  private static final Set<String> NOT_IN_MUSL =
      Set.of(
          "__sigset_t",
          "__sigset_t.__val",
          "sigset_t.__val",
          "cmsghdr.__cmsg_data",
          "in6_addr.__in6_u",
          "MADV_POPULATE_READ",
          "MADV_POPULATE_WRITE",
          "SO_BUF_LOCK",
          "SO_NETNS_COOKIE",
          "SO_RESERVE_MEM",
          "SO_TXREHASH",
          "SYS_futex_waitv",
          "TCPI_OPT_SYN_DATA");

  /**
   * What differs: structs that musl makes longer than the kernel fills, and numbers that we do not
   * use, which are not the kernel's.
   */
  private static final Map<String, Long> DIFFERENT_IN_MUSL =
      Map.of("rusage", 272L, "tcp_info", 232L, "CPU_SETSIZE", 128L, "SOMAXCONN", 128L);

  /** Calls that musl 1.2.3 has no symbol for. */
  private static final List<String> NO_SYMBOL_IN_MUSL = List.of("epoll_pwait2", "getcpu");

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
    bound.keySet().removeIf(name -> !architecture.knows(name));
    StringBuilder probe = new StringBuilder();
    bound.keySet().forEach(name -> probe.append(line(name, "(long long)(" + name + ")")));
    TreeMap<String, Long> real = probe(architecture, probe);
    // An int constant such as EPOLLET is bound with its sign, the header's is unsigned.
    bound.replaceAll(architecture::real);
    bound.forEach((name, value) -> assertEquals(value.intValue(), real.get(name).intValue(), name));
    System.out.printf("%s: %d constants agree with the headers%n", architecture, bound.size());
  }

  @Test
  void nothingIsLinkedThatMuslHasNoSymbolForNorReadsWhatItSaysOtherwise() throws Exception {
    try (Stream<Path> sources = Files.walk(FOLDER.resolveSibling("src/main/java"))) {
      for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
        String text = Files.readString(source);
        for (String call : NO_SYMBOL_IN_MUSL) {
          assertFalse(text.contains("Linux." + call + "$"), source + " links " + call);
        }
        for (String name : DIFFERENT_IN_MUSL.keySet()) {
          assertFalse(
              text.matches("(?s).*\\b" + name + "(\\.sizeof|\\.layout)?\\(\\).*"),
              source + " reads " + name);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyCallHasItsSymbol(Architecture architecture) throws Exception {
    TreeMap<String, Long> bound = new TreeMap<>();
    for (Class<?> header : headers(architecture)) {
      for (Method method : header.getMethods()) {
        if (method.getName().endsWith("$address")) {
          bound.put(method.getName().replace("$address", ""), 1L);
        }
      }
    }
    if (architecture == Architecture.X86_64_MUSL) {
      NO_SYMBOL_IN_MUSL.forEach(bound::remove);
    }
    assertTrue(bound.size() > 70, "too few calls were found: " + bound.size());
    StringBuilder probe = new StringBuilder();
    bound.keySet().forEach(name -> probe.append(line(name, "1LL + 0 * (long long)&" + name)));
    assertEquals(bound, probe(architecture, probe));
    System.out.printf("%s: %d calls have their symbols%n", architecture, bound.size());
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
      if (!architecture.knows(name)) {
        continue;
      }
      bound.put(name, layout.byteSize());
      probe.append(line(name, "(long long)sizeof(" + type + ")"));
      for (MemoryLayout member : layout.memberLayouts()) {
        String field = member.name().orElse("");
        if (member instanceof PaddingLayout || field.isEmpty() || field.startsWith("$anon")) {
          continue; // C has no name for it either
        }
        if (!architecture.knows(name + "." + field)) {
          continue;
        }
        bound.put(name + "." + field, layout.byteOffset(PathElement.groupElement(field)));
        probe.append(line(name + "." + field, "(long long)offsetof(" + type + ", " + field + ")"));
      }
    }
    assertTrue(bound.size() > 300, "too few members were found: " + bound.size());
    bound.replaceAll(architecture::real);
    assertEquals(bound, probe(architecture, probe));
    System.out.printf(
        "%s: %d structs and members agree with the headers%n", architecture, bound.size());
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
    needs(architecture.compiler().getFirst());
    for (String emulator : architecture.emulator()) {
      needs(emulator);
    }
    Path source = Files.createTempFile(folder, "probe", ".c");
    Path program = folder.resolve(source.getFileName() + ".out");
    Files.writeString(
        source,
        architecture.before()
            + "#define _GNU_SOURCE 1\n#define main linux_h_main\n#include \""
            + FOLDER.resolve("linux.h")
            + "\"\n#undef main\n#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n"
            + statements
            + "  return 0;\n}\n");
    List<String> compiler = new ArrayList<>(architecture.compiler());
    compiler.addAll(List.of("-w", "-static", "-o", program.toString(), source.toString()));
    Result compiled = run(compiler);
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
