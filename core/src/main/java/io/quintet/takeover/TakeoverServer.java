package io.quintet.takeover;

import io.quintet.accept.Acceptor;
import io.quintet.accept.ListenerEvent;
import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.reactor.LoopContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives the listeners of a server to the one that follows it. Nothing has changed for this server
 * until the other one says that it serves. The thread of one loop alone, but for {@link #done}.
 */
public final class TakeoverServer {
  private final LoopContext loop;
  private final Acceptor host;

  /** For what is sent and received; null until somebody asks. */
  private @Nullable DescriptorMessage message;

  private final Succession succession;
  private final Supplier<List<Acceptor>> acceptors;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /**
   * Listeners to be given away.
   *
   * @param host of the loop, which does not end while another server asks here
   * @param succession what is left to the next server, and to which
   * @param acceptors who has them when it is asked
   */
  public TakeoverServer(
      LoopContext loop, Acceptor host, Succession succession, Supplier<List<Acceptor>> acceptors) {
    this.loop = loop;
    this.host = host;
    this.succession = succession;
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
    socket.use(new Successor(loop, socket, succession, this::give, done));
    host.guest(socket);
    return ListenerEvent.PLACED;
  }

  /** Has the loop that has it share a listener, counted over all loops. */
  private void give(Successor to, long index) {
    List<Acceptor> all = acceptors.get();
    List<CompletableFuture<Integer>> asked =
        all.stream().map(each -> each.access().count()).toList();
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenRun(() -> give(to, index, all, asked.stream().map(CompletableFuture::join).toList()));
  }

  private void give(Successor to, long index, List<Acceptor> all, List<Integer> counts) {
    long following = counts.stream().mapToInt(Integer::intValue).sum() - 1 - index;
    long here = index;
    for (int i = 0; here >= 0 && i < counts.size(); i++) {
      if (here < counts.get(i)) {
        all.get(i).access().share((int) here, loop, fd -> to.bringing(fd, following));
      }
      here -= counts.get(i);
    }
  }
}
