package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** An epoll instance, epoll(7). */
final class EpollInstance extends Description {
  /** Whether an error was put into what its loop or worker needs, which may end then. */
  boolean isBroken;

  private final List<Watch> watches = new ArrayList<>();

  /** Registrations that were told of something; level-triggered ones stay while it lasts. */
  private final Deque<Watch> readyList = new ArrayDeque<>();

  private int waiting;

  @Nullable Watch find(int fd, Description target) {
    for (Watch watch : watches) {
      if (watch.fd == fd && watch.target == target) {
        return watch;
      }
    }
    return null;
  }

  void add(Watch watch) {
    watches.add(watch);
    watch.target.watchedBy(watch);
    recheck(watch);
  }

  void recheck(Watch watch) {
    if (watch.ready() != 0) {
      enqueue(watch);
    }
  }

  void remove(Watch watch) {
    watches.remove(watch);
    watch.target.notWatchedBy(watch);
    readyList.remove(watch);
  }

  void enqueue(Watch watch) {
    if (!watch.queued) {
      watch.queued = true;
      readyList.add(watch);
      wake(Linux.EPOLLIN());
    }
  }

  /** What waits in its loop, as far as is known. */
  long queuedBytes() {
    long bytes = 0;
    for (Watch watch : watches) {
      if (watch.target instanceof StreamSocket stream) {
        bytes += stream.waitsIn(this);
      }
    }
    return bytes;
  }

  boolean isWaitedFor() {
    return waiting > 0;
  }

  void waits(boolean begins) {
    waiting += begins ? 1 : -1;
  }

  boolean hasEvents() {
    for (Watch watch : readyList) {
      if (watch.ready() != 0) {
        return true;
      }
    }
    return false;
  }

  /** Reports at most so many events, and gives how many. */
  int collect(int most, ObjIntConsumer<Watch> report) {
    int reported = 0;
    int candidates = readyList.size();
    while (candidates-- > 0 && reported < most) {
      Watch watch = readyList.remove();
      watch.queued = false;
      int events = watch.ready();
      if (events == 0) {
        continue;
      }
      report.accept(watch, events);
      reported++;
      watch.reported();
      if (!watch.isEdgeTriggered()) {
        watch.queued = true;
        readyList.add(watch);
      }
    }
    return reported;
  }

  @Override
  int poll() {
    return hasEvents() ? Linux.EPOLLIN() : 0;
  }

  @Override
  void released() {
    for (Watch watch : List.copyOf(watches)) {
      remove(watch);
    }
  }
}
