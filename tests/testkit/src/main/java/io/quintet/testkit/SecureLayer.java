package io.quintet.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The client's side of TLS 1.3, between what a client says and its socket. Its keys are fixed, and
 * records as long each time; what they hold differs from run to run, and is judged as it is
 * decrypted.
 */
final class SecureLayer {
  private static final String STORE = "simulated.p12";
  private static final char[] PASSWORD = "simulated".toCharArray();
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  /** What the JDK computes fastest. */
  private static final String[] GROUPS = {"secp256r1"};

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final SSLContext CONTEXT = context();

  private final SSLEngine engine = CONTEXT.createSSLEngine();
  private final ByteFifo incoming = new ByteFifo();
  private final ByteFifo outgoing = new ByteFifo();
  private final ByteArrayOutputStream decrypted = new ByteArrayOutputStream();
  private final ByteBuffer record;
  private final ByteBuffer content;
  private boolean ready;
  private boolean saidEnd;
  private boolean sawEnd;

  /** What begins a handshake waits to be sent. */
  SecureLayer() {
    prepare(engine, true);
    record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    content = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    try {
      engine.beginHandshake();
      goOn();
    } catch (SSLException e) {
      throw new IllegalStateException("nothing was received yet", e);
    }
  }

  /** An engine of the server. */
  static SSLEngine serverSide() {
    SSLEngine made = CONTEXT.createSSLEngine();
    prepare(made, false);
    return made;
  }

  private static void prepare(SSLEngine made, boolean client) {
    made.setUseClientMode(client);
    SSLParameters parameters = made.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setNamedGroups(GROUPS);
    made.setSSLParameters(parameters);
  }

  private static SSLContext context() {
    try (InputStream in = SecureLayer.class.getResourceAsStream(STORE)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(Objects.requireNonNull(in, STORE), PASSWORD);
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, PASSWORD);
      SSLContext made = SSLContext.getInstance("TLS");
      made.init(keys.getKeyManagers(), new TrustManager[] {new Trusting()}, null);
      return made;
    } catch (GeneralSecurityException | IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Takes any server for what it says: there is one. */
  private static final class Trusting extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new IllegalStateException("no client shows a certificate");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // it is the only one
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      // it is the only one
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      // it is the only one
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Whether the handshake is over. */
  boolean isReady() {
    return ready;
  }

  /** Encrypted bytes that wait to be sent. */
  int waiting() {
    return outgoing.length();
  }

  byte[] next(int count) {
    return outgoing.peek(count);
  }

  /** So many of them are sent. */
  void sent(int count) {
    outgoing.skip(count);
  }

  /** Encrypts what a client says. */
  void say(byte[] bytes) throws SSLException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      wrap(left);
    }
  }

  /** Says that no more follows. */
  void end() throws SSLException {
    saidEnd = true;
    engine.closeOutbound();
    goOn();
  }

  boolean saidEnd() {
    return saidEnd;
  }

  /** Whether the server has said that no more follows. */
  boolean sawEnd() {
    return sawEnd;
  }

  /** Takes what the socket gave, and gives what of it was meant for the client. */
  byte[] received(byte[] bytes, int count) throws SSLException {
    incoming.add(bytes, 0, count);
    goOn();
    byte[] taken = decrypted.toByteArray();
    decrypted.reset();
    return taken;
  }

  /** Goes on as far as what was received allows. */
  private void goOn() throws SSLException {
    boolean progress = true;
    while (progress) {
      progress =
          switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
              engine.getDelegatedTask().run();
              yield true;
            }
            case NEED_WRAP -> wrap(NOTHING);
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING, FINISHED -> unwrap();
          };
    }
  }

  private boolean wrap(ByteBuffer from) throws SSLException {
    record.clear();
    SSLEngineResult result = engine.wrap(from, record);
    outgoing.add(record.array(), 0, record.position());
    ready |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    return result.getStatus() == Status.OK;
  }

  private boolean unwrap() throws SSLException {
    if (incoming.length() == 0) {
      return false;
    }
    ByteBuffer from = ByteBuffer.wrap(incoming.peek(incoming.length()));
    content.clear();
    SSLEngineResult result = engine.unwrap(from, content);
    incoming.skip(from.position());
    decrypted.write(content.array(), 0, content.position());
    ready |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    sawEnd |= result.getStatus() == Status.CLOSED;
    return result.getStatus() == Status.OK && from.position() > 0;
  }
}
