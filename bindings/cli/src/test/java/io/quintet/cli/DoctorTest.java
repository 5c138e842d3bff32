package io.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.kernel.World;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the doctor says of queues that were full. */
class DoctorTest {
  /** Other servers here may add to them meanwhile. */
  @ParameterizedTest
  @CsvSource({"accept queues overflowed, listenOverflows", "SYN cookies sent, synCookies"})
  void theDoctorTellsWhatTheKernelHasCounted(String name, String count) {
    Map<String, Long> before = World.linux().networkCounts();
    StringWriter said = new StringWriter();
    new CommandLine(new DoctorCommand()).setOut(new PrintWriter(said)).execute();
    Map<String, Long> after = World.linux().networkCounts();
    Matcher line =
        Pattern.compile("(?m)^(ok  |note) " + name + " +(\\d+) times$").matcher(said.toString());
    assertTrue(line.find(), said.toString());
    long told = Long.parseLong(line.group(2));
    assertTrue(before.get(count) <= told && told <= after.get(count), said.toString());
    assertTrue(line.group(1).equals("note") == told > 0, said.toString());
  }
}
