package io.quintet.accept;

import io.quintet.ffi.linux.Linux;
import io.quintet.reactor.Mail;
import java.util.concurrent.CompletableFuture;

/** A listening socket on its way to a loop that accepts from it too. */
final class Bequest extends Mail {
  private final Acceptor heir;
  private final int fd;
  private final boolean exclusive;
  private final CompletableFuture<Integer> answer;

  Bequest(Acceptor heir, int fd, boolean exclusive, CompletableFuture<Integer> answer) {
    this.heir = heir;
    this.fd = fd;
    this.exclusive = exclusive;
    this.answer = answer;
  }

  @Override
  public void deliver() {
    boolean ends = heir.loop().isDraining() && heir.unlistened().isDone();
    if (ends || heir.loop().isRetired()) { // who shares it has it still
      undelivered();
      return;
    }
    int result = heir.listen(fd, exclusive, true);
    if (result < 0) {
      heir.loop().kernel().close(fd);
    } else if (heir.loop().isDraining()) {
      heir.leaveLast();
    }
    answer.complete(result);
  }

  @Override
  public void undelivered() {
    heir.loop().kernel().close(fd);
    answer.complete(-Linux.EBADF());
  }
}
