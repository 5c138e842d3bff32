package io.quintet.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Simulates with seeds that nobody has tried: every service under every arrangement in turn. What
 * fails is told and kept with the seeds that ever failed, which the tests run first from then on.
 */
final class Hunt {
  private static final String USAGE =
      """
      hunt [--minutes N] [--runs N] [--seed N] [--threads N] [--service ID] [--arrangements ID]
           [--topology ID] [--tell FILE]

        --minutes N         ends after so many minutes; 10 if neither this nor --runs is given
        --runs N            ends after so many runs
        --seed N            begins with this seed; the time of day if it is not given
        --threads N         as many as there are processors if it is not given
        --service ID        one of %s
        --arrangements ID   one of %s
        --topology ID       only this one
        --tell FILE         does not hunt, but writes what happens in the run of the seed, step by
                            step; bindings/cli/quintet lab --trace FILE shows it

      Exit code 0 if nothing was found, 1 if something was, 2 if the options are not as above.
      """;
  private static final int MINUTES = 10;
  private static final int SECONDS_BETWEEN_LINES = 10;
  private static final int FOUND_MAX = 20;

  /** What one run may be of. */
  private record Prey(Services service, Arrangements arrangements) {}

  private final List<Prey> prey = new ArrayList<>();
  private long runsMax = Long.MAX_VALUE;
  private long minutes = MINUTES;
  private long firstSeed = System.currentTimeMillis() * 1_000;
  private int threads = Runtime.getRuntime().availableProcessors();

  private String topology = "";

  /** Where a run is told; empty if none is. */
  private String file = "";

  private final AtomicLong next = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicInteger found = new AtomicInteger();
  private long endNanos;

  private Hunt() {}

  public static void main(String[] arguments) throws InterruptedException, IOException {
    Hunt hunt = new Hunt();
    try {
      hunt.read(arguments);
    } catch (IllegalArgumentException wrong) {
      System.err.println("hunt: " + wrong.getMessage());
      System.exit(2);
    }
    System.exit((hunt.file.isEmpty() ? hunt.hunt() : hunt.tell()) ? 1 : 0);
  }

  private void read(String[] arguments) {
    List<Services> services = List.of(Services.values());
    List<Arrangements> arrangements = List.of(Arrangements.values());
    boolean timed = false;
    for (int i = 0; i < arguments.length; i += 2) {
      if (arguments[i].equals("--help")) {
        System.out.printf(USAGE, ids(Services.values()), ids(Arrangements.values()));
        System.exit(0);
      }
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + " has no value; --help tells more");
      }
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--minutes" -> {
          minutes = number(arguments[i], value);
          timed = true;
        }
        case "--runs" -> {
          runsMax = number(arguments[i], value);
          minutes = timed ? minutes : Integer.MAX_VALUE;
        }
        case "--seed" -> firstSeed = number(arguments[i], value);
        case "--threads" -> threads = Math.clamp(number(arguments[i], value), 1, 1_000);
        case "--service" -> services = List.of(named(arguments[i], value, Services.values()));
        case "--topology" -> topology = value;
        case "--tell" -> file = value;
        case "--arrangements" ->
            arrangements = List.of(named(arguments[i], value, Arrangements.values()));
        default ->
            throw new IllegalArgumentException("no option " + arguments[i] + "; --help tells more");
      }
    }
    for (Services service : services) {
      for (Arrangements each : arrangements) {
        prey.add(new Prey(service, each));
      }
    }
  }

  private static long number(String option, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + " is " + value + "; valid is a number", e);
    }
  }

  private static <E extends Enum<E>> E named(String option, String value, E[] all) {
    return Stream.of(all)
        .filter(each -> id(each).equals(value))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(option + " is " + value + "; valid is " + ids(all)));
  }

  private static String ids(Enum<?>[] all) {
    return String.join(", ", Stream.of(all).map(Hunt::id).toList());
  }

  private static String id(Enum<?> each) {
    return each instanceof Services service ? service.id() : ((Arrangements) each).id();
  }

  /** Gives whether something was found. */
  private boolean hunt() throws InterruptedException {
    long began = System.nanoTime();
    endNanos = began + TimeUnit.MINUTES.toNanos(minutes);
    System.out.printf("hunting from seed %d on %d threads%n", firstSeed, threads);
    List<Thread> hunters = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      hunters.add(Thread.ofPlatform().name("hunt-" + i).start(this::run));
    }
    for (Thread hunter : hunters) {
      while (!hunter.join(java.time.Duration.ofSeconds(SECONDS_BETWEEN_LINES))) {
        progress(began);
      }
    }
    progress(began);
    return found.get() > 0;
  }

  /** Writes the run of the first seed; gives whether something is wrong in it. */
  private boolean tell() throws IOException {
    Prey chosen = prey.getFirst();
    boolean broken = properties(chosen).tell(firstSeed, Path.of(file), again(chosen, firstSeed));
    System.out.printf("to see it: bindings/cli/quintet lab --trace %s%n", file);
    return broken;
  }

  private QuintetProperties<?, ?> properties(Prey of) {
    QuintetProperties<?, ?> all = of.service.under(of.arrangements);
    return topology.isEmpty() ? all : all.topologies(topology);
  }

  private String again(Prey of, long seed) {
    return "tests/hunt --service %s --arrangements %s%s --seed %d --runs 1"
        .formatted(
            of.service.id(),
            of.arrangements.id(),
            topology.isEmpty() ? "" : " --topology " + topology,
            seed);
  }

  private void progress(long began) {
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        "%,d runs, %,.0f a second, %d violations, %,.0f s%n",
        done.get(), done.get() / seconds, found.get(), seconds);
  }

  private void run() {
    long run;
    while (System.nanoTime() - endNanos < 0
        && found.get() < FOUND_MAX
        && (run = next.getAndIncrement()) < runsMax) {
      Prey chosen = prey.get((int) (run % prey.size()));
      long seed = firstSeed + run;
      AssertionError violation = properties(chosen).violation(seed);
      done.incrementAndGet();
      if (violation != null) {
        found.incrementAndGet();
        keep(chosen, seed, violation.getMessage());
      }
    }
  }

  private void keep(Prey of, long seed, String message) {
    List<String> lines = message.lines().toList();
    System.out.printf(
        "FOUND in %s under %s:%n%s%nagain: %s%nstep by step: %s --tell trace.json; bindings/cli/quintet lab --trace trace.json%n",
        of.service.id(), of.arrangements.id(), message, again(of, seed), again(of, seed));
    try {
      FailedSeeds.add(
          new FailedSeeds.Failed(
              of.service.id(),
              of.arrangements.id(),
              seed,
              lines.getFirst(),
              lines.stream().skip(2).filter(line -> !Story.isTransition(line)).toList()));
    } catch (IOException e) {
      System.out.println("hunt: the seed could not be kept: " + e);
    }
  }
}
