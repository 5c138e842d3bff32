package io.quintet.ring;

import io.quintet.ffi.Events;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.Rings;
import io.quintet.ffi.linux.Linux;

/**
 * The descriptors that are registered with a ring, told of as epoll(7) tells of them. One thread;
 * another one may make it, and close what was registered before the first {@link #await}.
 */
public final class RingSockets {
  /** How long gathered sends wait at most while the loop goes on. */
  private static final long GATHER_NANOS = 200_000;

  private final DirectCalls calls;
  private final SocketTable table = new SocketTable();
  private final Readiness readiness = new Readiness();
  private final Ring ring;
  private final ReceiveBuffers receiveBuffers;
  private final SendBuffers sendBuffers;
  private final Receiver receiver;
  private final Sender sender;
  private final Accepter accepter;
  private final RingCycle cycle;

  /** A connection that {@link #accept} gave last and that nothing was done with yet. */
  private int freshConnection = RingSocket.NONE;

  private long gatheringSince;
  private long clock;

  private RingSockets(
      DirectCalls calls,
      Ring ring,
      ReceiveBuffers receiveBuffers,
      SendBuffers sendBuffers,
      int descriptorsMax) {
    this.calls = calls;
    this.ring = ring;
    this.receiveBuffers = receiveBuffers;
    this.sendBuffers = sendBuffers;
    Requests requests = new Requests(ring);
    this.receiver = new Receiver(requests, receiveBuffers, calls);
    this.sender = new Sender(requests, sendBuffers, calls, readiness);
    Pollers pollers = new Pollers(requests);
    this.accepter = new Accepter(requests, calls, pollers, descriptorsMax);
    this.cycle =
        new RingCycle(calls, table, readiness, requests, receiver, sender, accepter, pollers);
  }

  /**
   * Makes a ring.
   *
   * @param descriptorsMax how many descriptors the process may have
   * @throws LinuxException if the kernel refuses; nothing is left open then
   */
  public static RingSockets open(int descriptorsMax) {
    DirectCalls direct = new DirectCalls();
    Rings calls = Rings.open();
    Ring ring = Ring.open(calls, direct);
    ReceiveBuffers receive = null;
    try {
      receive = ReceiveBuffers.of(calls, ring);
      return new RingSockets(direct, ring, receive, SendBuffers.of(calls), descriptorsMax);
    } catch (LinuxException e) {
      direct.close(ring.fd());
      ring.unmap();
      if (receive != null) {
        receive.unmap();
      }
      throw e;
    }
  }

  /** The ring's descriptor. */
  public int fd() {
    return ring.fd();
  }

  /** System calls that were made for the ring. */
  public long calls() {
    return ring.entered() + calls.made();
  }

  /** Whether a descriptor is the ring's. */
  public boolean isRing(int fd) {
    return fd == ring.fd();
  }

  /** Buffers that are not with the kernel, and slots of bytes to send. */
  public int held() {
    return receiveBuffers.held() + sendBuffers.used();
  }

  /** It is so late: sends that were gathered before may be late. */
  public void clock(long nanos) {
    clock = nanos;
  }

  // Registrations.

  /** As epoll_ctl(2). */
  public int control(int operation, int fd, long event) {
    RingSocket socket = table.find(fd);
    boolean registered = socket != null && socket.kind != RingSocket.Kind.NONE;
    if (operation == Linux.EPOLL_CTL_ADD()) {
      return registered ? -Linux.EEXIST() : add(fd, event);
    }
    if (socket == null || !registered) {
      return -Linux.ENOENT();
    }
    return operation == Linux.EPOLL_CTL_MOD() ? change(socket, event) : remove(socket);
  }

  private int add(int fd, long event) {
    boolean fresh = fd == freshConnection;
    freshConnection = RingSocket.NONE;
    int type = fresh ? Linux.SOCK_STREAM() : calls.option(fd, Linux.SO_TYPE());
    if (type == -Linux.EBADF()) {
      return type;
    }
    RingSocket socket = table.make(fd);
    receiver.drop(socket); // it may stand for something else than when it was removed
    socket.reset();
    if (type != Linux.SOCK_STREAM()) {
      socket.kind = RingSocket.Kind.POLLED;
    } else if (!fresh && calls.option(fd, Linux.SO_ACCEPTCONN()) == 1) {
      socket.kind = RingSocket.Kind.LISTENER;
    } else {
      socket.kind = RingSocket.Kind.STREAM;
    }
    return change(socket, event);
  }

  private int change(RingSocket socket, long event) {
    socket.interest = Memory.getInt(event);
    socket.data = Memory.getLong(event + Events.DATA_OFFSET);
    readiness.changed(socket);
    return 0;
  }

  /**
   * What has arrived remains for {@link #receive} and {@link #accept}: who gives a connection to
   * another kernel takes it first. Only what was accepted is still there when it is added again.
   */
  private int remove(RingSocket socket) {
    cycle.flush();
    if (socket.slot != RingSocket.NONE) {
      return -Linux.EAGAIN();
    }
    cycle.stop(socket);
    socket.kind = RingSocket.Kind.NONE;
    socket.interest = 0;
    return 0;
  }

  // The calls.

  /** As recv(2). */
  public long receive(int fd, long buffer, long length, int flags) {
    RingSocket socket = table.find(fd);
    boolean known =
        socket != null
            && (socket.kind == RingSocket.Kind.STREAM || socket.hasReceived() || socket.error != 0);
    if (socket == null || !known) {
      return calls.recv(fd, buffer, length, flags);
    }
    long result = receiver.receive(socket, buffer, length, flags);
    if (!socket.armed) {
      readiness.changed(socket);
    }
    return result;
  }

  /** As send(2). */
  public long send(int fd, long address, long length, int flags) {
    RingSocket socket = table.find(fd);
    if (socket == null || socket.kind != RingSocket.Kind.STREAM) {
      return calls.send(fd, address, length, flags);
    }
    if (socket.sendError != 0) {
      int error = socket.sendError;
      socket.sendError = 0;
      return error;
    }
    if (socket.cut) {
      return -Linux.EPIPE();
    }
    gathering();
    if (sender.takes(socket, length) && sender.gather(socket, address, (int) length)) {
      return length;
    }
    if (socket.slot != RingSocket.NONE) {
      cycle.flush();
      if (socket.slot != RingSocket.NONE) {
        return -Linux.EAGAIN();
      }
    }
    return sender.sendDirectly(socket, address, length, flags);
  }

  private void gathering() {
    if (!sender.hasPending()) {
      gatheringSince = clock;
    } else if (clock - gatheringSince > GATHER_NANOS) {
      cycle.flush();
      gatheringSince = clock;
    }
  }

  /** As accept4(2). */
  public int accept(int fd, int flags) {
    RingSocket listener = table.find(fd);
    if (listener == null || listener.kind != RingSocket.Kind.LISTENER && !listener.hasAccepted()) {
      freshConnection = RingSocket.NONE;
      return calls.accept4(fd, flags);
    }
    int result = accepter.accept(listener, flags);
    readiness.changed(listener);
    freshConnection = Math.max(result, RingSocket.NONE);
    return result;
  }

  /** As shutdown(2), behind what was given to send. */
  public int shutdown(int fd, int how) {
    RingSocket socket = table.find(fd);
    boolean stream = socket != null && socket.kind == RingSocket.Kind.STREAM;
    if (socket == null || !stream) {
      return calls.shutdown(fd, how);
    }
    if (socket.slot != RingSocket.NONE) {
      cycle.flush(); // the ring may sleep before it would learn that all has gone
    }
    int result = 0;
    if (socket.slot != RingSocket.NONE) {
      socket.shutdown = how;
    } else {
      result = calls.shutdown(fd, how);
    }
    socket.cut |= result == 0 && how != Linux.SHUT_RD();
    return result;
  }

  /** As close(2). What was given to send goes first, for as long as its peer takes it. */
  public int close(int fd) {
    RingSocket socket = table.find(fd);
    if (fd == freshConnection) {
      freshConnection = RingSocket.NONE;
    }
    if (socket == null) {
      return calls.close(fd);
    }
    switch (socket.kind) {
      case STREAM -> {
        if (socket.slot != RingSocket.NONE) {
          cycle.flush();
        }
        cycle.cancel(socket);
        receiver.drop(socket);
        if (socket.slot != RingSocket.NONE) {
          cycle.closeLater(socket);
          return 0;
        }
      }
      case LISTENER -> cycle.stop(socket);
      case POLLED -> cycle.cancel(socket);
      case NONE -> receiver.drop(socket);
      case CLOSING -> {
        return -Linux.EBADF();
      }
    }
    accepter.drop(socket);
    socket.reset();
    return calls.close(fd);
  }

  /** As epoll_wait(2), and all that was gathered goes. */
  public int await(long events, int eventsMax, int timeoutMillis) {
    freshConnection = RingSocket.NONE;
    return cycle.await(events, eventsMax, timeoutMillis);
  }

  /**
   * Ends the ring. Memory that the kernel might still write to is left alone.
   *
   * @return what close(2) of it gave
   */
  public int end() {
    boolean quiet = !ring.isEnabled() || cycle.end();
    int result = calls.close(ring.fd());
    if (quiet) {
      ring.unmap();
      receiveBuffers.unmap();
      sendBuffers.unmap();
    }
    return result;
  }
}
