package io.quintet.bench;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.io.Poller;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.LinuxKernel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * System calls that have nothing to do, so that what is measured is the way there and back: through
 * the kernel seam, and through the JDK's channels. One operation is one call.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CallBenchmark {
  private static final int BUFFER_BYTES = 4096;

  private final Kernel kernel = new LinuxKernel();
  private final Arena arena = Arena.ofConfined();
  private final Poller poller = new Poller(kernel, arena);
  private final long buffer = arena.allocate(BUFFER_BYTES).address();
  private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER_BYTES);

  private ServerSocketChannel listener;
  private Selector selector;
  private SocketChannel channel;
  private int fd;

  /**
   * Two connections on which nothing is sent.
   *
   * @throws IOException if there is no room for them
   */
  @Setup
  public void setUp() throws IOException {
    listener =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
    channel = SocketChannel.open(address);
    channel.configureBlocking(false);
    selector = Selector.open();
    channel.register(selector, SelectionKey.OP_READ);
    int type = Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC();
    fd = LinuxException.check(kernel.socket(Linux.AF_INET(), type, 0), "socket");
    SocketAddress peer = SocketAddress.inet(address.getHostString(), address.getPort());
    LinuxException.check(kernel.connect(fd, peer), "connect");
    LinuxException.check(kernel.setNonBlocking(fd), "fcntl F_SETFL");
    LinuxException.check(poller.add(fd, Linux.EPOLLIN(), 0, 0), "epoll_ctl ADD");
  }

  /**
   * Closes both.
   *
   * @throws IOException if that fails
   */
  @TearDown
  public void tearDown() throws IOException {
    selector.close();
    channel.close();
    listener.close();
    kernel.close(fd);
    poller.close();
    arena.close();
  }

  /**
   * A recv(2) that would block.
   *
   * @return the negated EAGAIN
   */
  @Benchmark
  public long recv() {
    return kernel.recv(fd, buffer, BUFFER_BYTES, 0);
  }

  /**
   * A channel's read that would block.
   *
   * @return 0
   * @throws IOException never
   */
  @Benchmark
  public int recvNio() throws IOException {
    return channel.read(direct);
  }

  /**
   * An epoll_wait(2) that does not wait.
   *
   * @return 0
   */
  @Benchmark
  public int epollWait() {
    return poller.await(0);
  }

  /**
   * A selector's look that does not wait.
   *
   * @return 0
   * @throws IOException never
   */
  @Benchmark
  public int epollWaitNio() throws IOException {
    return selector.selectNow();
  }
}
