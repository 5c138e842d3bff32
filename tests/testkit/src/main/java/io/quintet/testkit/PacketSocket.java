package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One end of a pair of unix sockets that keep messages apart, unix(7). */
final class PacketSocket extends Description {
  /** A message, and the description that it carries if it does. */
  record Message(byte[] body, @Nullable Description passed) {}

  /** The process that made this end. */
  private int process;

  private final Deque<Message> inbox = new ArrayDeque<>();
  private @Nullable PacketSocket peer;
  private boolean closed;
  private int error;

  private PacketSocket(int process) {
    this.process = process;
  }

  /** Two ends that are connected; gives the one that connected. */
  static PacketSocket connected(int connector, int acceptor) {
    PacketSocket one = new PacketSocket(connector);
    PacketSocket other = new PacketSocket(acceptor);
    one.peer = other;
    other.peer = one;
    return one;
  }

  int process() {
    return process;
  }

  /** Who accepted this end. */
  void isOf(int id) {
    process = id;
  }

  /** Descriptions on their way to this end. */
  List<Description> passed() {
    List<Description> passed = new ArrayList<>();
    for (Message message : inbox) {
      if (message.passed() != null) {
        passed.add(message.passed());
      }
    }
    return passed;
  }

  /** A pending error, which is told once, and before any message. */
  int takeError() {
    int taken = error;
    error = 0;
    return taken;
  }

  /** What the next message says, which stays; nothing if there is none. */
  byte[] peek() {
    Message next = inbox.peekFirst();
    return next == null ? new byte[0] : next.body();
  }

  PacketSocket peer() {
    if (peer == null) {
      throw new IllegalStateException("a socket that is connected has a peer");
    }
    return peer;
  }

  /**
   * Sends a message.
   *
   * @param most how many may wait: net.unix.max_dgram_qlen does not bound it, the send buffer does
   */
  int send(Message message, int most) {
    PacketSocket other = peer();
    if (other.closed) {
      return -Linux.EPIPE();
    }
    if (other.inbox.size() >= most) {
      return -Linux.EAGAIN();
    }
    if (message.passed() != null) {
      message.passed().references++;
    }
    other.inbox.add(message);
    other.wake(Linux.EPOLLIN());
    return message.body().length;
  }

  @Nullable Message receive() {
    return inbox.poll();
  }

  boolean isEnded() {
    return peer().closed;
  }

  @Override
  int poll() {
    int events = Linux.EPOLLOUT();
    if (!inbox.isEmpty()) {
      events |= Linux.EPOLLIN();
    }
    if (error != 0) {
      events |= Linux.EPOLLERR();
    }
    if (peer().closed) {
      events |= Linux.EPOLLIN() | Linux.EPOLLRDHUP() | Linux.EPOLLHUP();
    }
    return events;
  }

  @Override
  void released() {
    closed = true;
    if (!inbox.isEmpty()) {
      peer().error = Linux.ECONNRESET(); // unix_release_sock, af_unix.c
    }
    for (Message message : inbox) {
      if (message.passed() != null) {
        message.passed().release();
      }
    }
    inbox.clear();
    peer().wake(0);
  }
}
