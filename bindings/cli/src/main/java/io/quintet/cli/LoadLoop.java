package io.quintet.cli;

import io.quintet.ffi.Errno;
import io.quintet.ffi.Events;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Clients of one server on an epoll instance: in a closed loop each connection asks again as soon
 * as it has its reply; in an open one requests come at times of their own, and each latency counts
 * from the time at which its request should have been sent, whether or not a connection was free
 * then. One thread.
 */
final class LoadLoop implements AutoCloseable {
  private static final int EVENTS_MAX = 512;
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int ERRORS_MAX = 10_000;
  private static final long WAIT_NANOS = 20_000_000;

  /** A thread that sleeps wakes as much too late, with the kernel's usual slack, prctl(2). */
  private static final long SLACK_NANOS = 100_000;

  private static final long REPLIES_NANOS = 5_000_000_000L;
  private static final double NANOS = 1e9;
  private static final int HOT = 16;

  /**
   * What is asked of whom.
   *
   * @param target where the server listens
   * @param talk how it is asked
   * @param connections how many are open
   * @param pipeline requests in flight on each
   * @param hot share of the connections that have HOT times as many, 0 to 1
   * @param rate requests a second of an open loop; 0 for a closed one
   * @param poisson whether the times of an open loop are random
   * @param churns whether each request has a connection of its own
   * @param tls makes what secures a connection; null where none is secured
   */
  record Plan(
      SocketAddress target,
      Talk talk,
      int connections,
      int pipeline,
      double hot,
      double rate,
      boolean poisson,
      boolean churns,
      @Nullable Supplier<SSLEngine> tls) {}

  /** What came of it so far. */
  static final class Result {
    final Histogram latencies = histogram();
    long errors;
    long waitedNanos;
    long nanos;

    /** Why nothing more could be asked; empty while something can. */
    String ended = "";

    double rate() {
      return nanos == 0 ? 0 : latencies.getTotalCount() / (nanos / NANOS);
    }

    /** How much of the time the generator itself was at work, 0 to 1. */
    double busy() {
      return nanos == 0 ? 0 : 1 - (double) waitedNanos / nanos;
    }

    boolean hasEnded() {
      return !ended.isEmpty();
    }

    /** Adds what another loop did at the same time. */
    void addBeside(Result other) {
      add(other, Math.max(nanos, other.nanos));
    }

    /** Adds what was done after it. */
    void addLater(Result other) {
      add(other, nanos + other.nanos);
    }

    private void add(Result other, long together) {
      latencies.add(other.latencies);
      errors += other.errors;
      waitedNanos += other.waitedNanos;
      ended = ended.isEmpty() ? other.ended : ended;
      nanos = together;
    }
  }

  /** For latencies in nanoseconds, up to two minutes. */
  static Histogram histogram() {
    return new Histogram(120_000_000_000L, 3);
  }

  /** A connection and the times at which its requests in flight should have been sent. */
  private static final class Client {
    private final int index;
    private int fd = -1;
    private final long[] due;
    private int first;
    private int inFlight;
    private byte[] in = new byte[4096];
    private int have;
    private @Nullable ClientTls tls;

    Client(int index, int pipeline) {
      this.index = index;
      due = new long[pipeline];
    }

    int pipeline() {
      return due.length;
    }

    void sent(long at) {
      due[(first + inFlight++) % due.length] = at;
    }

    long answered() {
      long at = due[first];
      first = (first + 1) % due.length;
      inFlight--;
      return at;
    }
  }

  private final LinuxCalls calls = LinuxCalls.open();
  private final Arena arena = Arena.ofShared();
  private final long event = arena.allocate(Events.EVENT_BYTES, Long.BYTES).address();
  private final long events = arena.allocate(EVENTS_MAX * Events.EVENT_BYTES, 8).address();
  private final long timeout = arena.allocate(2 * Long.BYTES, Long.BYTES).address();
  private final long buffer = arena.allocate(BUFFER_BYTES).address();
  private final Plan plan;
  private final Client[] clients;
  private final Deque<Client> free = new ArrayDeque<>();
  private final SplittableRandom random;
  private final int epfd;
  private Result result = new Result();
  private double nextDue;

  /** Whether nothing more is asked. */
  private boolean ending;

  LoadLoop(Plan plan, long seed) {
    this.plan = plan;
    this.random = new SplittableRandom(seed);
    this.epfd =
        LinuxException.check(calls.events().epollCreate1(Linux.EPOLL_CLOEXEC()), "epoll_create1");
    this.clients = new Client[plan.connections];
    for (int i = 0; i < clients.length; i++) {
      boolean hot = i < Math.round(plan.hot * clients.length);
      clients[i] = new Client(i, hot ? HOT * plan.pipeline : plan.pipeline);
      LinuxException.check(connect(clients[i]), "connect " + plan.target);
      free.add(clients[i]);
    }
  }

  /** Gives 0, or the negated error number of connect(2). */
  private int connect(Client client) {
    int fd =
        LinuxException.check(
            calls
                .sockets()
                .socket(plan.target.family(), Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC(), 0),
            "socket");
    int connected = calls.sockets().connect(fd, plan.target);
    if (connected < 0) {
      calls.files().close(fd);
      return connected;
    }
    if (plan.target.family() != Linux.AF_UNIX()) {
      calls.sockets().setOption(fd, SocketOption.TCP_NODELAY, true);
    }
    Memory.putInt(event, Linux.EPOLLIN());
    Memory.putLong(event + Events.DATA_OFFSET, client.index);
    LinuxException.check(
        calls.events().epollCtl(epfd, Linux.EPOLL_CTL_ADD(), fd, event), "epoll_ctl");
    client.fd = fd;
    client.have = 0;
    client.tls = null;
    if (plan.tls != null) {
      try {
        client.tls = new ClientTls(plan.tls.get());
        shakeHands(client, client.tls);
      } catch (SSLException e) {
        end("TLS with " + plan.target + " has failed: " + e.getMessage());
      }
    }
    return 0;
  }

  /** Before anything is measured on the connection; it waits for the server. */
  private void shakeHands(Client client, ClientTls tls) throws SSLException {
    while (true) {
      byte[] outgoing = tls.outgoing();
      Memory.copy(outgoing, 0, buffer, outgoing.length);
      if (!isSent(client, outgoing.length)) {
        throw new SSLException("the connection has ended");
      }
      if (tls.isReady()) {
        return;
      }
      boolean holds = tls.isHolding();
      long received = holds ? 0 : calls.sockets().recv(client.fd, buffer, BUFFER_BYTES, 0);
      if (received <= 0 && !holds) {
        throw new SSLException(
            received == 0 ? "the connection has ended" : Errno.describe(received));
      }
      byte[] records = new byte[(int) received];
      Memory.copy(buffer, records, 0, records.length);
      tls.received(records);
    }
  }

  private void end(String why) {
    if (!result.hasEnded()) {
      result.ended = why;
    }
  }

  /** Asks for a while, and waits for the replies to what is in flight then. */
  Result run(long nanos) {
    result = new Result();
    nextDue = System.nanoTime();
    ask(nanos);
    awaitReplies();
    return result;
  }

  /** Asks for a while, in parts of which each has a result; what is late counts in none. */
  List<Result> runInParts(long nanos, int count) {
    List<Result> parts = new ArrayList<>();
    nextDue = System.nanoTime();
    for (int i = 0; i < count; i++) {
      result = new Result();
      ask(nanos / count);
      parts.add(result);
    }
    Result last = result;
    result = new Result();
    awaitReplies();
    last.errors += result.errors;
    return parts;
  }

  private void ask(long nanos) {
    long began = System.nanoTime();
    long now = began;
    while (now - began < nanos && !result.hasEnded()) {
      feed(now);
      await(now);
      now = System.nanoTime();
    }
    result.nanos = now - began;
  }

  private void awaitReplies() {
    ending = true;
    long now = System.nanoTime();
    long end = now + REPLIES_NANOS;
    while (isOwed() && now < end) {
      await(now);
      now = System.nanoTime();
    }
    ending = false;
  }

  private boolean isOwed() {
    for (Client client : clients) {
      if (client.inFlight > 0) {
        return true;
      }
    }
    return false;
  }

  private void feed(long now) {
    if (plan.rate == 0) {
      Client client;
      while (!result.hasEnded() && (client = free.poll()) != null) {
        fill(client, now);
      }
      return;
    }
    while (nextDue <= now && !free.isEmpty() && !result.hasEnded()) {
      Client client = free.poll();
      send(client, (long) nextDue, 1);
      double apart = NANOS / plan.rate;
      nextDue += plan.poisson ? -Math.log(1 - random.nextDouble()) * apart : apart;
    }
  }

  private void fill(Client client, long now) {
    send(client, now, client.pipeline() - client.inFlight);
  }

  private void send(Client client, long due, int count) {
    int connected = client.fd < 0 ? connect(client) : 0;
    if (connected < 0) {
      free.add(client);
      end(plan.target + " takes no connections: " + Errno.describe(connected));
      return;
    }
    int length = 0;
    for (int i = 0; i < count; i++) {
      byte[] request = plan.talk.request(random);
      if (length + request.length > BUFFER_BYTES) {
        throw new IllegalArgumentException(
            "requests of " + count * request.length + " bytes; valid are up to " + BUFFER_BYTES);
      }
      if (client.tls == null) {
        Memory.copy(request, 0, buffer + length, request.length);
      } else {
        client.tls.send(request);
      }
      length += request.length;
      client.sent(due);
    }
    if (client.tls == null ? isSent(client, length) : isEncrypted(client, client.tls)) {
      if (plan.rate > 0 && client.inFlight < client.pipeline()) {
        free.add(client);
      }
    } else {
      lost(client);
    }
  }

  /** Sends what the buffer holds, unless the connection is gone. */
  private boolean isSent(Client client, int length) {
    int done = 0;
    while (done < length) {
      long sent =
          calls.sockets().send(client.fd, buffer + done, length - done, Linux.MSG_NOSIGNAL());
      if (sent < 0) {
        return false;
      }
      done += (int) sent;
    }
    return true;
  }

  /** Sends what TLS has to say, unless the connection is gone. */
  private boolean isEncrypted(Client client, ClientTls tls) {
    byte[] bytes;
    try {
      bytes = tls.outgoing();
    } catch (SSLException e) {
      end("TLS with " + plan.target + " has failed: " + e.getMessage());
      return false;
    }
    for (int done = 0; done < bytes.length; ) {
      int part = Math.min(bytes.length - done, BUFFER_BYTES);
      Memory.copy(bytes, done, buffer, part);
      if (!isSent(client, part)) {
        return false;
      }
      done += part;
    }
    return true;
  }

  private void await(long now) {
    long nanos = waitNanos(now);
    Memory.putLong(timeout + Long.BYTES, nanos);
    int count = calls.events().epollPwait2(epfd, events, EVENTS_MAX, timeout, 0);
    long woken = System.nanoTime();
    result.waitedNanos += !ending && (nanos > 0 || count == 0) ? woken - now : 0;
    for (int i = 0; i < count; i++) {
      receive(clients[(int) Memory.getLong(events + i * Events.EVENT_BYTES + Events.DATA_OFFSET)]);
    }
  }

  /** To sleep until a request is due would be to send it too late. */
  private long waitNanos(long now) {
    return ending || plan.rate == 0 || free.isEmpty()
        ? WAIT_NANOS
        : Math.clamp((long) nextDue - now - SLACK_NANOS, 0, WAIT_NANOS);
  }

  private void receive(Client client) {
    if (client.fd < 0) {
      return; // lost since the events were taken
    }
    if (client.have == client.in.length) {
      client.in = Arrays.copyOf(client.in, 2 * client.in.length);
    }
    int room =
        client.tls == null ? Math.min(client.in.length - client.have, BUFFER_BYTES) : BUFFER_BYTES;
    long received = calls.sockets().recv(client.fd, buffer, room, Linux.MSG_DONTWAIT());
    if (received == -Errno.EAGAIN.number()) {
      return;
    }
    if (received <= 0) {
      ended(client);
      return;
    }
    if (client.tls == null) {
      Memory.copy(buffer, client.in, client.have, (int) received);
      client.have += (int) received;
    } else if (!isDecrypted(client, client.tls, (int) received)) {
      lost(client);
      return;
    }
    long now = System.nanoTime();
    boolean wasFull = client.inFlight == client.pipeline();
    int from = 0;
    int length;
    while (client.inFlight > 0
        && (length = plan.talk.replyLength(client.in, from, client.have)) != Talk.CUT) {
      result.errors += plan.talk.isError(client.in, from) ? 1 : 0;
      result.latencies.recordValue(Math.max(now - client.answered(), 0));
      from += length;
    }
    client.have -= from;
    System.arraycopy(client.in, from, client.in, 0, client.have);
    if (from == 0 || plan.churns) {
      return; // where connections churn the server ends this one now
    }
    if (plan.rate == 0 && !ending) {
      fill(client, now);
    } else if (plan.rate == 0 ? client.inFlight == 0 : wasFull) {
      free.add(client);
    }
  }

  /** Adds what was received to what the client has, unless the connection is gone. */
  private boolean isDecrypted(Client client, ClientTls tls, int received) {
    byte[] records = new byte[received];
    Memory.copy(buffer, records, 0, received);
    do {
      byte[] said;
      try {
        said = tls.received(records);
      } catch (SSLException e) {
        end("TLS with " + plan.target + " has failed: " + e.getMessage());
        return false;
      }
      if (client.have + said.length > client.in.length) {
        client.in = Arrays.copyOf(client.in, 2 * (client.have + said.length));
      }
      System.arraycopy(said, 0, client.in, client.have, said.length);
      client.have += said.length;
      if (!isEncrypted(client, tls)) {
        return false;
      }
      records = new byte[0];
    } while (tls.isHolding());
    return true;
  }

  /** The server has closed it. */
  private void ended(Client client) {
    if (client.inFlight > 0 || !plan.churns) {
      lost(client);
      return;
    }
    close(client);
    free.add(client);
  }

  private void lost(Client client) {
    result.errors += Math.max(client.inFlight, 1);
    if (result.errors > ERRORS_MAX) {
      end(plan.target + " ends one connection after the other");
    }
    client.inFlight = 0;
    close(client);
    if (!free.contains(client)) {
      free.add(client);
    }
  }

  private void close(Client client) {
    if (client.fd >= 0) {
      calls.files().close(client.fd);
      client.fd = -1;
    }
  }

  @Override
  public void close() {
    for (Client client : clients) {
      close(client);
    }
    calls.files().close(epfd);
    arena.close();
  }
}
