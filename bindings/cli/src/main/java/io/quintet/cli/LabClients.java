package io.quintet.cli;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one server in the lab, a virtual thread each. Each asks at times of its own, as in
 * an open loop: a latency counts from the time at which its request was due.
 */
final class LabClients implements AutoCloseable {
  /** What a client is doing, by the number that the page knows. */
  private static final int CLOSED = 0;

  private static final int CONNECTING = 1;
  private static final int CONNECTED = 2;
  private static final int ASKED = 3;

  private static final int HOT = 16;
  private static final int CONNECT_MILLIS = 20_000;
  private static final long RETRY_MILLIS = 200;
  private static final long LOOK_MILLIS = 50;
  private static final long LATE_NANOS = 5_000_000_000L;
  private static final int PAUSE_MILLIS = 50;
  private static final int PART_BYTES = 4 << 10;
  private static final int CLIENTS_MAX = 400;

  private final InetSocketAddress target;
  private final List<Client> clients = new ArrayList<>();
  private volatile Map<LabControl, Integer> settings;
  private volatile boolean closed;

  // Guarded by this.
  private Histogram latencies = LoadLoop.histogram();
  private long errors;

  LabClients(int port, Map<LabControl, Integer> settings) {
    this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.settings = settings;
    set(settings);
  }

  /** Has as many clients as are asked for, that ask as often as is asked for. */
  synchronized void set(Map<LabControl, Integer> changed) {
    settings = changed;
    int wanted = changed.get(LabControl.CONNECTIONS);
    for (Client client : clients) {
      if (client.once == null && client.index >= wanted) {
        client.thread.interrupt();
      }
    }
    clients.removeIf(client -> !client.thread.isAlive());
    for (int i = 0; i < wanted; i++) {
      int index = i;
      if (clients.stream().noneMatch(c -> c.once == null && c.index == index && c.isWanted())) {
        begin(new Client(index, null));
      }
    }
  }

  /** One more client, which asks once and goes. */
  synchronized void ask(String path) {
    clients.removeIf(client -> !client.thread.isAlive());
    if (!closed && clients.size() < CLIENTS_MAX) {
      int index = LabControl.CONNECTIONS.most;
      while (true) {
        int candidate = index;
        if (clients.stream().noneMatch(client -> client.index == candidate)) {
          break;
        }
        index++;
      }
      begin(new Client(index, path));
    }
  }

  private void begin(Client client) {
    clients.add(client);
    client.thread.start();
  }

  /** How often one client asks, in requests a second. */
  private double rate(int index) {
    int count = settings.get(LabControl.CONNECTIONS);
    long hot = Math.round(count * settings.get(LabControl.HOT) / 100.0);
    double all = count + (HOT - 1) * hot;
    return settings.get(LabControl.RATE) / all * (index < hot ? HOT : 1);
  }

  private String request() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    if (random.nextInt(100) < settings.get(LabControl.SLOW)) {
      return "/sleep?millis=" + settings.get(LabControl.SLOW_TIME);
    }
    int cost = settings.get(LabControl.COST);
    return switch (settings.get(LabControl.HANDLER)) {
      case 1 -> "/work?micros=" + cost;
      case 2 -> "/sleep?millis=" + Math.max(1, cost / 1_000);
      default -> "/";
    };
  }

  private synchronized void answered(long nanos) {
    latencies.recordValue(Math.max(0, nanos));
  }

  private synchronized void failed() {
    errors++;
  }

  /** A client, on its own thread. */
  private final class Client implements Runnable {
    private final int index;
    private final @Nullable String once;
    private final Thread thread = Thread.ofVirtual().name("quintet-lab-client").unstarted(this);
    private volatile int state;
    private volatile int port;
    private volatile long dueNanos;
    private byte[] part = {};

    Client(int index, @Nullable String once) {
      this.index = index;
      this.once = once;
    }

    boolean isWanted() {
      return !closed && (once != null || index < settings.get(LabControl.CONNECTIONS));
    }

    private boolean reads() {
      int count = settings.get(LabControl.CONNECTIONS);
      return once == null
          && index >= count - Math.round(count * settings.get(LabControl.READERS) / 100.0);
    }

    @Override
    public void run() {
      do {
        try {
          connection();
        } catch (IOException e) {
          failed();
          rest();
        } catch (InterruptedException e) {
          break;
        } finally {
          state = CLOSED;
          port = 0;
        }
      } while (once == null && isWanted() && !Thread.currentThread().isInterrupted());
    }

    private void rest() {
      try {
        Thread.sleep(RETRY_MILLIS); // before it connects again
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void connection() throws IOException, InterruptedException {
      boolean slowly = reads();
      if (once == null) {
        awaitWork();
      }
      try (Socket socket = new Socket()) {
        socket.setTcpNoDelay(true);
        if (slowly) {
          socket.setReceiveBufferSize(PART_BYTES);
        }
        state = CONNECTING;
        socket.connect(target, CONNECT_MILLIS);
        port = socket.getLocalPort();
        state = CONNECTED;
        InputStream in = new BufferedInputStream(socket.getInputStream(), PART_BYTES);
        while (isWanted() && slowly == reads()) {
          boolean churns = once != null || settings.get(LabControl.CHURN) == 1;
          long due = once == null ? awaitDue() : System.nanoTime();
          if (due != 0) {
            ask(socket, in, slowly, churns, due);
            if (churns) {
              return;
            }
          }
        }
      }
    }

    /** With connections that churn a client connects when it has something to ask. */
    private void awaitWork() throws InterruptedException {
      while (isWanted() && settings.get(LabControl.CHURN) == 1 && rate(index) == 0) {
        Thread.sleep(LOOK_MILLIS);
      }
    }

    private void ask(Socket socket, InputStream in, boolean slowly, boolean last, long due)
        throws IOException, InterruptedException {
      dueNanos = due;
      state = ASKED;
      String path = once != null ? once : slowly ? LabServer.MUCH : request();
      String end = last ? "Connection: close\r\n" : "";
      byte[] bytes =
          ("GET " + path + " HTTP/1.1\r\nHost: lab\r\n" + end + "\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(bytes);
      skip(in, contentLength(in), slowly);
      if (!slowly && once == null) {
        answered(System.nanoTime() - due);
      }
      dueNanos = 0;
      state = CONNECTED;
    }

    /** When the next request is due; 0 if that is not known for a while. */
    private long awaitDue() throws InterruptedException {
      double rate = rate(index);
      long look = LOOK_MILLIS * 1_000_000;
      if (rate <= 0) {
        Thread.sleep(LOOK_MILLIS);
        next = 0;
        return 0;
      }
      long now = System.nanoTime();
      if (next == 0 || now - next > LATE_NANOS || ratedAt != rate) {
        ratedAt = rate;
        next = now + apart(rate);
      }
      if (next - now > look) {
        Thread.sleep(LOOK_MILLIS);
        return 0;
      }
      if (next > now) {
        Thread.sleep(java.time.Duration.ofNanos(next - now));
      }
      long due = next;
      next += apart(rate);
      return due;
    }

    private long next;
    private double ratedAt;

    private static long apart(double rate) {
      return (long) (-Math.log(1 - ThreadLocalRandom.current().nextDouble()) / rate * 1e9);
    }

    private static int contentLength(InputStream in) throws IOException {
      int length = 0;
      while (true) {
        String line = line(in);
        if (line.isEmpty()) {
          return length;
        }
        if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c; (c = in.read()) != '\n'; ) {
        if (c < 0) {
          throw new EOFException("the server has closed");
        }
        line.append((char) c);
      }
      return line.toString().stripTrailing();
    }

    private void skip(InputStream in, int length, boolean slowly)
        throws IOException, InterruptedException {
      if (part.length == 0 && length > 0) {
        part = new byte[PART_BYTES];
      }
      for (int left = length; left > 0; ) {
        int read = in.read(part, 0, Math.min(left, part.length));
        if (read < 0) {
          throw new EOFException("the server has closed");
        }
        left -= read;
        if (slowly) {
          Thread.sleep(PAUSE_MILLIS); // what makes it slow
        }
      }
    }
  }

  /** What each client is doing: its number, its state, its port. */
  synchronized List<int[]> told() {
    List<int[]> told = new ArrayList<>();
    for (Client client : clients) {
      if (client.state != CLOSED) {
        told.add(new int[] {client.index, client.state, client.port});
      }
    }
    return told;
  }

  /**
   * Figures since the last time: how many replies, how late, and how late what is still owed is.
   */
  synchronized Map<String, Object> figures() {
    long now = System.nanoTime();
    long oldest = 0;
    int waiting = 0;
    for (Client client : clients) {
      long due = client.dueNanos;
      if (due != 0 && client.thread.isAlive()) {
        waiting++;
        oldest = Math.max(oldest, now - due);
      }
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("replies", latencies.getTotalCount());
    figures.put("p50", latencies.getValueAtPercentile(50) / 1_000);
    figures.put("p99", latencies.getValueAtPercentile(99) / 1_000);
    figures.put("errors", errors);
    figures.put("waiting", waiting);
    figures.put("oldest", oldest / 1_000);
    latencies = LoadLoop.histogram();
    errors = 0;
    return figures;
  }

  @Override
  public void close() {
    List<Client> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(clients);
    }
    all.forEach(client -> client.thread.interrupt());
    boolean interrupted = false;
    for (Client client : all) {
      try {
        client.thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
