package io.quintet.tests;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.service.Reply;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a user writes: a program that starts servers and ends when it is told to. Its handler says
 * that it has begun, and does what its request says. Arguments are options of the servers, and
 * {@code own} for a shutdown hook of the program's own or {@code two} for a second server.
 */
final class ServingProgram {
  private ServingProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    Map<String, String> options =
        Arrays.stream(arguments)
            .filter(word -> word.contains("="))
            .map(word -> word.split("=", 2))
            .collect(Collectors.toMap(word -> word[0], word -> word[1]));
    List<String> words = List.of(arguments);
    ServerBuilder builder = Quintet.serverLater(Line.codec(), ServingProgram::handle);
    try (Server server = builder.options(options).start()) {
      if (words.contains("own")) {
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      }
      if (!server.isBackend()) {
        boolean local = options.getOrDefault("host", "").startsWith("unix:");
        System.out.println("listening on " + (local ? 0 : server.port()));
      }
      if (words.contains("two")) {
        System.out.println("and on " + builder.start().port());
      }
      server.awaitStopped();
    }
  }

  private static void handle(String request, Reply<String> reply) throws InterruptedException {
    System.out.println("entered");
    String[] words = request.split(" ");
    switch (words[0]) {
      case "sleep" -> Thread.sleep(Long.parseLong(words[1]));
      case "hang" -> {
        long end = System.nanoTime() + 600_000_000_000L; // whoever interrupts it
        while (System.nanoTime() < end) {
          Thread.onSpinWait();
        }
      }
      case "exit" -> {
        Thread.ofPlatform().start(() -> System.exit(7));
        Thread.sleep(Long.parseLong(words[1]));
      }
      default -> {
        return; // never answered
      }
    }
    reply.send("done");
  }
}
