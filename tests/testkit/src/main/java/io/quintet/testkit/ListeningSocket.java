package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A listening socket and the connections that nobody has accepted yet, listen(2). */
final class ListeningSocket extends Description {
  private static final int NOT_SHORT = -1;

  private final Names names;
  private final int port;
  private final String unixName;
  private final int process;
  private final int backlog;
  private final Deque<Description> queue = new ArrayDeque<>();

  /** Since a process found no descriptor for who waits here: what its other listeners accepted. */
  private int overtaken = NOT_SHORT;

  ListeningSocket(Names names, int port, String unixName, int process, int backlog) {
    this.names = names;
    this.port = port;
    this.unixName = unixName;
    this.process = process;
    this.backlog = backlog;
  }

  /** 0 for a unix socket. */
  int port() {
    return port;
  }

  /** Its abstract name; empty for a port. */
  String unixName() {
    return unixName;
  }

  /** Whether clients connect to it, and not processes of the server. */
  boolean isForClients() {
    return port != 0 || unixName.equals(SimulatedMachine.LOCAL_NAME);
  }

  /** Who made it a listener, whom those that connect see as their peer. */
  int process() {
    return process;
  }

  /** listen(2): the queue holds one more than the backlog. */
  boolean isFull() {
    return queue.size() > backlog;
  }

  void arrived(Description connection) {
    queue.add(connection);
    wake(Linux.EPOLLIN());
  }

  @Nullable Description accept() {
    overtaken = NOT_SHORT;
    return queue.poll();
  }

  /** No descriptor is left to accept with. */
  void fellShort() {
    if (overtaken == NOT_SHORT && !queue.isEmpty()) {
      overtaken = 0;
    }
  }

  /** Another listener of the process has accepted. Gives how often that was while clients wait. */
  int overtaken() {
    return overtaken == NOT_SHORT ? 0 : ++overtaken;
  }

  int waiting() {
    return queue.size();
  }

  @Override
  int poll() {
    return queue.isEmpty() ? 0 : Linux.EPOLLIN();
  }

  /** Those that wait are reset, or go to another listener of the port where that is asked for. */
  @Override
  void released() {
    names.closed(this);
    for (Description connection : queue) {
      ListeningSocket other = names.migrationTarget();
      if (connection instanceof StreamSocket stream) {
        if (other != null && !other.isFull()) {
          other.arrived(stream);
        } else {
          stream.abort();
        }
      } else {
        connection.references++;
        connection.release();
      }
    }
    queue.clear();
  }

  /** Where a listener's address is known, and who shares it. */
  interface Names {
    void closed(ListeningSocket listener);

    /** With net.ipv4.tcp_migrate_req, a listener of the same port; null if there is none. */
    @Nullable ListeningSocket migrationTarget();
  }
}
