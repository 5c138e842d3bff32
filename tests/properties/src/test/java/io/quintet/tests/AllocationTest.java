package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Bytes;
import io.quintet.codec.Echo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** In steady state a request allocates nothing in the core. */
@Isolated("it looks at what this process has and does")
class AllocationTest {
  private static final int WARM_UP = 200_000;
  private static final int REQUESTS = 100_000;
  private static final int REQUEST_BYTES = 64;
  private static final int CLIENTS = 50;

  /** What the measuring itself may allocate: two readings of the counter, rounded up. */
  private static final long MEASURING_BYTES = 4096;

  private static final int ROUNDS_MAX = 5;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final AtomicLong loopThread = new AtomicLong();

  private Bytes echo(Bytes request) {
    if (loopThread.getPlain() == 0) {
      loopThread.set(Thread.currentThread().threadId());
    }
    return request;
  }

  @Test
  void aHundredThousandEchoesAllocateNothingOnTheLoop() throws Exception {
    List<Client> clients = new ArrayList<>();
    try (Server server = Quintet.server(Echo.codec(), this::echo).start()) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new Client(server.port()));
      }
      run(clients, WARM_UP);
      long allocated = MEASURING_BYTES;
      // What allocates before it is compiled is warming up; on a busy machine that takes longer.
      for (int i = 0; i < ROUNDS_MAX && allocated >= MEASURING_BYTES; i++) {
        long before = threads.getThreadAllocatedBytes(loopThread.get());
        assertTrue(before > 0, "the JVM does not count allocated bytes");
        run(clients, REQUESTS);
        allocated = threads.getThreadAllocatedBytes(loopThread.get()) - before;
        System.out.printf("%d echoes allocated %d bytes on the loop%n", REQUESTS, allocated);
      }
      assertEquals(0, allocated / MEASURING_BYTES, allocated + " bytes were allocated");
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }

  private static void run(List<Client> clients, int count) throws IOException {
    byte[] request = new byte[REQUEST_BYTES];
    for (int i = 0; i < count / CLIENTS; i++) {
      for (Client client : clients) {
        client.send(request);
      }
      for (Client client : clients) {
        assertEquals(REQUEST_BYTES, client.receive(REQUEST_BYTES).length);
      }
    }
  }
}
