package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;

/** A descriptor registered with an epoll instance, epoll_ctl(2). */
final class Watch {
  /** Reported whether they are asked for or not. */
  static final int ALWAYS = Linux.EPOLLERR() | Linux.EPOLLHUP();

  private static final int FLAGS = Linux.EPOLLET() | Linux.EPOLLONESHOT() | Linux.EPOLLEXCLUSIVE();

  final EpollInstance epoll;
  final int fd;
  Description target;
  int interest;
  long data;

  /** Whether it stands in the ready list. */
  boolean queued;

  /** A one-shot registration that has fired is silent until it is changed. */
  private boolean spent;

  Watch(EpollInstance epoll, int fd, Description target, int interest, long data) {
    this.epoll = epoll;
    this.fd = fd;
    this.target = target;
    this.interest = interest;
    this.data = data;
  }

  void change(int wanted, long newData) {
    interest = wanted;
    data = newData;
    spent = false;
  }

  boolean isExclusive() {
    return (interest & Linux.EPOLLEXCLUSIVE()) != 0;
  }

  boolean isEdgeTriggered() {
    return (interest & Linux.EPOLLET()) != 0;
  }

  /** What would be reported now. */
  int ready() {
    return spent ? 0 : target.poll() & (interest & ~FLAGS | ALWAYS);
  }

  void reported() {
    spent = (interest & Linux.EPOLLONESHOT()) != 0;
  }
}
