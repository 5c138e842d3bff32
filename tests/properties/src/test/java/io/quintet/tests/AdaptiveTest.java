package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A server that changes its pattern by itself when its handlers wait. */
class AdaptiveTest {
  private static final long WAIT_NANOS = 5_000_000;

  private static Map<?, ?> governor(Server server) {
    return (Map<?, ?>) server.stats().get("governor");
  }

  @Test
  void handlersThatWaitHaveItBecomeLoadBalancedAndNoClientNotices() {
    long decided = Recorded.replayed("governor");
    try (Server server =
            Quintet.server(
                    Line.codec(),
                    line -> {
                      LockSupport.parkNanos(WAIT_NANOS);
                      return line;
                    })
                .pattern(Pattern.ADAPTIVE)
                .option("port", 0)
                .start();
        Storm storm = new Storm(server.port(), 4, 2)) {
      assertEquals("adaptive", server.topology().id());
      Await.until(
          () -> server.topology().id().equals("load-balanced"),
          () -> "workers wait in its place: " + governor(server));
      storm.await(200, 20);
      storm.end();
      assertEquals(Map.of(), storm.failures());
      Await.until(() -> governor(server).get("changes").equals(1L), "it is counted");
      String last = governor(server).get("last").toString();
      assertTrue(
          last.startsWith("from adaptive to load-balanced, since handlers wait, and workers"),
          last);
      assertTrue(((Map<?, ?>) governor(server).get("figures")).containsKey("spread"));
      assertEquals(64, Stats.each(server, "workers", "requests").size());
    }
    assertTrue(Recorded.replayed("governor") > decided, "what it decided is in the specs");
  }

  @Test
  void itIsNotWhatAServerIsRearrangedAs() {
    try (Server server =
        Quintet.server(Line.codec(), line -> line)
            .pattern(Pattern.SINGLE_THREAD)
            .option("port", 0)
            .start()) {
      assertEquals(Map.of(), governor(server));
      assertEquals(
          "option topology is adaptive; valid for a server that serves are those without rules",
          assertThrows(IllegalArgumentException.class, () -> server.rearrange(Pattern.ADAPTIVE))
              .getMessage());
    }
  }

  @Test
  void theFivePatternsAreAllButThat() {
    List<Pattern> others =
        Stream.of(Pattern.values()).filter(each -> each != Pattern.ADAPTIVE).toList();
    assertEquals(others, Pattern.five());
  }
}
