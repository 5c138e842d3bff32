package io.quintet.tests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients of a server that echoes lines: some keep their connection and have several requests in
 * flight, some connect anew for each. What goes wrong is counted by its name.
 */
final class Storm implements AutoCloseable {
  private static final int PIPELINE = 8;

  private final int port;
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final List<CompletableFuture<Void>> clients = new ArrayList<>();
  private final AtomicInteger replies = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentLinkedQueue<Long> pauses = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  /** So many clients of each kind begin. */
  Storm(int port, int keeping, int connecting) {
    this.port = port;
    for (int i = 0; i < keeping; i++) {
      String name = "keeper" + i;
      clients.add(start(() -> keep(name)));
    }
    for (int i = 0; i < connecting; i++) {
      String name = "comer" + i;
      clients.add(start(() -> connect(name)));
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private CompletableFuture<Void> start(Task task) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            task.run();
          } catch (IOException e) {
            failed(e.toString());
          }
        },
        each -> Thread.ofPlatform().start(each));
  }

  private void failed(String how) {
    failures.merge(how, 1, Integer::sum);
  }

  private void keep(String name) throws IOException {
    try (Client client = new Client(port)) {
      connections.incrementAndGet();
      for (int round = 0; !over; round++) {
        ask(client, name + "." + round, PIPELINE);
      }
    }
  }

  private void connect(String name) throws IOException {
    for (int round = 0; !over; round++) {
      long begin = System.nanoTime();
      try (Client client = new Client(port)) {
        connections.incrementAndGet();
        ask(client, name + "." + round, 1);
      }
      pauses.add(System.nanoTime() - begin);
    }
  }

  private void ask(Client client, String name, int count) throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < count; i++) {
      requests.append(name).append('.').append(i).append('\n');
    }
    long begin = System.nanoTime();
    client.send(requests.toString());
    for (int i = 0; i < count; i++) {
      String wanted = name + "." + i;
      String line = client.receiveLine();
      if (!line.equals(wanted)) {
        failed(line.isEmpty() ? "closed without a reply" : "out of order");
        return;
      }
    }
    pauses.add(System.nanoTime() - begin);
    replies.addAndGet(count);
  }

  /** How many replies have come. */
  int replies() {
    return replies.get();
  }

  /** How many connections were made. */
  int connections() {
    return connections.get();
  }

  /** What went wrong so far, by its name. */
  Map<String, Integer> failures() {
    return Map.copyOf(failures);
  }

  /** Waits until so many more replies have come and so many more connections were made. */
  void await(int moreReplies, int moreConnections) {
    int enough = replies() + moreReplies;
    int many = connections() + moreConnections;
    Await.until(
        () -> replies() >= enough && connections() >= many || !failures.isEmpty(),
        "replies during the storm");
  }

  /** How long requests took since the last time that this was asked, in nanoseconds, sorted. */
  long[] pauses() {
    long[] all = new long[pauses.size()];
    int count = 0;
    Long pause;
    while (count < all.length && (pause = pauses.poll()) != null) {
      all[count++] = pause;
    }
    long[] taken = Arrays.copyOf(all, count);
    Arrays.sort(taken);
    return taken;
  }

  @Override
  public void close() {
    end();
  }

  /** Its clients end. */
  void end() {
    over = true;
    for (CompletableFuture<Void> client : clients) {
      client.orTimeout(1, TimeUnit.MINUTES).join();
    }
  }
}
