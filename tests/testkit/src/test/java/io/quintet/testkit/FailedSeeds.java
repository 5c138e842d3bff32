package io.quintet.testkit;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The seeds with which a simulation ever failed, each with what it found. They are kept as seeds
 * and not as choices, since neither gives the same run once the code draws otherwise, and a seed is
 * a run like others then, where a short list of choices has nothing in it any more.
 */
final class FailedSeeds {
  private static final Path FILE =
      Path.of(
          System.getProperty("quintet.root"),
          "tests/testkit/src/test/resources/io/quintet/testkit/failed-seeds.json");
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  /**
   * One that failed.
   *
   * @param service whose run it was
   * @param arrangements under which it was
   * @param seed of the run
   * @param found what was wrong
   * @param story how it came to that, line by line; empty where {@code found} says it all
   */
  record Failed(String service, String arrangements, long seed, String found, List<String> story) {}

  private FailedSeeds() {}

  static List<Failed> all() {
    try {
      return GSON.fromJson(Files.readString(FILE), new TypeToken<List<Failed>>() {}.getType());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static List<Long> of(Services service, Arrangements arrangements) {
    return all().stream()
        .filter(failed -> failed.service.equals(service.id()))
        .filter(failed -> failed.arrangements.equals(arrangements.id()))
        .map(Failed::seed)
        .toList();
  }

  /** Keeps one more; the last story of a seed is the one that is kept. */
  static synchronized void add(Failed failed) throws IOException {
    List<Failed> all = new ArrayList<>(all());
    all.removeIf(
        each ->
            each.seed == failed.seed
                && each.service.equals(failed.service)
                && each.arrangements.equals(failed.arrangements));
    all.add(failed);
    Files.writeString(FILE, GSON.toJson(all) + "\n");
  }
}
