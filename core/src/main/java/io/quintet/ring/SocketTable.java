package io.quintet.ring;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What is known of each descriptor that was ever registered, by its number. One thread. */
final class SocketTable {
  private @Nullable RingSocket[] byNumber = new RingSocket[64];

  @Nullable RingSocket find(int fd) {
    return fd >= 0 && fd < byNumber.length ? byNumber[fd] : null;
  }

  RingSocket make(int fd) {
    if (fd >= byNumber.length) {
      byNumber = Arrays.copyOf(byNumber, Math.max(fd + 1, 2 * byNumber.length));
    }
    RingSocket socket = byNumber[fd];
    if (socket == null) {
      socket = new RingSocket(fd);
      byNumber[fd] = socket;
    }
    return socket;
  }
}
