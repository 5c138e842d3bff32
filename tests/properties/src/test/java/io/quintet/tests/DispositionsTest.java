package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.kernel.Dispositions.Call;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code dispositions.json} says of an error is what the core does: it reads each row. */
class DispositionsTest {
  private static final Path SOURCES =
      Path.of(System.getProperty("quintet.root"), "core/src/main/java");

  /** A comparison of a result with one error. */
  private static final Pattern DECIDES =
      Pattern.compile("[!=]= -(Linux\\.E[A-Z0-9]+\\(\\)|Errno\\.E[A-Z]+\\.number\\(\\))");

  /** Errors that say something else than how to go on. */
  private static final Map<String, String> EXCEPTIONS =
      Map.ofEntries(
          Map.entry("SocketName", "whether somebody listens there, before the start"),
          Map.entry("Listener", "a removal that was made before"),
          Map.entry("Registration", "a seeded bug"),
          Map.entry("LoadSteering", "whether the loop that was asked has its listener yet"),
          Map.entry("Resizer", "whether the server before had a program to steer clients"),
          Map.entry("Systemd", "whether the manager takes a message now"),
          // A kernel itself: what a ring says of its requests becomes what a call would have said.
          Map.entry("Accepter", "whether a connection may wait though no accept waits for it"),
          Map.entry("Pollers", "whether a poll is armed anew"),
          Map.entry("Receiver", "whether buffers have run out, or nothing was received"),
          Map.entry("Ring", "whether the kernel knows a flag, or a wait ended by its time"),
          Map.entry("RingCycle", "whether the ring takes no more for now"),
          Map.entry("RingSockets", "whether the descriptor is open"),
          Map.entry("Sender", "whether the socket takes no more for now"));

  /** Rows that nobody reads, and what follows from each of their errors. */
  private static final Map<String, String> UNREAD =
      Map.of(
          "close", "nothing: the descriptor is gone all the same, close(2)",
          "epoll_ctl", "the connection ends, with a message");

  @Test
  void eachRowIsReadOrEndsTheStart() {
    Set<String> read = Stream.of(Call.values()).map(Call::row).collect(Collectors.toSet());
    Set<String> unread = new TreeSet<>();
    Specs.dispositions()
        .forEach(
            (call, errnos) -> {
              boolean fatal = errnos.values().stream().allMatch(Disposition.FATAL::equals);
              if (!read.contains(call) && !fatal) {
                unread.add(call);
              }
            });
    assertEquals(new TreeSet<>(UNREAD.keySet()), unread);
  }

  @Test
  void eachRowThatCanBeReadIsReadSomewhere() {
    String all = String.join("\n", sources().values());
    List<String> unread =
        Stream.of(Call.values())
            .map(Call::name)
            .filter(name -> !Pattern.compile("\\bCall\\." + name + "\\b").matcher(all).find())
            .toList();
    assertEquals(List.of(), unread);
  }

  @Test
  void noCodeDecidesOnAnErrorByItself() {
    List<String> deciding = new ArrayList<>();
    sources()
        .forEach(
            (name, text) -> {
              if (DECIDES.matcher(text).find()) {
                deciding.add(simple(name));
              }
            });
    assertEquals(new TreeSet<>(EXCEPTIONS.keySet()), new TreeSet<>(deciding));
  }

  private static String simple(String path) {
    return path.substring(path.lastIndexOf('/') + 1).replace(".java", "");
  }

  private static Map<String, String> sources() {
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        sources.put(SOURCES.relativize(file).toString(), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sources;
  }
}
