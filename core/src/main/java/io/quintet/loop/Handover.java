package io.quintet.loop;

import io.quintet.ffi.DescriptorMessage;
import io.quintet.kernel.SocketName;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gives the listeners of a server to the one that follows it. Nothing has changed for this server
 * until the other one says that it serves. The thread of one loop alone, but for {@link #done}.
 */
final class Handover {
  private final Loop loop;
  private final SocketName offered;
  private final SocketName listening;
  private final List<Loop> loops;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /**
   * Listeners to be given away.
   *
   * @param offered name of the socket on which another server asks
   * @param listening name of the listeners
   */
  Handover(Loop loop, SocketName offered, SocketName listening, List<Loop> loops) {
    this.loop = loop;
    this.offered = offered;
    this.listening = listening;
    this.loops = loops;
  }

  /** Complete when the other server serves. */
  CompletableFuture<Void> done() {
    return done;
  }

  /** Another server asks. Who may, the permissions of the socket's name say, unix(7). */
  ListenerEvent greet(int fd) {
    Control socket = Control.on(loop, fd);
    if (socket == null) {
      return ListenerEvent.PLACED;
    }
    socket.use(new Successor(socket));
    List<CompletableFuture<List<Integer>>> asked =
        loops.stream().map(Loop::shareListeners).toList();
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenRun(
            () -> {
              List<Integer> all = asked.stream().flatMap(each -> each.join().stream()).toList();
              loop.order(() -> give(socket, all));
            });
    return ListenerEvent.PLACED;
  }

  private void give(Control socket, List<Integer> descriptors) {
    int left = descriptors.size();
    for (int descriptor : descriptors) {
      left--;
      long result =
          descriptor < 0 ? descriptor : socket.send(Control.Kind.LISTENER, left, descriptor);
      if (descriptor >= 0) {
        loop.kernel().close(descriptor);
      }
      if (result < 0) {
        loop.report("handing a listener over", descriptor, result);
        leave(socket);
      }
    }
  }

  private static void leave(Control socket) {
    if (!socket.isEnded()) {
      socket.abort();
    }
  }

  /** The server that asked. */
  private final class Successor implements Control.User {
    private final Control socket;

    Successor(Control socket) {
      this.socket = socket;
    }

    @Override
    public void message(Control.Kind kind, long value, int descriptor) {
      if (kind != Control.Kind.RELIEVED) {
        return;
      }
      int result = offered.remove(loop.kernel());
      if (result < 0) {
        loop.report("unlink of the takeover socket", -1, result);
      }
      if (listening.leave(this::tell)) {
        done.complete(null);
      }
    }

    /** One that has given up meanwhile relieves nobody. */
    private boolean tell(long inode) {
      long result = socket.send(Control.Kind.GONE, inode, DescriptorMessage.NO_DESCRIPTOR);
      if (result < 0) {
        loop.report("sendmsg to the next server", -1, result);
      }
      return result >= 0;
    }

    @Override
    public void parted() {
      // it has what it asked for, or gave up: this server goes on as it is
    }
  }
}
