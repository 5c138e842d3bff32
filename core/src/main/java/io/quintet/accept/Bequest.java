package io.quintet.accept;

import io.quintet.ffi.linux.Linux;
import io.quintet.reactor.Mail;
import java.util.concurrent.CompletableFuture;

/** A listening socket on its way to a loop that accepts from it too. */
final class Bequest extends Mail {
  private final Acceptor heir;
  private final int fd;
  private final CompletableFuture<Integer> answer;

  Bequest(Acceptor heir, int fd, CompletableFuture<Integer> answer) {
    this.heir = heir;
    this.fd = fd;
    this.answer = answer;
  }

  @Override
  public void deliver() {
    int result = heir.listen(fd, false, true);
    if (result < 0) {
      heir.loop().kernel().close(fd);
    } else if (heir.loop().isDraining()) {
      heir.leaveListener();
    }
    answer.complete(result);
  }

  @Override
  public void undelivered() {
    heir.loop().kernel().close(fd);
    answer.complete(-Linux.EBADF());
  }
}
