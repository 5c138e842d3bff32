package io.quintet.io;

import io.quintet.ffi.Events;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.lang.foreign.Arena;

/** One epoll instance and the events that it last gave. One thread. */
public final class Poller {
  /** Waits without end. */
  public static final int NO_TIMEOUT = -1;

  private static final int EVENTS_MAX = 512;

  private final Kernel kernel;
  private final int epfd;
  private final long event;
  private final long events;

  /**
   * Makes an epoll instance.
   *
   * @throws LinuxException if the kernel refuses
   */
  public Poller(Kernel kernel, Arena arena) {
    this.kernel = kernel;
    this.event = arena.allocate(Events.EVENT_BYTES, Long.BYTES).address();
    this.events = arena.allocate(Events.EVENT_BYTES * EVENTS_MAX, Long.BYTES).address();
    this.epfd = LinuxException.check(kernel.epollCreate1(Linux.EPOLL_CLOEXEC()), "epoll_create1");
  }

  public int add(int fd, int interest, int slot, int generation) {
    return control(Linux.EPOLL_CTL_ADD(), fd, interest, slot, generation);
  }

  public int change(int fd, int interest, int slot, int generation) {
    return control(Linux.EPOLL_CTL_MOD(), fd, interest, slot, generation);
  }

  public int remove(int fd) {
    return control(Linux.EPOLL_CTL_DEL(), fd, 0, 0, 0);
  }

  private int control(int operation, int fd, int interest, int slot, int generation) {
    Memory.putInt(event, interest);
    Memory.putLong(event + Events.DATA_OFFSET, (long) generation << 32 | slot);
    return kernel.epollCtl(epfd, operation, fd, event);
  }

  /** Waits for events, and gives how many there are or the negated error number. */
  public int await(int timeoutMillis) {
    return kernel.epollWait(epfd, events, EVENTS_MAX, timeoutMillis);
  }

  public int bits(int index) {
    return Memory.getInt(events + index * Events.EVENT_BYTES);
  }

  public int slot(int index) {
    return (int) data(index);
  }

  public int generation(int index) {
    return (int) (data(index) >>> 32);
  }

  private long data(int index) {
    return Memory.getLong(events + index * Events.EVENT_BYTES + Events.DATA_OFFSET);
  }

  public void close() {
    kernel.close(epfd);
  }
}
