package sample;

import io.quintet.codec.Line;
import io.quintet.testkit.QuintetProperties;
import org.junit.jupiter.api.Test;

class SampleTest {
  @Test
  void shoutsUnderEveryPattern() {
    QuintetProperties.of(Line.codec(), line -> line.toUpperCase())
        .samples("hello\n", "\n")
        .runs(5)
        .check();
  }
}
