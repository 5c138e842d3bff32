package io.quintet.testkit;

import java.util.List;

/** Where the simulated kernel answers otherwise than Linux, and why that is left so. */
final class KnownDifferences {
  private record Difference(String call, String linux, String simulated, String reason) {}

  private static final List<Difference> ALL =
      List.of(
          new Difference(
              "SHUTDOWN",
              "0",
              "ENOTCONN",
              "shutdown(2) for reading ends the listening of a listener; no loop does that"));

  private KnownDifferences() {}

  /** Why a result may differ, or an empty text. */
  static String reason(String call, String linux, String simulated) {
    return ALL.stream()
        .filter(
            each ->
                each.call.equals(call)
                    && linux.matches(each.linux)
                    && simulated.matches(each.simulated))
        .map(Difference::reason)
        .findFirst()
        .orElse("");
  }

  static int count() {
    return ALL.size();
  }
}
