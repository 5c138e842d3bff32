package io.quintet.loop;

import io.quintet.ffi.linux.Linux;
import io.quintet.metrics.Counts;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The backends that a loop started and looks after. The loop's thread alone, but for {@link #stats}
 * and {@link #allReady}.
 */
final class Front {
  private final Loop loop;
  private final List<Backend> backends = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> allReady = new CompletableFuture<>();
  private int readyOnce;
  private final int count;

  /** What backends that have stopped have counted. */
  private volatile Counts gone;

  /** A front, which accepts for its backends if it places connections on them. */
  Front(Loop loop, int count, Spawner spawner, boolean places) {
    this.loop = loop;
    this.count = count;
    this.gone = Counts.none(loop.replyKinds());
    for (int i = 0; i < count; i++) {
      backends.add(new Backend(loop, this, i, spawner, places));
    }
  }

  List<Backend> backends() {
    return backends;
  }

  /** Complete when as many backends as there are have become ready. */
  CompletableFuture<Void> allReady() {
    return allReady;
  }

  void start() {
    backends.forEach(Backend::start);
  }

  void drain() {
    backends.forEach(Backend::drain);
  }

  /** The loop has broken: the backends see their control sockets close, and drain by themselves. */
  void leave() {
    backends.forEach(Backend::endAtOnce);
  }

  /** A process has connected to the control socket; who is no backend is turned away. */
  ListenerEvent greet(int fd) {
    int process = loop.kernel().peerProcess(fd);
    for (Backend backend : backends) {
      if (backend.isProcess(process)) {
        Control socket = Control.on(loop, fd);
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
  Counts counts() {
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
  void ask(CompletableFuture<Void> answered) {
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

  boolean isEmpty() {
    return backends.isEmpty();
  }

  List<Map<String, Object>> stats() {
    return backends.stream().map(Backend::stats).toList();
  }
}
