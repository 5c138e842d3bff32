package io.quintet.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a loop's parts take: a step of a machine, a system call, mail from another thread. */
@Command(
    name = "parts",
    description = "What a machine's step, a system call and mail take, beside the JDK's (JMH).",
    mixinStandardHelpOptions = true)
final class Parts implements Callable<Integer> {
  @Option(
      names = "--forks",
      defaultValue = "5",
      description = "JVMs for each row; default ${DEFAULT-VALUE}.")
  private int forks;

  @Override
  public Integer call() throws IOException, RunnerException {
    Map<String, Result<?>> results = new LinkedHashMap<>();
    for (RunResult run :
        Jmh.run(forks, StepBenchmark.class, CallBenchmark.class, MailBenchmark.class)) {
      String way = run.getParams().getParam("way");
      results.put(way == null ? run.getPrimaryResult().getLabel() : way, run.getPrimaryResult());
    }
    System.out.println(Bench.machine());
    System.out.printf("%n| part | ns | the JDK's, ns | to the JDK's |%n|---|---|---|---|%n");
    System.out.printf("| one step of a machine | %s | | |%n", nanos(results.get("step")));
    row(results, "recv(2) that would block, beside SocketChannel", "recv", "recvNio");
    row(results, "epoll_wait(2) that finds nothing, beside Selector", "epollWait", "epollWaitNio");
    row(
        results,
        "mail, one way, both threads awake, beside ConcurrentLinkedQueue",
        "MAILBOX_AWAKE",
        "QUEUE_AWAKE");
    row(
        results,
        "mail, one way, each thread asleep, beside LinkedBlockingQueue",
        "MAILBOX_ASLEEP",
        "QUEUE_ASLEEP");
    return 0;
  }

  private static void row(Map<String, Result<?>> results, String part, String own, String beside) {
    System.out.printf(
        "| %s | %s | %s | %.2f |%n",
        part,
        nanos(results.get(own)),
        nanos(results.get(beside)),
        results.get(own).getScore() / results.get(beside).getScore());
  }

  private static String nanos(Result<?> result) {
    return "%.1f (± %.1f)".formatted(result.getScore(), result.getScoreError());
  }
}
