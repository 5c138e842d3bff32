package io.quintet.accept;

import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What other threads may ask of a loop's listeners: to share them with other loops or processes, to
 * leave them, to set options. Done on the loop's thread; any thread may call.
 */
public final class ListenerAccess {
  private final Acceptor acceptor;

  ListenerAccess(Acceptor acceptor) {
    this.acceptor = acceptor;
  }

  /**
   * How many listeners accept clients.
   *
   * @return the number; 0 where the loop has stopped
   */
  public CompletableFuture<Integer> count() {
    return acceptor.loop().ask(() -> acceptor.clientListeners().size(), 0);
  }

  /**
   * The listeners that accept clients. The loop is not waited for, so also where a handler hangs on
   * it.
   *
   * @return as they were when one came or went last
   */
  public List<ListenerSocket> sockets() {
    return acceptor.sockets();
  }

  /**
   * How far the loop has come that accepts from them. The loop is not waited for.
   *
   * @return grows with each turn, at its end; -1 while the loop sleeps
   */
  public long progress() {
    LoopContext loop = acceptor.loop();
    return loop.isAsleep() ? -1 : loop.metrics().systemCalls();
  }

  /**
   * Has another loop get a descriptor of a listener that accepts clients, if there is one for it.
   *
   * @param index of {@link #count}
   * @param taker the other loop, which may be this one
   * @param carrying makes the mail that brings the descriptor there, which is the mail's own then
   */
  public void share(int index, LoopContext taker, IntFunction<Mail> carrying) {
    acceptor
        .loop()
        .order(
            () -> {
              int fd = shared(at(index));
              if (fd < 0) {
                acceptor.loop().report("fcntl F_DUPFD_CLOEXEC of a listener", -1, fd);
              } else if (!taker.post(carrying.apply(fd))) {
                acceptor.loop().kernel().close(fd);
              }
            });
  }

  /**
   * Has another loop accept from a listener as well, so that the socket stays open when this loop
   * leaves it: a client may be in the middle of the handshake, and the kernel resets it when nobody
   * has the socket any more.
   *
   * @param index of {@link #count}
   * @param other the other loop, of the same server
   * @param exclusive whether it is one of several that wait for the socket from now on
   * @return 0 or the negated error number, once it does; -EBADF if there is no such listener, or
   *     one of the loops has stopped or is to end
   */
  public CompletableFuture<Integer> share(int index, Acceptor other, boolean exclusive) {
    return give(() -> shared(at(index)), other, exclusive);
  }

  /**
   * Likewise, the last of them.
   *
   * @param other the other loop, of the same server
   * @return as {@link #share(int, Acceptor, boolean)}
   */
  public CompletableFuture<Integer> shareLast(Acceptor other) {
    return give(() -> shared(acceptor.lastListener()), other, false);
  }

  private @Nullable Listener at(int index) {
    List<Listener> those = acceptor.clientListeners();
    return index < those.size() ? those.get(index) : null;
  }

  private static int shared(@Nullable Listener listener) {
    return listener == null ? -Linux.EBADF() : listener.share();
  }

  /** A descriptor or a negated error number. */
  private interface Source {
    public int get();
  }

  private CompletableFuture<Integer> give(Source source, Acceptor other, boolean exclusive) {
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    Runnable share =
        () -> {
          int fd = source.get();
          if (fd < 0) {
            answer.complete(fd);
          } else if (!other.loop().post(new Bequest(other, fd, exclusive, answer))) {
            acceptor.loop().kernel().close(fd);
            answer.complete(-Linux.EBADF());
          }
        };
    if (!acceptor.loop().order(share)) {
      answer.complete(-Linux.EBADF());
    }
    return answer;
  }

  /**
   * Takes a socket over that listens.
   *
   * @param fd the socket, the loop's from now on, whatever comes of it
   * @return 0 or the negated error number, once it accepts from it
   */
  public CompletableFuture<Integer> adopt(int fd) {
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    Bequest mail = new Bequest(acceptor, fd, false, answer);
    if (!acceptor.loop().post(mail)) {
      mail.undelivered();
    }
    return answer;
  }

  /**
   * Another descriptor of the socket on which other processes connect.
   *
   * @return the descriptor, the caller's; -EBADF if there is none
   */
  public CompletableFuture<Integer> control() {
    return acceptor
        .loop()
        .ask(
            () -> shared(acceptor.otherListeners().stream().findFirst().orElse(null)),
            -Linux.EBADF());
  }

  /** Leaves the last of its listeners to the loop with which it is shared. */
  public void leaveLast() {
    acceptor.loop().order(acceptor::leaveLast);
  }

  /**
   * Closes the listeners; none that the kernel has queued is lost.
   *
   * @return complete when they are closed
   */
  public CompletableFuture<Void> leaveAll() {
    acceptor.loop().order(acceptor::leaveAll);
    return acceptor.unlistened();
  }

  /**
   * Sets an option of the first listener.
   *
   * @param <T> type of the value
   * @param option option
   * @param value value
   * @return 0 or the negated error number, once it is set; -EBADF if there is no listener
   */
  public <T> CompletableFuture<Integer> setOption(SocketOption<T> option, T value) {
    return acceptor
        .loop()
        .ask(
            () -> {
              Listener first = at(0);
              return first == null
                  ? -Linux.EBADF()
                  : acceptor.loop().kernel().setOption(first.fd(), option, value);
            },
            -Linux.EBADF());
  }
}
