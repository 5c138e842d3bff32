package io.quintet.reactor;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.linux.Linux;
import io.quintet.io.Poller;
import io.quintet.kernel.Kernel;
import java.lang.foreign.Arena;

/**
 * An epoll instance to sleep in, and the mailbox that ends the sleep, registered in the first slot.
 *
 * @param poller epoll instance
 * @param mailbox mailbox
 */
public record Waker(Poller poller, Mailbox mailbox) {
  /**
   * Makes both.
   *
   * @param owner name of the thread that sleeps
   * @param arena owner of their memory, closed if they cannot be made
   * @throws LinuxException if the kernel refuses; nothing is left open then
   */
  public static Waker open(String owner, Kernel kernel, Arena arena) {
    Poller poller = null;
    Mailbox mailbox = null;
    try {
      poller = new Poller(kernel, arena);
      mailbox = new Mailbox(owner, kernel);
      int result = poller.add(mailbox.eventfd(), Linux.EPOLLIN() | Linux.EPOLLET(), 0, 0);
      LinuxException.check(result, "epoll_ctl ADD of an eventfd");
      return new Waker(poller, mailbox);
    } catch (RuntimeException e) {
      if (mailbox != null) {
        mailbox.close(arena);
      }
      if (poller != null) {
        poller.close();
      }
      arena.close();
      throw e;
    }
  }
}
