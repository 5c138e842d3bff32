package io.quintet.kernel;

import io.quintet.ffi.FileStatus;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import java.util.Optional;

/**
 * All that the runtime asks of the world. Whoever supplies another one must supply this:
 *
 * <ul>
 *   <li>A result is at least 0, or the negated error number; nothing is thrown, and no call that a
 *       loop makes allocates.
 *   <li>Pointers are native addresses of memory that the caller owns for the length of the call,
 *       laid out as Linux lays it out on the machine.
 *   <li>Every descriptor that {@link #accept4}, {@link #socket}, {@link #dup}, {@link
 *       #epollCreate1} and {@link #eventfd} give is released by exactly one {@link #close}, also
 *       where that reports EINTR.
 *   <li>No call blocks but {@link #epollWait}, and that for its timeout at most.
 *   <li>An instance belongs to one thread at a time. {@link #signal} alone may be called by any.
 * </ul>
 */
public interface Kernel {
  /**
   * Makes a socket, socket(2).
   *
   * @param domain address family
   * @param type type and flags
   * @param protocol protocol, 0 for the only one
   * @return the descriptor
   */
  int socket(int domain, int type, int protocol);

  /**
   * Gives a socket its address, bind(2).
   *
   * @param fd socket
   * @param address address
   * @return 0
   */
  int bind(int fd, SocketAddress address);

  /**
   * Makes a socket a listener, listen(2).
   *
   * @param fd bound socket
   * @param backlog connections that may wait to be accepted
   * @return 0
   */
  int listen(int fd, int backlog);

  /**
   * The address that a socket is bound to, getsockname(2), when the server starts.
   *
   * @param fd bound socket
   * @return its address
   */
  SocketAddress name(int fd);

  /**
   * Makes calls on a descriptor that was inherited return where they would block, fcntl(2).
   *
   * @param fd descriptor
   * @return 0, or the negated error number
   */
  int setNonBlocking(int fd);

  /**
   * How many descriptors the process may have, RLIMIT_NOFILE, getrlimit(2).
   *
   * @return at least 0
   */
  int descriptorsMax();

  /**
   * Removes a name from the file system, unlink(2).
   *
   * @param path name
   * @return 0, or the negated error number
   */
  int unlink(String path);

  /**
   * What a name in the file system stands for, lstat(2), when the server starts or ends.
   *
   * @param path name
   * @return what it is, of a symbolic link the link itself; empty where there is no such name, or
   *     none that may be looked at
   */
  Optional<FileStatus> status(String path);

  /**
   * What a descriptor stands for, fstat(2), when the server starts.
   *
   * @param fd descriptor
   * @return what it is; empty where it is not open
   */
  Optional<FileStatus> statusOf(int fd);

  /**
   * The address of the peer of a connection, getpeername(2).
   *
   * @param fd connected socket
   * @return its address; empty where the peer is gone
   */
  Optional<SocketAddress> peer(int fd);

  /**
   * The address of this end of a connection, getsockname(2).
   *
   * @param fd connected socket
   * @return its address; empty where the kernel refuses
   */
  Optional<SocketAddress> local(int fd);

  /**
   * Sets a typed option, setsockopt(2), when the server starts.
   *
   * @param <T> type of the value
   * @param fd socket
   * @param option option
   * @param value value
   * @return 0
   */
  <T> int setOption(int fd, SocketOption<T> option, T value);

  /**
   * Reads a typed option, getsockopt(2), when the server starts.
   *
   * @param <T> type of the value
   * @param fd descriptor
   * @param option option
   * @return its value; empty where the descriptor is no socket that has it
   */
  <T> Optional<T> option(int fd, SocketOption<T> option);

  /**
   * Takes the next connection, accept4(2).
   *
   * @param fd listener
   * @param flags SOCK_NONBLOCK, SOCK_CLOEXEC
   * @return the connection's descriptor
   */
  int accept4(int fd, int flags);

  /**
   * Receives what has arrived, recv(2).
   *
   * @param fd connection
   * @param buffer address to fill
   * @param length room there, in bytes
   * @param flags flags
   * @return bytes received; 0 once the peer has ended its half
   */
  long recv(int fd, long buffer, long length, int flags);

  /**
   * Sends as much as the socket takes, send(2).
   *
   * @param fd connection
   * @param buffer address of the bytes
   * @param length how many
   * @param flags flags
   * @return bytes taken
   */
  long send(int fd, long buffer, long length, int flags);

  /**
   * Ends one half of a connection, shutdown(2).
   *
   * @param fd connection
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @return 0
   */
  int shutdown(int fd, int how);

  /**
   * Closes a descriptor, close(2).
   *
   * @param fd descriptor
   * @return 0
   */
  int close(int fd);

  /**
   * Connects a unix socket, connect(2), when a server starts or ends.
   *
   * @param fd socket that does not block: a listener whose queue is full would block one that does
   *     for as long as it is not accepted from, unix(7)
   * @param address the listener's address
   * @return 0; -EAGAIN where the listener's queue is full
   */
  int connect(int fd, SocketAddress address);

  /**
   * The process at the other end of a unix socket, SO_PEERCRED, unix(7).
   *
   * @param fd connected unix socket
   * @return its id
   */
  int peerProcess(int fd);

  /**
   * Sends a message that may carry a descriptor, sendmsg(2).
   *
   * @param fd unix socket
   * @param message address of a {@code struct msghdr}
   * @param flags flags
   * @return bytes taken
   */
  long sendmsg(int fd, long message, int flags);

  /**
   * Receives a message that may carry a descriptor, recvmsg(2).
   *
   * @param fd unix socket
   * @param message address of a {@code struct msghdr}
   * @param flags flags
   * @return bytes received; 0 once the peer has ended its half
   */
  long recvmsg(int fd, long message, int flags);

  /**
   * Another descriptor of the same socket, dup(2).
   *
   * @param fd descriptor
   * @return the duplicate
   */
  int dup(int fd);

  /**
   * Keeps the calling thread on one processor, sched_setaffinity(2).
   *
   * @param processor counted from 0 among those that the process may use; beyond them it begins
   *     again
   * @return 0
   */
  int pin(int processor);

  /**
   * Asks for short turns on a processor for the calling thread, sched_setattr(2): one that wakes
   * with a longer turn than another that computes would wait until that one is interrupted by a
   * tick. It changes no share. A kernel before Linux 6.12, or one that refuses, leaves it as it is.
   */
  default void takeShortTurns() {
    // where time stands still while somebody computes, nobody waits for a turn
  }

  /**
   * Has the process get SIGTERM when the thread that started it has ended, prctl(2)
   * PR_SET_PDEATHSIG, for as long as the calling thread lives.
   *
   * @return 0, or the negated error number
   */
  int endWithParent();

  /**
   * Whether it receives and sends for connections ahead of the calls, so that one that goes to
   * another kernel may leave bytes behind.
   *
   * @return whether it does
   */
  default boolean worksAhead() {
    return false;
  }

  /**
   * Makes an epoll instance, epoll_create1(2).
   *
   * @param flags EPOLL_CLOEXEC
   * @return the descriptor
   */
  int epollCreate1(int flags);

  /**
   * Adds, changes or removes a registration, epoll_ctl(2). A kernel that receives ahead gives what
   * it has received of a connection that was removed by {@link #recv}, until that says -EAGAIN, 0
   * or an error: who gives the connection to another kernel takes it first.
   *
   * @param epfd epoll instance
   * @param operation EPOLL_CTL_ADD, MOD or DEL
   * @param fd descriptor concerned
   * @param event address of a {@code struct epoll_event}
   * @return 0; -EAGAIN of a removal while bytes that {@link #send} took are not sent yet, which
   *     changes nothing: it is writable once they are
   */
  int epollCtl(int epfd, int operation, int fd, long event);

  /**
   * Waits for readiness, epoll_wait(2).
   *
   * @param epfd epoll instance
   * @param events address of an array of {@code struct epoll_event}
   * @param eventsMax its length
   * @param timeoutMillis milliseconds; 0 returns at once, -1 waits without end
   * @return events filled in
   */
  int epollWait(int epfd, long events, int eventsMax, int timeoutMillis);

  /**
   * Makes a counter that can be waited for, eventfd(2).
   *
   * @param count first value
   * @param flags EFD_NONBLOCK, EFD_CLOEXEC
   * @return the descriptor
   */
  int eventfd(int count, int flags);

  /**
   * Reads bytes, read(2).
   *
   * @param fd descriptor
   * @param buffer address to fill
   * @param length room there, in bytes
   * @return bytes read
   */
  long read(int fd, long buffer, long length);

  /**
   * Adds 1 to an eventfd, write(2). Any thread may call.
   *
   * @param fd eventfd
   * @return 8
   */
  long signal(int fd);

  /**
   * Where what goes wrong is said.
   *
   * @return a logger that any thread may use
   */
  System.Logger logger();

  /**
   * Calls made by this instance so far.
   *
   * @return system calls, those to the clock aside
   */
  long calls();

  /**
   * Time since some fixed point, for deadlines.
   *
   * @return nanoseconds, never going back
   */
  long nanoTime();

  /**
   * The clock of the processor time of the calling thread, which any thread of the process may read
   * by {@link #cpuNanos}, pthread_getcpuclockid(3).
   *
   * @return its number
   */
  int cpuClock();

  /**
   * Processor time that a thread has had, clock_gettime(2).
   *
   * @param clock what {@link #cpuClock} gave there
   * @return nanoseconds, or the negated error number where the thread has ended
   */
  long cpuNanos(int clock);

  /**
   * Time of day.
   *
   * @return seconds since 1970-01-01T00:00Z
   */
  long epochSeconds();
}
