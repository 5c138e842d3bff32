package io.quintet.loop;

/** What an epoll event is for. */
sealed interface Source permits Registration, Mailbox {
  /** Takes an event's bits. */
  void ready(int events);
}
