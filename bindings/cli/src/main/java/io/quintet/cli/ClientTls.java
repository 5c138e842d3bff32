package io.quintet.cli;

import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The client's side of TLS on one connection, for a load that trusts every server: it measures, and
 * sends nothing that is worth a secret. One thread.
 */
final class ClientTls {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine engine;

  /** Bytes that are to be encrypted. */
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();

  /** Records received and not whole; ready to be read. */
  private ByteBuffer records = NOTHING;

  /** Whether the records received end in the middle of one. */
  private boolean isCut;

  private ByteBuffer plain;

  ClientTls(SSLEngine engine) throws SSLException {
    this.engine = engine;
    engine.beginHandshake();
    this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
  }

  /** Makes engines for connections to one server, which are offered these protocols by ALPN. */
  static Supplier<SSLEngine> engines(String host, int port, List<String> protocols) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustsAll()}, new SecureRandom());
      return () -> {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        engine.setSSLParameters(parameters);
        return engine;
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /** Whether the handshake is over. */
  boolean isReady() {
    HandshakeStatus status = engine.getHandshakeStatus();
    return status == HandshakeStatus.NOT_HANDSHAKING || status == HandshakeStatus.FINISHED;
  }

  /** Has bytes sent. */
  void send(byte[] bytes) {
    waiting.writeBytes(bytes);
  }

  /** What the socket is to be given now. */
  byte[] outgoing() throws SSLException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer from = ByteBuffer.wrap(waiting.toByteArray());
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    while (hasToWrap(from)) {
      SSLEngineResult result = engine.wrap(from, record);
      out.write(record.array(), 0, record.position());
      record.clear();
      runTasks();
      if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
        throw new SSLException("the server has ended it");
      }
    }
    waiting.reset();
    waiting.write(from.array(), from.position(), from.remaining());
    return out.toByteArray();
  }

  private boolean hasToWrap(ByteBuffer from) {
    return switch (engine.getHandshakeStatus()) {
      case NEED_WRAP -> true;
      case NOT_HANDSHAKING, FINISHED -> from.hasRemaining();
      case NEED_TASK, NEED_UNWRAP, NEED_UNWRAP_AGAIN -> false;
    };
  }

  /** Whether more may be decrypted of what was received, once what is outgoing has gone. */
  boolean isHolding() {
    return records.hasRemaining() && !isCut;
  }

  /** Takes what was received; gives what it says, decrypted. */
  byte[] received(byte[] bytes) throws SSLException {
    ByteBuffer together = ByteBuffer.allocate(records.remaining() + bytes.length);
    together.put(records).put(bytes).flip();
    records = together;
    isCut = false;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    while (true) {
      SSLEngineResult result = engine.unwrap(records, plain);
      said.write(plain.array(), 0, plain.position());
      plain.clear();
      runTasks();
      switch (result.getStatus()) {
        case BUFFER_UNDERFLOW, CLOSED -> {
          isCut = true;
          return said.toByteArray();
        }
        case BUFFER_OVERFLOW ->
            plain = ByteBuffer.allocate(2 * plain.capacity()); // of a session that has begun
        case OK -> {
          if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            return said.toByteArray(); // what it has to say goes first
          }
        }
      }
    }
  }

  private void runTasks() {
    Runnable task;
    while ((task = engine.getDelegatedTask()) != null) {
      task.run();
    }
  }

  /** Trusts every server. */
  private static final class TrustsAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      // there is no client to be asked
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      // there is no client to be asked
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      // there is no client to be asked
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // trusted
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      // trusted
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      // trusted
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
