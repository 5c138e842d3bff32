package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An open file description, open(2): what descriptors of one or several processes refer to. */
abstract class Description {
  /** Descriptors and messages on their way that refer to it. */
  int references;

  /** Registrations with epoll instances, the exclusive ones last, each kind in its order. */
  private final List<Watch> watches = new ArrayList<>();

  /** What poll(2) would say. */
  abstract int poll();

  /** The last reference is gone. */
  abstract void released();

  final void release() {
    references--;
    if (references == 0) {
      for (Watch watch : List.copyOf(watches)) {
        watch.epoll.remove(watch);
      }
      released();
    }
  }

  /** What was registered for this description is so for the one that it became. */
  final void moveWatchesTo(Description other) {
    for (Watch watch : List.copyOf(watches)) {
      watches.remove(watch);
      watch.target = other;
      other.watchedBy(watch);
    }
  }

  final void watchedBy(Watch watch) {
    int index = watch.isExclusive() ? watches.size() : 0;
    watches.add(index, watch);
  }

  final void notWatchedBy(Watch watch) {
    watches.remove(watch);
  }

  /**
   * Something has happened: every registration that asks for it is told, but of the exclusive ones
   * only those up to the first whose instance somebody waits for, epoll_ctl(2).
   *
   * @param events what it was; 0 for all that may have changed
   */
  final void wake(int events) {
    for (Watch watch : List.copyOf(watches)) {
      if (events != 0 && (events & (watch.interest | Watch.ALWAYS)) == 0) {
        continue;
      }
      watch.epoll.enqueue(watch);
      if (watch.isExclusive() && watch.epoll.isWaitedFor()) {
        return;
      }
    }
  }

  /** An eventfd, eventfd(2). */
  static final class Counter extends Description {
    private long value;

    Counter(long value) {
      this.value = value;
    }

    void add(long more) {
      value += more;
      wake(Linux.EPOLLIN());
    }

    /** Its value, which is 0 from now on. */
    long take() {
      long taken = value;
      value = 0;
      return taken;
    }

    @Override
    int poll() {
      return Linux.EPOLLOUT() | (value > 0 ? Linux.EPOLLIN() : 0);
    }

    @Override
    void released() {
      // nothing is held
    }
  }

  /** A socket that is neither a listener nor connected. */
  static final class Fresh extends Description {
    final int family;
    final int type;
    boolean sharesPort;
    String unixName = "";
    int port;
    private @Nullable PortGroup group;

    Fresh(int family, int type) {
      this.family = family;
      this.type = type;
    }

    @Override
    int poll() {
      return Linux.EPOLLOUT() | Linux.EPOLLHUP(); // tcp_poll of a socket in TCP_CLOSE
    }

    boolean isBound() {
      return port != 0 || !unixName.isEmpty();
    }

    void boundTo(PortGroup given) {
      group = given;
    }

    @Override
    void released() {
      if (group != null) {
        group.unbound(this);
      }
    }
  }
}
