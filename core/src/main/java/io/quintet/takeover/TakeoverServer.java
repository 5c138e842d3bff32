package io.quintet.takeover;

import io.quintet.accept.Acceptor;
import io.quintet.accept.ListenerEvent;
import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.kernel.SocketName;
import io.quintet.reactor.LoopContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gives the listeners of a server to the one that follows it. Nothing has changed for this server
 * until the other one says that it serves. The thread of one loop alone, but for {@link #done}.
 */
public final class TakeoverServer {
  private final LoopContext loop;

  /** For what is sent and received; null until somebody asks. */
  private @Nullable DescriptorMessage message;

  private final SocketName offered;
  private final SocketName listening;
  private final List<Acceptor> acceptors;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /**
   * Listeners to be given away.
   *
   * @param offered name of the socket on which another server asks
   * @param listening name of the listeners
   * @param acceptors who has them
   */
  public TakeoverServer(
      LoopContext loop, SocketName offered, SocketName listening, List<Acceptor> acceptors) {
    this.loop = loop;
    this.offered = offered;
    this.listening = listening;
    this.acceptors = acceptors;
  }

  /** Complete when the other server serves. */
  public CompletableFuture<Void> done() {
    return done;
  }

  /** Another server asks. Who may, the permissions of the socket's name say, unix(7). */
  public ListenerEvent greet(int fd) {
    if (message == null) {
      message = new DescriptorMessage(loop.arena(), 0);
    }
    ControlSocket socket = ControlSocket.on(loop, message, fd);
    if (socket == null) {
      return ListenerEvent.PLACED;
    }
    socket.use(new Successor(socket));
    List<CompletableFuture<List<Integer>>> asked =
        acceptors.stream().map(Acceptor::shareListeners).toList();
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenRun(
            () -> {
              List<Integer> all = asked.stream().flatMap(each -> each.join().stream()).toList();
              loop.order(() -> give(socket, all));
            });
    return ListenerEvent.PLACED;
  }

  private void give(ControlSocket socket, List<Integer> descriptors) {
    int left = descriptors.size();
    for (int descriptor : descriptors) {
      left--;
      long result =
          descriptor < 0 ? descriptor : socket.send(ControlSocket.Kind.LISTENER, left, descriptor);
      if (descriptor >= 0) {
        loop.kernel().close(descriptor);
      }
      if (result < 0) {
        loop.report("handing a listener over", descriptor, result);
        leave(socket);
      }
    }
  }

  private static void leave(ControlSocket socket) {
    if (!socket.isEnded()) {
      socket.abort();
    }
  }

  /** The server that asked. */
  private final class Successor implements ControlSocket.User {
    private final ControlSocket socket;

    Successor(ControlSocket socket) {
      this.socket = socket;
    }

    @Override
    public void message(ControlSocket.Kind kind, long value, int descriptor) {
      if (kind != ControlSocket.Kind.RELIEVED) {
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
      long result = socket.send(ControlSocket.Kind.GONE, inode, DescriptorMessage.NO_DESCRIPTOR);
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
