package io.quintet.io;

/** What an epoll event is for. */
public interface EventSource {
  /** Takes an event's bits. */
  void ready(int events);
}
