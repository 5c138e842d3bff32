package io.quintet.process;

import io.quintet.accept.Acceptor;
import io.quintet.accept.ListenerEvent;
import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import io.quintet.metrics.Counts;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.TurnPhase;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The backends that a loop started and looks after. The loop's thread alone, but for {@link #stats}
 * and {@link #allReady}.
 */
public final class Front implements TurnPhase {
  private final LoopContext loop;
  private final Acceptor acceptor;
  private final DescriptorMessage message;
  private final List<Backend> backends = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> allReady = new CompletableFuture<>();
  private int readyOnce;
  private final int count;

  /** What backends that have stopped have counted. */
  private volatile Counts gone;

  /** Whether the backends are to be told to drain. */
  private boolean drains;

  /**
   * A front, which accepts for its backends if it places connections on them.
   *
   * @param acceptor who accepts for them
   * @param count how many, at least 1
   * @param spawner starts one
   * @param places whether connections are placed on them; otherwise they accept themselves
   * @param replyKinds kinds of replies that are counted
   */
  public Front(
      LoopContext loop,
      Acceptor acceptor,
      int count,
      Spawner spawner,
      boolean places,
      List<String> replyKinds) {
    this.loop = loop;
    this.acceptor = acceptor;
    this.count = count;
    this.message = new DescriptorMessage(loop.arena(), FrontLink.numbers(replyKinds));
    this.gone = Counts.none(replyKinds);
    for (int i = 0; i < count; i++) {
      backends.add(new Backend(loop, acceptor, this, i, spawner, places, replyKinds));
    }
    acceptor.whenListenerCloses(this::drainBackends);
  }

  /**
   * Takes the socket over to which they connect.
   *
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int open(int control) {
    return acceptor.greet(control, this::greet, true);
  }

  /** Who may own connections. */
  public List<Backend> backends() {
    return backends;
  }

  /** Complete when as many backends as there are have become ready. */
  public CompletableFuture<Void> allReady() {
    return allReady;
  }

  /** Starts them all. */
  public void start() {
    backends.forEach(Backend::start);
  }

  @Override
  public void drain() {
    drains = true;
    drainBackends();
  }

  /**
   * Its backends are told behind the last connection that they get. Until then others follow those
   * that end, since one may be needed for a connection that was accepted.
   */
  private void drainBackends() {
    if (drains && !acceptor.listensToClients()) {
      drains = false;
      acceptor.closeKept();
      backends.forEach(Backend::drain);
    }
  }

  @Override
  public void abort() {
    drains = false;
  }

  /** The loop has broken: the backends see their control sockets close, and drain by themselves. */
  @Override
  public void leave() {
    backends.forEach(Backend::endAtOnce);
  }

  /** A process has connected to the control socket; who is no backend is turned away. */
  private ListenerEvent greet(int fd) {
    int process = loop.kernel().peerProcess(fd);
    for (Backend backend : backends) {
      if (backend.isProcess(process)) {
        ControlSocket socket = ControlSocket.on(loop, message, fd);
        if (socket != null) {
          backend.connected(socket);
        }
        return ListenerEvent.PLACED;
      }
    }
    loop.report("control connection of process " + process, fd, -Linux.EPERM());
    loop.kernel().close(fd);
    return ListenerEvent.PLACED;
  }

  void ready() {
    readyOnce++;
    if (readyOnce == count) {
      allReady.complete(null);
    }
  }

  void stopped(Backend backend) {
    gone = gone.plus(backend.counts());
    backends.remove(backend);
  }

  /** What all have counted. Any thread. */
  public Counts counts() {
    Counts sum;
    Counts before;
    do { // one that stops meanwhile is neither missed nor counted twice
      before = gone;
      sum = before;
      for (Backend backend : backends) {
        sum = sum.plus(backend.counts());
      }
    } while (before != gone);
    return sum;
  }

  /** Has all tell what they have counted; complete when those have that answer soon. */
  public void ask(CompletableFuture<Void> answered) {
    Question question = new Question(answered);
    backends.forEach(backend -> backend.ask(question));
    question.answered();
  }

  /** What some backends are asked, and are to answer. */
  static final class Question {
    private final CompletableFuture<Void> answered;
    private int left = 1;

    Question(CompletableFuture<Void> answered) {
      this.answered = answered;
    }

    void asked() {
      left++;
    }

    void answered() {
      if (--left == 0) {
        answered.complete(null);
      }
    }
  }

  @Override
  public boolean isEmpty() {
    return backends.isEmpty();
  }

  public List<Map<String, Object>> stats() {
    return backends.stream().map(Backend::stats).toList();
  }
}
