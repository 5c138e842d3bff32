package io.quintet.accept;

import io.quintet.fault.SeededBug;
import io.quintet.reactor.Mail;

/** A connection on its way to the loop that will own it. */
final class Handoff extends Mail {
  private final Acceptor owner;
  private final int fd;

  Handoff(Acceptor owner, int fd) {
    this.owner = owner;
    this.fd = fd;
  }

  @Override
  public void deliver() {
    if (SeededBug.LATE_COUNT.isOn()) {
      owner.connections().open().incrementAndGet();
    }
    owner.connections().adopt(fd, true);
  }

  @Override
  public void undelivered() {
    owner.connections().open().decrementAndGet();
    owner.limiter().leaves(fd);
    owner.loop().kernel().close(fd);
    owner.line().descriptorFreed();
  }
}
