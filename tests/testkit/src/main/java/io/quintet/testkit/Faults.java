package io.quintet.testkit;

import io.quintet.ffi.Errno;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which calls fail, and how: errors that {@code specs/dispositions.json} declares. */
final class Faults {
  /**
   * How often calls fail: once in so many, 0 for never.
   *
   * @param transientOnce errors after which the call is made again, now or later
   * @param brokenOnce errors that end a connection
   * @param fatalOnce errors that only a bug or a dying machine brings about
   */
  record Rates(int transientOnce, int brokenOnce, int fatalOnce) {
    static final Rates NONE = new Rates(0, 0, 0);
  }

  /** What a call declares, by how much harm it does. */
  private record Declared(List<Errno> passing, List<Errno> broken, List<Errno> fatal) {}

  private static final Map<String, Declared> DECLARED = declared();

  private final Choices choices;
  private Rates rates;
  private Optional<Set<String>> only = Optional.empty();

  Faults(Choices choices, Rates rates) {
    this.choices = choices;
    this.rates = rates;
  }

  private static Map<String, Declared> declared() {
    Map<String, Declared> all = new LinkedHashMap<>();
    Specs.dispositions()
        .forEach(
            (call, errnos) -> {
              Declared declared =
                  new Declared(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
              errnos.forEach((errno, what) -> of(declared, what).add(Errno.valueOf(errno)));
              if (call.equals("accept4")) {
                declared.passing.remove(Errno.EAGAIN); // never while a connection waits, accept(2)
              }
              all.put(call, declared);
            });
    return all;
  }

  private static List<Errno> of(Declared declared, Disposition what) {
    return switch (what) {
      case RETRY, WOULD_BLOCK, PAUSE, PAUSE_OR_SHED -> declared.passing;
      case CLOSE -> declared.broken;
      case FATAL -> declared.fatal;
    };
  }

  /** From now on no other calls fail than these. */
  void only(Set<String> calls) {
    only = Optional.of(Set.copyOf(calls));
  }

  /** From now on errors alone after which the call is made again, now or later. */
  void onlyPassing() {
    rates = new Rates(rates.transientOnce, 0, 0);
  }

  /** The error number with which a call fails now, or 0. */
  int next(String call) {
    if (only.isPresent() && !only.get().contains(call)) {
      return 0;
    }
    Declared declared = DECLARED.get(call);
    if (declared == null) {
      throw new IllegalArgumentException("specs/dispositions.json lacks " + call);
    }
    int errno = draw(rates.transientOnce, declared.passing);
    errno = errno == 0 ? draw(rates.brokenOnce, declared.broken) : errno;
    return errno == 0 ? draw(rates.fatalOnce, declared.fatal) : errno;
  }

  private int draw(int once, List<Errno> errnos) {
    int error = errnos.isEmpty() ? 0 : choices.error(once, errnos.size());
    return error == 0 ? 0 : errnos.get(error - 1).number();
  }

  /** Whether a call that fails so is made again, and nothing is lost. */
  static boolean isPassing(String call, int errno) {
    return DECLARED.get(call).passing.contains(Errno.of(errno).orElseThrow());
  }
}
