package io.quintet.transport;

import io.quintet.codec.Peer;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * The client's end of TLS, without a socket: what is said and heard on the wire are texts of which
 * each character is a byte. It trusts everybody. One thread.
 */
public final class SecureEnd {
  private final SSLEngine engine;
  private final StringBuilder heard = new StringBuilder();
  private byte[] unread = {};

  /** Makes the server's end, with a key that protects nothing. */
  public static Function<Peer, SSLEngine> servers() {
    try {
      URI file =
          Objects.requireNonNull(SecureEnd.class.getResource("a.example.pem"), "its file").toURI();
      Certificates certificates = new Certificates(Path.of(file).toString(), "", "");
      return peer -> {
        SSLEngine made = certificates.apply(peer);
        made.setUseClientMode(false);
        return made;
      };
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a client goes by that does not ask who the server is. */
  public static SSLContext trustingEverybody() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
    return context;
  }

  /**
   * One that has not begun.
   *
   * @param version the only one that it speaks
   */
  public SecureEnd(String version) throws GeneralSecurityException {
    engine = trustingEverybody().createSSLEngine();
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {version});
  }

  /** What it says of its own accord in a handshake, a new one if that has ended. */
  public String begin() throws SSLException {
    engine.beginHandshake();
    return hears("");
  }

  /** Takes what has come. Gives what it says to that. */
  public String hears(String wire) throws SSLException {
    byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[unread.length + bytes.length];
    System.arraycopy(unread, 0, all, 0, unread.length);
    System.arraycopy(bytes, 0, all, unread.length, bytes.length);
    ByteBuffer source = ByteBuffer.wrap(all);
    StringBuilder says = new StringBuilder();
    boolean goesOn = true;
    while (goesOn) {
      goesOn =
          switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
              engine.getDelegatedTask().run();
              yield true;
            }
            case NEED_WRAP -> say(ByteBuffer.allocate(0), says);
            default -> understand(source);
          };
    }
    unread = new byte[source.remaining()];
    source.get(unread);
    return says.toString();
  }

  private boolean understand(ByteBuffer source) throws SSLException {
    ByteBuffer content = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    SSLEngineResult result = engine.unwrap(source, content);
    heard.append(text(content));
    return result.bytesConsumed() > 0;
  }

  private boolean say(ByteBuffer content, StringBuilder to) throws SSLException {
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(content, record);
    to.append(text(record));
    return result.bytesProduced() > 0;
  }

  private static String text(ByteBuffer of) {
    return new String(of.array(), 0, of.position(), StandardCharsets.ISO_8859_1);
  }

  /** Encrypts: as many records as it needs, and one without content for an empty text. */
  public String says(String text) throws SSLException {
    ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    StringBuilder all = new StringBuilder();
    do {
      if (!say(content, all)) {
        throw new IllegalStateException("nothing can be said: " + engine.getHandshakeStatus());
      }
    } while (content.hasRemaining());
    return all.toString();
  }

  /** Says that nothing follows. */
  public String ends() throws SSLException {
    engine.closeOutbound();
    StringBuilder all = new StringBuilder();
    while (!engine.isOutboundDone() && say(ByteBuffer.allocate(0), all)) {
      // until all is said
    }
    return all.toString();
  }

  /** What was said to it since this was asked last. */
  public String heard() {
    String all = heard.toString();
    heard.setLength(0);
    return all;
  }

  /** Whether it was told that nothing follows. */
  public boolean isToldTheEnd() {
    return engine.isInboundDone();
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind) {
      // trusted
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind) {
      // trusted
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
