package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** How large packages, classes and methods are; prints a table of them. */
class HouseTest {
  private static final int CLASS_LINES_MAX = 400;
  private static final int METHOD_LINES_MAX = 60;

  /** Modules whose sizes are held. */
  private static final List<String> MODULES =
      List.of(
          "core",
          "specs",
          "ffi",
          "bindings/cli",
          "bindings/httpserver",
          "bindings/micrometer",
          "bindings/web");

  /** Classes and methods that are longer, with the reason. */
  private static final Map<String, String> EXCEPTIONS =
      Map.ofEntries(
          Map.entry("HttpDecoder", "one parser, a method a state"),
          Map.entry("HttpHead", "one parser, a method a field"),
          Map.entry("Sockets", "a method a call, with its layout"),
          Map.entry("Files", "a method a call, with its layout"),
          Map.entry("Processes", "a method a call, with its layout"),
          Map.entry("SocketAddress", "a record a family, with its layout"),
          Map.entry("CompareCommand", "options of a command line"),
          Map.entry("LoadLoop", "a client's machine, measured"),
          Map.entry("Advice#of", "a rule a branch, in their order"),
          Map.entry("ModelReplay", "participants of a model"));

  /** A class or a method. */
  private record Piece(String name, long lines, boolean method) {
    boolean isTooLong() {
      return lines > (method ? METHOD_LINES_MAX : CLASS_LINES_MAX);
    }
  }

  private static List<Path> sources(String module) throws IOException {
    Path root = Path.of(System.getProperty("quintet.root"), module, "src/main/java");
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(path -> path.toString().endsWith(".java"))
          .filter(path -> !path.endsWith("module-info.java") && !path.endsWith("package-info.java"))
          .sorted()
          .toList();
    }
  }

  private static List<Piece> pieces(List<Path> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Piece> pieces = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new Measure(unit, positions, pieces).scan(unit, null);
      }
    }
    return pieces;
  }

  /** Goes through a file and notes how long its types and methods are. */
  private static final class Measure extends TreePathScanner<Void, String> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<Piece> pieces;

    Measure(CompilationUnitTree unit, SourcePositions positions, List<Piece> pieces) {
      this.unit = unit;
      this.positions = positions;
      this.pieces = pieces;
    }

    private long lines(com.sun.source.tree.Tree tree) {
      long first = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
      return unit.getLineMap().getLineNumber(positions.getEndPosition(unit, tree)) - first + 1;
    }

    @Override
    public Void visitClass(ClassTree type, String outer) {
      String name =
          outer == null ? type.getSimpleName().toString() : outer + "." + type.getSimpleName();
      pieces.add(new Piece(name, lines(type), false));
      return super.visitClass(type, name);
    }

    @Override
    public Void visitMethod(MethodTree method, String outer) {
      pieces.add(new Piece(outer + "#" + method.getName(), lines(method), true));
      return super.visitMethod(method, outer);
    }
  }

  @Test
  void classesAndMethodsAreShort() throws IOException {
    Set<String> tooLong = new TreeSet<>();
    for (String module : MODULES) {
      for (Piece piece : pieces(sources(module))) {
        if (piece.isTooLong()) {
          tooLong.add(piece.name());
        }
      }
    }
    assertEquals(
        new TreeSet<>(EXCEPTIONS.keySet()), tooLong, "what is too long, and the exceptions");
  }

  @Test
  void sizesOfPackagesArePrinted() throws IOException {
    for (String module : List.of("core", "specs")) {
      Map<String, List<Long>> packages = packages(module);
      long all = packages.values().stream().flatMap(List::stream).mapToLong(Long::longValue).sum();
      System.out.printf("%s: %,d lines in %d packages%n", module, all, packages.size());
      packages.forEach((name, lines) -> print(name, lines, all));
    }
  }

  private static void print(String name, List<Long> lines, long all) {
    lines.sort(Comparator.naturalOrder());
    long sum = lines.stream().mapToLong(Long::longValue).sum();
    System.out.printf(
        "  %-32s %3d files, %,6d lines (%4.1f %%), median %3d, longest %,5d%n",
        name, lines.size(), sum, 100.0 * sum / all, lines.get(lines.size() / 2), lines.getLast());
  }

  private static Map<String, List<Long>> packages(String module) throws IOException {
    Path root = Path.of(System.getProperty("quintet.root"), module, "src/main/java");
    Map<String, List<Long>> packages = new TreeMap<>();
    for (Path file : sources(module)) {
      String name = root.relativize(file.getParent()).toString().replace('/', '.');
      try (Stream<String> lines = Files.lines(file)) {
        packages.computeIfAbsent(name, _ -> new ArrayList<>()).add(lines.count());
      }
    }
    return packages;
  }
}
