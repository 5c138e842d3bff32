package io.quintet.loop;

import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gives the listeners of a server to the one that follows it. Nothing has changed for this server
 * until the other one says that it serves. The thread of one loop alone, but for {@link #done}.
 */
final class Handover {
  private final Loop loop;
  private final String path;
  private final List<Loop> loops;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  Handover(Loop loop, String path, List<Loop> loops) {
    this.loop = loop;
    this.path = path;
    this.loops = loops;
  }

  /** Complete when the other server serves. */
  CompletableFuture<Void> done() {
    return done;
  }

  /** Another server asks. Who may, the permissions of the socket's name say, unix(7). */
  boolean greet(int fd) {
    Control socket = Control.on(loop, fd);
    if (socket == null) {
      return true;
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
    return true;
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
      if (kind == Control.Kind.RELIEVED) {
        int result = loop.kernel().unlink(path);
        if (result < 0 && result != -Linux.ENOENT()) {
          loop.report("unlink of " + path, -1, result);
        }
        socket.send(Control.Kind.GONE, 0, DescriptorMessage.NO_DESCRIPTOR);
        done.complete(null);
      }
    }

    @Override
    public void parted() {
      // it has what it asked for, or gave up: this server goes on as it is
    }
  }
}
