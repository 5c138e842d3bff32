package io.quintet.web;

import io.quintet.Pattern;
import io.quintet.testkit.ChildServer;
import io.quintet.testkit.HttpConduct;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A program whose handler is a router behaves as one whose handler is a function. */
class WebConductTest {
  @ParameterizedTest
  @EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void whatClientsFindUnderEachPattern(Pattern pattern) throws Exception {
    try (ChildServer child = new ChildServer(ConductServer.class.getName(), pattern.id())) {
      HttpConduct.checks(child.port()).values().forEach(HttpConduct.Check::run);
      HttpConduct.endsInGoodOrder(child);
    }
  }
}
