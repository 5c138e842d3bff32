package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * One end of a TCP connection, tcp(7). What its calls return, and what poll(2) says of it, follow
 * tcp_sendmsg, tcp_recvmsg and tcp_poll of Linux.
 */
final class StreamSocket extends Description {
  private final ByteFifo inbox = new ByteFifo();
  private final int capacity;
  private @Nullable StreamSocket peer;

  /** Where this end was registered last. */
  @Nullable EpollInstance epoll;

  /** Who is at this end, if not a process. */
  private @Nullable SimulatedClient client;

  private @Nullable SimulatedMachine counting;
  private boolean finReceived;
  private boolean finSent;
  private boolean readShut;
  private boolean reset;
  private boolean closed;
  private boolean lingerZero;
  private boolean used;
  private int error;
  private boolean full;

  /** Bytes of replies that were encoded for it, as far as is known, and not sent. */
  private long queued;

  /** Whether what is sent here is encrypted: then records count, and not what they hold. */
  private boolean secured;

  /** Bytes of records that were made since something was sent. */
  private long encrypted;

  /** Bytes that were received, and those of them that were decrypted. */
  private long received;

  private long decrypted;

  /** Of which process the loop is that has it. */
  private @Nullable SimulatedProcess owner;

  /** Whether more was queued than may be, and it has not fallen yet as far as it must. */
  private boolean congested;

  private StreamSocket(int capacity) {
    this.capacity = capacity;
  }

  /** Two ends that are connected; gives the one that connected. */
  static StreamSocket connected(int connectorBytes, int acceptorBytes) {
    StreamSocket one = new StreamSocket(connectorBytes);
    StreamSocket other = new StreamSocket(acceptorBytes);
    one.peer = other;
    other.peer = one;
    return one;
  }

  StreamSocket peer() {
    if (peer == null) {
      throw new IllegalStateException("a socket that is connected has a peer");
    }
    return peer;
  }

  void usedBy(SimulatedClient given) {
    client = given;
  }

  /** The client at this end or the other, if one is. */
  @Nullable SimulatedClient client() {
    return client != null ? client : peer().client;
  }

  /** A process has accepted it. */
  void countWhenClosed(SimulatedMachine machine) {
    counting = machine;
  }

  /** So much was encoded for it, and so much of all of that sent, until it took no more or not. */
  void writes(long encoded, long sent, boolean takesNoMore, SimulatedMachine machine) {
    queued += (secured ? encrypted : encoded) - sent;
    encrypted = 0;
    if (congested) {
      congested = queued > machine.lowWatermark;
    } else if (takesNoMore && queued > 0) {
      congested =
          queued > machine.highWatermark
              || epoll != null && epoll.queuedBytes() > machine.bufferBytesMax;
    }
  }

  /** The same engine; from now on it is known what is encrypted and decrypted here. */
  SSLEngine securedBy(SSLEngine engine) {
    secured = true;
    return new CountedEngine(engine, made -> encrypted += made, taken -> decrypted += taken);
  }

  /** A loop waits for it. */
  void belongsTo(EpollInstance loop, SimulatedProcess process) {
    epoll = loop;
    owner = process;
  }

  /** A process closes it: if it was that of its loop, nothing waits there any more. */
  void closedBy(SimulatedProcess process) {
    if (process == owner) {
      owner = null;
    }
  }

  /** Bytes that wait in a loop, as far as is known: to be sent, or to be decrypted. */
  long waitsIn(EpollInstance loop) {
    return owner != null && epoll == loop
        ? Math.max(queued, 0) + (secured ? received - decrypted : 0)
        : 0;
  }

  boolean isCongested() {
    return congested;
  }

  void lingerZero() {
    lingerZero = true;
  }

  boolean wasAccepted() {
    return counting != null;
  }

  /** Whether bytes or their end were looked for here, or sent. */
  boolean wasUsed() {
    return used;
  }

  /** Whether its peer has ended it, or the connection is broken. */
  boolean hasEnded() {
    return finReceived || reset || error != 0;
  }

  /** Bytes that could be received. */
  int available() {
    return inbox.length();
  }

  boolean canReceive() {
    return inbox.length() > 0 || finReceived || readShut || error != 0 || reset;
  }

  boolean canSend() {
    return error != 0 || reset || finSent || room() > 0;
  }

  int room() {
    return peer().capacity - peer().inbox.length();
  }

  /** Bytes received, 0 at the end, or the negated error number. */
  int receive(byte[] to) {
    used = true;
    int count = Math.min(to.length, inbox.length());
    if (count > 0) {
      received += count;
      System.arraycopy(inbox.take(count), 0, to, 0, count);
      StreamSocket other = peer();
      if (other.full && 3 * other.room() >= capacity) {
        other.full = false;
        other.wake(Linux.EPOLLOUT());
      }
      return count;
    }
    if (finReceived) {
      return 0;
    }
    if (error != 0) {
      return takeError();
    }
    if (readShut) {
      return 0;
    }
    return reset ? 0 : -Linux.EAGAIN();
  }

  private int takeError() {
    int taken = error;
    error = 0;
    return -taken;
  }

  /** Bytes taken, at most so many, or the negated error number. */
  int send(byte[] bytes, int most) {
    used = true;
    if (error != 0) {
      return takeError();
    }
    if (reset || finSent) {
      return -Linux.EPIPE();
    }
    int count = Math.min(Math.min(bytes.length, most), room());
    if (count <= 0 && bytes.length > 0) {
      full = true;
      return -Linux.EAGAIN();
    }
    full = count < bytes.length;
    StreamSocket other = peer();
    if (other.closed) {
      resetReceived();
      return count;
    }
    other.inbox.add(bytes, 0, count);
    other.wake(Linux.EPOLLIN());
    return count;
  }

  int shutdown(int how) {
    used = true;
    if (reset || finSent && finReceived) {
      return -Linux.ENOTCONN(); // TCP_CLOSE
    }
    if (how != Linux.SHUT_WR()) {
      readShut = true;
    }
    if (how != Linux.SHUT_RD() && !finSent) {
      finSent = true;
      peer().finArrived();
    }
    wake(0);
    return 0;
  }

  private void finArrived() {
    if (!closed && !reset) {
      finReceived = true;
      wake(0);
    }
  }

  private void resetReceived() {
    if (closed || reset) {
      return;
    }
    error = finReceived ? Linux.EPIPE() : Linux.ECONNRESET();
    reset = true;
    wake(0);
  }

  /** As if the peer had reset the connection; it learns of it too. */
  void abort() {
    closed = true;
    peer().resetReceived();
  }

  @Override
  void released() {
    if (closed) {
      return;
    }
    closed = true;
    if (counting != null) {
      counting.closed++;
    }
    if (reset) {
      return;
    }
    if (inbox.length() > 0 || lingerZero) {
      peer().resetReceived();
    } else if (!finSent) {
      peer().finArrived();
    }
  }

  @Override
  int poll() {
    boolean received = finReceived || readShut || reset;
    boolean sent = finSent || reset;
    int events = 0;
    if (received) {
      events |= Linux.EPOLLIN() | Linux.EPOLLRDHUP();
    }
    if (received && sent) {
      events |= Linux.EPOLLHUP();
    }
    if (inbox.length() > 0) {
      events |= Linux.EPOLLIN();
    }
    if (sent || 3 * room() >= peer().capacity) {
      events |= Linux.EPOLLOUT();
    } else {
      full = true; // SOCK_NOSPACE: whoever polled is told when there is room
    }
    if (error != 0) {
      events |= Linux.EPOLLERR();
    }
    return events;
  }
}
