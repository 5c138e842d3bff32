package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A loop that hangs gets no new connections where they follow the load, and gets some again. */
class LoadSteeringTest {
  private static final int LOOPS = 4;

  /** By the hash, no one of so many comes to the loop that hangs once in 100,000 times. */
  private static final int CONNECTIONS = 40;

  private static final int MILLIS = 2_000;

  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicBoolean held = new AtomicBoolean();
  private volatile String hung = "";
  private volatile boolean servedAgain;

  private String handle(String line) throws InterruptedException {
    String thread = Thread.currentThread().getName();
    if (line.equals("hang")) {
      hung = thread;
      held.set(true);
      released.await();
    }
    servedAgain |= released.getCount() == 0 && thread.equals(hung) && !line.equals("hang");
    return line;
  }

  @Test
  void aLoopThatHangsGetsNoNewConnections() throws Exception {
    PatternsTest.needsSteering();
    List<Socket> sockets = new ArrayList<>();
    try (Server server =
        Quintet.server(Line.codec(), this::handle)
            .pattern(Pattern.REUSEPORT)
            .option("loops", LOOPS)
            .option("steer", "load")
            .option("drainIdleMillis", 10)
            .start()) {
      try (Client hanging = new Client(server.port()).send("hang\n")) {
        Await.until(held::get, "a loop hangs");
        Await.until(
            () -> allAreServed(server.port(), sockets), "none comes to the loop that hangs");
        released.countDown();
        hanging.receiveLine();
        Await.until(
            () -> allAreServed(server.port(), sockets) && servedAgain,
            "the loop gets connections again");
      }
    } finally {
      released.countDown();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    assertTrue(servedAgain);
  }

  /** Those that stay without an answer are kept, so that the loop has them yet. */
  private static boolean allAreServed(int port, List<Socket> sockets) {
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(socket);
        socket.setSoTimeout(MILLIS);
        socket.getOutputStream().write('a');
        socket.getOutputStream().write('\n');
        if (socket.getInputStream().read() != 'a') {
          return false;
        }
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
