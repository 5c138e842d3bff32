package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Peer;
import io.quintet.transport.Certificates;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each handshake computes that could have been computed once. */
class HandshakeCostTest {
  private static final int HANDSHAKES = 8;

  /** Two hundred times as many as a store has by default, and fewer than the JDK takes. */
  private static final String ROUNDS = "2000000";

  /**
   * The time is that of this thread on a processor, so that it does not depend on what else runs.
   */
  @Test
  void aKeyIsDerivedFromTheStoresPasswordWhenTheServerStartsAndForNoHandshake(@TempDir Path folder)
      throws Exception {
    Path store = folder.resolve("store.p12");
    makeStore(store);
    long opening = cpuNanos();
    Certificates certificates = new Certificates(store.toString(), "", "secret");
    opening = cpuNanos() - opening;
    long shaking = 0;
    for (int i = 0; i < HANDSHAKES; i++) {
      shaking += answered(certificates.apply(Peer.unconnected()));
    }
    assertTrue(
        shaking < opening,
        HANDSHAKES + " handshakes took " + shaking + " ns, opening the store " + opening + " ns");
  }

  private static void makeStore(Path store) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(List.of("-J-Dkeystore.pkcs12.keyPbeIterationCount=" + ROUNDS, "-genkeypair"));
    line.addAll(List.of("-alias", "a", "-dname", "CN=a", "-keyalg", "EC", "-storetype", "PKCS12"));
    line.addAll(List.of("-groupname", "secp256r1", "-keystore", store.toString()));
    line.addAll(List.of("-storepass", "secret"));
    Command.Result result = Command.run(line.toArray(String[]::new));
    assertEquals(0, result.exit(), result.out() + result.err());
  }

  /** Nanoseconds that a server computes until it has signed. */
  private static long answered(SSLEngine server) throws Exception {
    SSLEngine client = SSLContext.getDefault().createSSLEngine();
    client.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.wrap(ByteBuffer.allocate(0), hello);
    hello.flip();
    server.setUseClientMode(false);
    long took = cpuNanos();
    server.unwrap(hello, ByteBuffer.allocate(0));
    runTasks(server);
    took = cpuNanos() - took;
    assertEquals(HandshakeStatus.NEED_WRAP, server.getHandshakeStatus());
    assertEquals("TLSv1.3", server.getHandshakeSession().getProtocol());
    return took;
  }

  private static void runTasks(SSLEngine server) {
    Runnable task;
    while ((task = server.getDelegatedTask()) != null) {
      task.run();
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
