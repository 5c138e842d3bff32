package io.quintet.takeover;

import static io.quintet.ffi.DescriptorMessage.NO_DESCRIPTOR;

import io.quintet.accept.Acceptor;
import io.quintet.accept.ListenerEvent;
import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.SocketName;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
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

  private final SocketName offered;
  private final SocketName listening;
  private final Supplier<List<Acceptor>> acceptors;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /**
   * Listeners to be given away.
   *
   * @param host of the loop, which does not end while another server asks here
   * @param offered name of the socket on which another server asks
   * @param listening name of the listeners
   * @param acceptors who has them when it is asked
   */
  public TakeoverServer(
      LoopContext loop,
      Acceptor host,
      SocketName offered,
      SocketName listening,
      Supplier<List<Acceptor>> acceptors) {
    this.loop = loop;
    this.host = host;
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
    host.guest(socket);
    return ListenerEvent.PLACED;
  }

  /** Has the loop that has it share a listener, counted over all loops. */
  private void give(ControlSocket socket, long index) {
    List<Acceptor> all = acceptors.get();
    List<CompletableFuture<Integer>> asked =
        all.stream().map(each -> each.access().count()).toList();
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenRun(
            () -> give(socket, index, all, asked.stream().map(CompletableFuture::join).toList()));
  }

  private void give(ControlSocket socket, long index, List<Acceptor> all, List<Integer> counts) {
    long following = counts.stream().mapToInt(Integer::intValue).sum() - 1 - index;
    long here = index;
    for (int i = 0; here >= 0 && i < counts.size(); i++) {
      if (here < counts.get(i)) {
        all.get(i)
            .access()
            .share((int) here, loop, fd -> new SharedListener(socket, following, fd));
      }
      here -= counts.get(i);
    }
  }

  /** A listener on its way to the loop that has the socket to the next server. */
  private final class SharedListener extends Mail {
    private final ControlSocket socket;
    private final long following;
    private final int fd;

    SharedListener(ControlSocket socket, long following, int fd) {
      this.socket = socket;
      this.following = following;
      this.fd = fd;
    }

    @Override
    public void deliver() {
      send(socket, ControlSocket.Kind.LISTENER, following, fd);
      loop.kernel().close(fd);
    }

    @Override
    public void undelivered() {
      loop.kernel().close(fd);
    }
  }

  /**
   * Sends what was asked for, and says whether it went. Where it may go later, the other server
   * asks again.
   */
  private boolean send(ControlSocket socket, ControlSocket.Kind kind, long value, int descriptor) {
    long result = socket.send(kind, value, descriptor);
    if (result >= 0) {
      return true;
    }
    switch (Dispositions.of(Call.SENDMSG, result)) {
      case WOULD_BLOCK, RETRY, PAUSE, PAUSE_OR_SHED -> {
        // asked for again
      }
      case CLOSE, FATAL -> {
        loop.report("sendmsg to the next server", descriptor, result);
        loop.order(() -> leave(socket)); // whose message may be the one that is delivered now
      }
    }
    return false;
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
      switch (kind) {
        case WANTED -> give(socket, value);
        case RELIEVED -> relieved();
        case CONNECTION, DRAIN, PING, ANSWER, ENDED, LISTENER, GONE -> {
          // nothing that a server is asked by the next one
        }
      }
    }

    private void relieved() {
      int result = offered.remove(loop.kernel());
      if (result < 0) {
        loop.report("unlink of the takeover socket", -1, result);
      }
      // one that has given up meanwhile relieves nobody
      if (listening.leave(inode -> send(socket, ControlSocket.Kind.GONE, inode, NO_DESCRIPTOR))) {
        done.complete(null);
      }
    }

    @Override
    public void parted() {
      // it has what it asked for, or gave up: this server goes on as it is
    }
  }
}
