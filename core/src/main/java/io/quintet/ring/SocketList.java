package io.quintet.ring;

import java.util.Arrays;

/** Sockets in a row. Grows, and allocates nothing else. One thread. */
final class SocketList {
  private RingSocket[] sockets = new RingSocket[64];
  private int size;

  void add(RingSocket socket) {
    if (size == sockets.length) {
      sockets = Arrays.copyOf(sockets, 2 * size);
    }
    sockets[size++] = socket;
  }

  RingSocket get(int index) {
    return sockets[index];
  }

  void set(int index, RingSocket socket) {
    sockets[index] = socket;
  }

  int size() {
    return size;
  }

  void cut(int length) {
    size = length;
  }
}
