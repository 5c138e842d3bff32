package io.quintet.cli;

import io.quintet.Pattern;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quintet compare}: all patterns under one workload, and which of them fits it. */
@Command(
    name = "compare",
    description = "Runs the patterns over the same workload and says which fits it.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Each pattern serves in a process of its own; all are loaded in turn, round after round, so",
      "that what else the machine does meets each of them. Figures are medians of the rounds."
    })
final class CompareCommand implements Callable<Integer> {
  private static final double NANOS = 1e9;

  /** Numbers of connections of the report's curve, and how long each is asked. */
  private static final List<Integer> SCALE = List.of(1, 4, 16, 64, 256);

  private static final double SCALE_SECONDS_MAX = 0.4;
  private static final int MOMENT_MILLIS = 100;
  private static final int BLOCKING_WORKERS_MAX = 64;
  private static final long SECOND_MICROS = 1_000_000;
  private static final int ROUNDS = 5;

  /** Rounds that do not count, while the compiler is at work on both sides. */
  private static final int WARM_UPS = 3;

  /** Connections that come and go at once, and for how long, to see how many do in a second. */
  private static final int COMERS = 64;

  private static final double COMERS_SECONDS_MAX = 0.2;

  /** Workloads by name. */
  enum Preset {
    /** Tiny requests on kept connections. */
    CACHE("0", "0", "", 64, 0, 0),
    /** A little computing for each. */
    API("50us", "0", "", 64, 0, 0),
    /** Handlers that wait for something else. */
    BLOCKING_DB("0", "5ms", "", 64, 0, 0),
    /** Many connections that ask seldom. */
    CHAT("0", "0", "", 1000, 5000, 0),
    /** One in ten is dear, and all together take half of what the processors have. */
    MIXED("20us", "0", "10%:20ms", 64, 0, 0.5),
    /** One after the other, as {@code --phases} has them. */
    PHASES("0", "0", "", Phase.CONNECTIONS, 0, 0);

    private final String cpu;
    private final String block;
    private final String heavy;
    private final int connections;
    private final double rate;
    private final double share;

    /** An open loop of a rate, or of one that takes a share of the processors; or a closed one. */
    Preset(String cpu, String block, String heavy, int connections, double rate, double share) {
      this.cpu = cpu;
      this.block = block;
      this.heavy = heavy;
      this.connections = connections;
      this.rate = rate;
      this.share = share;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--preset",
      description =
          "A workload by its name: ${COMPLETION-CANDIDATES}; default cache. Options given beside it"
              + " stand in place of its own.")
  private Preset preset = Preset.CACHE;

  @Option(names = "--connections", description = "Default that of the preset.")
  private Integer connections;

  @Option(names = "--pipeline", defaultValue = "1", description = "Requests in flight on each.")
  private int pipeline;

  @Option(names = "--body", defaultValue = "0", description = "Bytes sent with each request.")
  private int body;

  @Option(
      names = "--handler-cpu",
      paramLabel = "TIME",
      description = "What a handler computes, for example 50us.")
  private String cpu;

  @Option(
      names = "--handler-block",
      paramLabel = "TIME",
      description = "How long a handler waits for something else, for example 5ms.")
  private String block;

  @Option(
      names = "--heavy",
      paramLabel = "SHARE:TIME",
      description = "How many requests compute longer, and how long: 10%%:20ms.")
  private String heavy;

  @Option(
      names = "--hot",
      paramLabel = "SHARE",
      description = "How many connections keep 16 times as many requests in flight: 5%%.")
  private String hot;

  @Mixin private UserHandler handler;

  @Option(
      names = "--path",
      defaultValue = "/",
      description = "What a handler of your own is asked; default ${DEFAULT-VALUE}.")
  private String path;

  @Option(names = "--churn", description = "Each request has a connection of its own.")
  private boolean churn;

  @Option(names = "--rate", description = "Requests a second of an open loop.")
  private Double rate;

  @Option(
      names = "--patterns",
      paramLabel = "PATTERN,...",
      completionCandidates = PatternIds.class,
      description = "Only these, separated by commas: ${COMPLETION-CANDIDATES}; default all.")
  private @Nullable String patterns;

  @Option(names = "--topology", paramLabel = "FILE.json", description = "One more arrangement.")
  private List<Path> topologies = new ArrayList<>();

  @Option(
      names = "--phases",
      description =
          "A load whose character changes (tiny, computing, blocking, mixed, hot, churn), for"
              + " adaptive as well, over time. Servers have half of the processors.")
  private boolean phases;

  @Option(names = "--quick", description = "With --phases: one run of each, in short phases.")
  private boolean quick;

  @Option(names = "--rounds", description = "Default 5, with --phases 3.")
  private @Nullable Integer rounds;

  @Option(
      names = "--seconds",
      description = "Length of each slice of load, default 1; or of each phase, default 6.")
  private @Nullable Double length;

  private int roundCount;
  private double seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures as JSON.")
  private Path json;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description =
          "Writes a page with charts, which needs nothing else; takes a little longer. With"
              + " --phases also FILE.svg, the picture alone.")
  private Path report;

  @Override
  public Integer call() throws IOException, InterruptedException {
    roundCount = rounds == null ? ROUNDS : rounds;
    seconds = length == null ? 1 : length;
    LoadCommand.check("--connections", connections(), 1, 100_000);
    LoadCommand.check("--pipeline", pipeline, 1, 1024);
    LoadCommand.check("--body", body, 0, 1 << 20);
    LoadCommand.check("--rounds", roundCount, 1, 1000);
    LoadCommand.check("--seconds", seconds, 0.05, 3600);
    LoadCommand.check("--rate", rate(), 0, 10_000_000);
    hot();
    kinds();
    LoadCommand.checkFile("--json", json);
    LoadCommand.checkFile("--report", report);
    List<String> ids = ids();
    if (hasPhases()) {
      requirePhasesAlone();
      return new PhaseComparison(ids, quick, rounds, length, json, report)
          .run(spec.commandLine().getOut(), spec.commandLine().getErr());
    }
    Map<String, Figures> figures = new LinkedHashMap<>();
    ids.forEach(id -> figures.put(id, new Figures()));
    Optional<String> ended = measure(ids, figures);
    if (ended.isPresent()) {
      return tellUntil(ended.get(), figures);
    }
    List<String> advice = advice(figures);
    print(figures, advice);
    if (report != null) {
      HtmlReport.write(report, title(), advice, figures);
    }
    if (json != null) {
      JsonReport.write(json, data(figures));
    }
    return figures.values().stream().allMatch(each -> each.errors == 0) ? 0 : Main.FAILED;
  }

  private boolean hasPhases() {
    return phases || preset == Preset.PHASES;
  }

  /** Phases have their own load. */
  private void requirePhasesAlone() {
    boolean own =
        Stream.of(connections, cpu, block, heavy, hot, rate).anyMatch(Objects::nonNull)
            || churn
            || pipeline != 1
            || body != 0
            || handler.isGiven();
    if (own) {
      throw new IllegalArgumentException(
          "option --phases has a load of its own; valid beside it are --patterns, --topology,"
              + " --rounds, --seconds, --quick, --json and --report");
    }
  }

  /** What is known where a server has ended: no advice follows from it. */
  private int tellUntil(String ended, Map<String, Figures> figures) throws IOException {
    figures.values().removeIf(each -> each.rates.isEmpty());
    if (!figures.isEmpty()) {
      print(figures, List.of());
    }
    if (json != null) {
      JsonReport.write(json, data(figures));
    }
    PrintWriter err = spec.commandLine().getErr();
    err.printf("quintet: %s; the figures are those until then%n", ended);
    err.flush();
    return Main.FAILED;
  }

  /** Runs all rounds, or gives which server has ended, and how. */
  private Optional<String> measure(List<String> ids, Map<String, Figures> figures)
      throws IOException, InterruptedException {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    Map<String, LoadLoop> loads = new LinkedHashMap<>();
    int steps = ids.size() * (1 + WARM_UPS + roundCount + (report == null ? 0 : 1));
    PrintWriter err = spec.commandLine().getErr();
    try (Progress progress = new Progress("quintet compare", steps, err)) {
      for (String id : ids) {
        progress.begin("starting " + id);
        contenders.put(id, new Contender(arguments(id)));
        progress.done();
      }
      for (String id : ids) {
        loads.put(id, new LoadLoop(plan(contenders.get(id).port(), connections()), 1));
      }
      for (int i = 1 - WARM_UPS; i <= roundCount; i++) {
        for (String id : ids) {
          boolean counts = i > 0;
          progress.begin((counts ? "round " + i + " of " + roundCount : "warming up") + ": " + id);
          String ended =
              slice(contenders.get(id), loads.get(id), counts ? figures.get(id) : new Figures());
          if (!ended.isEmpty()) {
            return Optional.of(ended(contenders).orElse(id + ": " + ended));
          }
          progress.done();
        }
      }
      for (String id : report == null ? List.<String>of() : ids) {
        progress.begin("looking closer at " + id);
        look(contenders.get(id), loads.get(id), figures.get(id));
        progress.done();
      }
      return Optional.empty();
    } catch (IOException | LinuxException e) {
      Optional<String> ended = ended(contenders);
      if (ended.isEmpty()) {
        throw e;
      }
      return ended;
    } finally {
      loads.values().forEach(LoadLoop::close);
      contenders.values().forEach(Contender::close);
    }
  }

  private static Optional<String> ended(Map<String, Contender> contenders)
      throws InterruptedException {
    if (!contenders.isEmpty()) {
      Contender.awaitEnd(contenders.values());
    }
    return contenders.entrySet().stream()
        .flatMap(each -> each.getValue().ended().map(how -> each.getKey() + ": " + how).stream())
        .findFirst();
  }

  private List<String> ids() {
    List<String> ids = new ArrayList<>();
    (hasPhases() ? new ServedIds() : new PatternIds()).forEach(ids::add);
    if (patterns != null) {
      Set<String> asked = new HashSet<>(List.of(patterns.split(",", -1)));
      if (!ids.containsAll(asked)) {
        throw new IllegalArgumentException(
            "option --patterns is %s; valid are %s, separated by commas"
                .formatted(patterns, String.join(", ", ids)));
      }
      ids.retainAll(asked); // in their order, which is advised by
    }
    topologies.forEach(file -> ids.add(file.toString()));
    return ids;
  }

  private List<String> arguments(String id) {
    boolean file = id.endsWith(".json");
    List<String> arguments = new ArrayList<>(List.of(file ? "--topology" : "--pattern", id));
    if (id.equals(Pattern.LOAD_BALANCED.id()) && micros("--handler-block", blocking()) > 0) {
      arguments.addAll(List.of("--workers", Integer.toString(blockingWorkers())));
    }
    arguments.addAll(handler.arguments());
    return arguments;
  }

  /** Threads that wait cost little: as many as connections, up to a bound. */
  private int blockingWorkers() {
    return Math.min(connections(), BLOCKING_WORKERS_MAX);
  }

  private int connections() {
    return connections == null ? preset.connections : connections;
  }

  private String blocking() {
    return block == null ? preset.block : block;
  }

  private double rate() {
    if (rate != null) {
      return rate;
    }
    double micros = kinds().stream().mapToDouble(kind -> kind.share * kind.computeMicros).sum();
    return preset.share == 0 || micros == 0
        ? preset.rate
        : Math.rint(
            preset.share * Runtime.getRuntime().availableProcessors() * SECOND_MICROS / micros);
  }

  private LoadLoop.Plan plan(int port, int count) {
    return new LoadLoop.Plan(
        SocketAddress.inet("127.0.0.1", port),
        Talk.of(
            url(port),
            kinds().stream().map(kind -> new Talk.Part(kind.share, kind.path)).toList(),
            body,
            churn),
        count,
        pipeline,
        hot(),
        rate(),
        true,
        churn,
        null);
  }

  /** Connections with one request each, which costs the handler nothing if it is not the user's. */
  private LoadLoop.Plan comers(int port) {
    List<Talk.Part> parts = List.of(new Talk.Part(1, path));
    return new LoadLoop.Plan(
        SocketAddress.inet("127.0.0.1", port),
        Talk.of(url(port), parts, 0, true),
        COMERS,
        1,
        0,
        0,
        false,
        true,
        null);
  }

  private static URI url(int port) {
    return URI.create("http://127.0.0.1:" + port + "/");
  }

  /**
   * Requests of one kind.
   *
   * @param share how many of all they are, 0 to 1
   * @param path what is asked for
   * @param computeMicros what the handler computes for each
   */
  private record Kind(double share, String path, long computeMicros) {}

  /** The requests of the workload. */
  private List<Kind> kinds() {
    long computes = micros("--handler-cpu", cpu == null ? preset.cpu : cpu);
    long waits = micros("--handler-block", blocking());
    if (handler.isGiven()) {
      return List.of(new Kind(1, path, 0));
    }
    String cheap =
        waits > 0
            ? "/sleep?millis=" + Math.ceilDiv(waits, 1000)
            : computes > 0 ? "/work?micros=" + computes : body > 0 ? "/echo" : "/";
    String dear = heavy == null ? preset.heavy : heavy;
    if (dear.isEmpty()) {
      return List.of(new Kind(1, cheap, computes));
    }
    int colon = Math.max(dear.indexOf(':'), 0);
    double share =
        share(
            dear.substring(0, colon),
            "--heavy is " + dear + "; valid is a share and a time, as 10%:20ms");
    long micros = micros("--heavy", dear.substring(colon + 1));
    return List.of(
        new Kind(1 - share, cheap, computes), new Kind(share, "/work?micros=" + micros, micros));
  }

  private double hot() {
    return hot == null ? 0 : share(hot, "--hot is " + hot + "; valid is a share, as 5%");
  }

  /** A share in per cent; an option that is none is said to be so. */
  private static double share(String text, String otherwise) {
    Matcher matcher =
        java.util.regex.Pattern.compile("([0-9]{1,3}(\\.[0-9]{1,3})?)%").matcher(text);
    if (!matcher.matches() || Double.parseDouble(matcher.group(1)) > 100) {
      throw new IllegalArgumentException("option " + otherwise);
    }
    return Double.parseDouble(matcher.group(1)) / 100;
  }

  private static long micros(String option, String time) {
    Matcher matcher = java.util.regex.Pattern.compile("([0-9]{1,7})(us|ms|s)?").matcher(time);
    long value = matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    String unit = value < 0 ? "" : String.valueOf(matcher.group(2));
    long micros =
        switch (unit) {
          case "us" -> value;
          case "ms" -> value * 1000;
          case "s" -> value * 1_000_000;
          default -> value == 0 ? 0 : -1;
        };
    if (micros < 0 || micros > SECOND_MICROS) {
      throw new IllegalArgumentException(
          "option " + option + " is " + time + "; valid are 0 to 1s, as 50us or 5ms");
    }
    return micros;
  }

  /** Gives why it could not go on, or an empty text. */
  private String slice(Contender contender, LoadLoop load, Figures figures)
      throws IOException, InterruptedException {
    // To ask for its counts costs the server some itself, so it is done around what is measured.
    Contender.Counts countsBefore = contender.counts();
    Contender.Usage before = contender.usage();
    LoadLoop.Result result = load.run((long) (seconds * NANOS));
    if (result.hasEnded()) {
      return result.ended;
    }
    Contender.Usage usage = contender.usage().since(before);
    figures.add(result, usage, contender.counts().since(countsBefore));
    try (LoadLoop comers = new LoadLoop(comers(contender.port()), 1)) {
      figures.connectionRates.add(
          comers.run((long) (Math.min(seconds, COMERS_SECONDS_MAX) * NANOS)).rate());
    }
    return "";
  }

  /** More of each for the report: other numbers of connections, and a slice that is watched. */
  private void look(Contender contender, LoadLoop load, Figures figures)
      throws IOException, InterruptedException {
    long each = (long) (Math.min(seconds, SCALE_SECONDS_MAX) * NANOS);
    for (int count : SCALE) {
      try (LoadLoop other = new LoadLoop(plan(contender.port(), count), 1)) {
        other.run(each / 2);
        figures.scale.put(count, other.run(each).rate());
      }
    }
    Thread loading = Thread.ofPlatform().start(() -> load.run((long) (seconds * NANOS)));
    do {
      figures.moments.add(moment(contender));
    } while (!loading.join(Duration.ofMillis(MOMENT_MILLIS)));
    figures.moments.add(moment(contender));
  }

  private static Figures.Moment moment(Contender contender)
      throws IOException, InterruptedException {
    Map<String, Long> handled = contender.counts().handled();
    return new Figures.Moment(System.nanoTime(), handled);
  }

  private void print(Map<String, Figures> figures, List<String> advice) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%s%n%n", title());
    out.printf(
        "%-16s %20s %8s %8s %8s %9s %9s %9s %15s %7s %8s %8s %6s%n",
        "pattern",
        "requests/s (spread)",
        "p50 us",
        "p90 us",
        "p99 us",
        "p99.9 us",
        "max us",
        "conns/s",
        "CPU us: us+sys",
        "calls",
        "switches",
        "max/mean",
        "MiB");
    figures.forEach(
        (id, each) ->
            out.printf(
                "%-16s %,11.0f (± %3.0f %%) %,8d %,8d %,8d %,9d %,9d %,9.0f %7.1f + %5.1f %7s"
                    + " %8.2f %8.2f %6d%n",
                id.endsWith(".json") ? Path.of(id).getFileName().toString() : id,
                Figures.median(each.rates),
                100 * Advice.spread(each.rates),
                each.latencies.getValueAtPercentile(50) / 1000,
                each.latencies.getValueAtPercentile(90) / 1000,
                each.latencies.getValueAtPercentile(99) / 1000,
                each.latencies.getValueAtPercentile(99.9) / 1000,
                each.latencies.getMaxValue() / 1000,
                Figures.median(each.connectionRates),
                Figures.median(each.userMicros),
                Figures.median(each.systemMicros),
                id.equals(Pattern.MULTI_PROCESS.id())
                    ? "-"
                    : "%.2f".formatted(Figures.median(each.calls)),
                Figures.median(each.switches),
                each.balance(),
                each.residentBytes >> 20));
    out.println();
    advice.forEach(out::println);
    out.flush();
  }

  private String title() {
    return "%s: %d connections, %s, %d rounds of %.1f s for each, %d processors"
        .formatted(
            preset,
            connections(),
            rate() == 0 ? "closed loop" : "%,.0f requests a second asked for".formatted(rate()),
            roundCount,
            seconds,
            Runtime.getRuntime().availableProcessors());
  }

  /** What to take and why, a sentence each. */
  private List<String> advice(Map<String, Figures> figures) {
    Map<String, Advice.Candidate> candidates = new LinkedHashMap<>();
    figures.forEach(
        (id, each) ->
            candidates.put(
                id,
                new Advice.Candidate(
                    each.rates,
                    each.roundLatencies,
                    each.latencies.getValueAtPercentile(99),
                    Figures.median(each.userMicros) + Figures.median(each.systemMicros))));
    Advice.Choice choice = Advice.of(candidates, rate() > 0);
    List<String> sentences = new ArrayList<>(choice.sentences());
    sentences.add(1, "It is for: " + SpecCommand.topology(choice.id()).choose());
    if (micros("--handler-block", blocking()) > 0) {
      sentences.add(
          "load-balanced had %d workers, since handlers that wait need no processor."
              .formatted(blockingWorkers()));
    }
    if (figures.values().stream().anyMatch(each -> each.busiest > 0.9)) {
      sentences.add(
          "The load itself took more than 90 % of a processor in some slices: with other clients"
              + " the fastest may be further apart.");
    }
    return sentences;
  }

  private Map<String, Object> data(Map<String, Figures> figures) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("preset", preset.toString());
    all.put("connections", connections());
    all.put("rate", rate());
    all.put("processors", Runtime.getRuntime().availableProcessors());
    figures.forEach((id, each) -> all.put(id, each.toMap()));
    return all;
  }
}
