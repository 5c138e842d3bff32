package io.quintet.clojure;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import clojure.java.api.Clojure;
import clojure.lang.IDeref;
import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.RT;
import clojure.lang.Var;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs each test of clojure.test in the files {@code *_test.clj} as a test of JUnit. */
class ClojureTest {
  private static final IFn REQUIRE = Clojure.var("clojure.core", "require");

  @TestFactory
  Stream<DynamicContainer> namespaces() throws IOException, URISyntaxException {
    Path base =
        Path.of(ClojureTest.class.getResource("/quintet/core_test.clj").toURI()).resolve("../..");
    List<Path> files;
    try (Stream<Path> walk = Files.walk(base.normalize())) {
      files = walk.filter(path -> path.toString().endsWith("_test.clj")).sorted().toList();
    }
    assertFalse(files.isEmpty(), "there is no *_test.clj");
    REQUIRE.invoke(Clojure.read("clojure.test"));
    return files.stream().map(file -> container(base.normalize().relativize(file).toString()));
  }

  private static DynamicContainer container(String file) {
    String name = file.substring(0, file.length() - ".clj".length());
    Object namespace = Clojure.read(name.replace('/', '.').replace('_', '-'));
    REQUIRE.invoke(namespace);
    Map<?, ?> interned = (Map<?, ?>) Clojure.var("clojure.core", "ns-interns").invoke(namespace);
    return DynamicContainer.dynamicContainer(
        namespace.toString(),
        interned.values().stream()
            .map(Var.class::cast)
            .filter(each -> each.meta().containsKey(Keyword.intern("test")))
            .map(each -> DynamicTest.dynamicTest(each.sym.getName(), () -> run(each))));
  }

  private static void run(Var test) {
    Var out = (Var) Clojure.var("clojure.test", "*test-out*");
    Var counters = (Var) Clojure.var("clojure.test", "*report-counters*");
    Object zero = ((IDeref) Clojure.var("clojure.test", "*initial-report-counters*")).deref();
    Object counts = Clojure.var("clojure.core", "ref").invoke(zero);
    StringWriter text = new StringWriter();
    Var.pushThreadBindings(RT.map(out, text, counters, counts));
    try {
      Clojure.var("clojure.test", "test-vars").invoke(RT.list(test));
    } finally {
      Var.popThreadBindings();
    }
    Map<?, ?> counted = (Map<?, ?>) ((IDeref) counts).deref();
    assertTrue(number(counted, "pass") > 0, "it asserts nothing: " + text);
    if (number(counted, "fail") + number(counted, "error") > 0) {
      fail(text.toString());
    }
  }

  private static long number(Map<?, ?> counted, String name) {
    return counted.get(Keyword.intern(name)) instanceof Number number ? number.longValue() : 0;
  }
}
