package io.quintet.cli;

import io.quintet.Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quintet lab}: the five patterns as they run, on a page. */
@Command(
    name = "lab",
    description =
        "Runs servers of the five patterns under the same load, and shows them on a page.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "The servers and the page are on the loopback interface, and end with the command."
    })
final class LabCommand implements Callable<Integer> {
  /** Transitions that each thread remembers; who downloads a recording gets as many. */
  private static final int RECORD = 16_384;

  private static final int SECONDS_MAX = 86_400;

  @Spec private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "The page's port on the loopback interface; 0, the default, for a free one.")
  private int port;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "3600",
      showDefaultValue = CommandLine.Help.Visibility.ALWAYS,
      description = "After how long it ends by itself, 1 to 86400.")
  private int seconds;

  @Option(
      names = "--set",
      paramLabel = "CONTROL=VALUE",
      description = "A control of the page, such as --set rate=100; the page shows them all.")
  private Map<String, Integer> controls = new LinkedHashMap<>();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Shows a recorded run step by step instead; tests/hunt --tell writes one.")
  private @Nullable Path trace;

  @Option(names = "--backend", hidden = true)
  private boolean backend;

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (seconds < 1 || seconds > SECONDS_MAX) {
      throw new IllegalArgumentException(
          "option --duration is " + seconds + "; valid are 1 to " + SECONDS_MAX);
    }
    Map<LabControl, Integer> first = new LinkedHashMap<>();
    controls.forEach(
        (id, value) -> {
          LabControl control = LabControl.of(id);
          first.put(control, control.checked(value));
        });
    if (System.getProperty("quintet.record") == null) {
      System.setProperty("quintet.record", Integer.toString(RECORD)); // before a machine is loaded
    }
    if (backend) {
      LabBackend.live();
      return 0;
    }
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              if (closed.getCount() == 0) {
                return; // it has ended by itself, with an exit code of its own
              }
              ended.countDown();
              await(closed);
              Runtime.getRuntime().halt(0);
            },
            "quintet-lab-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      show(first, ended);
    } finally {
      closed.countDown();
    }
    return 0;
  }

  private void show(Map<LabControl, Integer> first, CountDownLatch ended)
      throws IOException, InterruptedException {
    if (trace != null) {
      try (Server page = TracePage.start(trace, port)) {
        await(page, ended);
      }
      return;
    }
    try (Lab lab = new Lab(first);
        Server page = LabPage.start(lab, port)) {
      await(page, ended);
    }
  }

  private void await(Server page, CountDownLatch ended) throws InterruptedException {
    spec.commandLine().getOut().printf("quintet: lab on http://127.0.0.1:%d/%n", page.port());
    spec.commandLine().getOut().flush();
    ended.await(seconds, TimeUnit.SECONDS);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
