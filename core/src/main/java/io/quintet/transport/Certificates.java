package io.quintet.transport;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.quintet.codec.Peer;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Who a server is: its certificates and their keys, of which the one is chosen that fits the name
 * that a client asks for (SNI, RFC 6066 §3). Files that have changed are read again, for the
 * connections that follow; those that cannot be used leave things as they are, and one line says
 * so. Any thread.
 */
public final class Certificates implements Function<Peer, SSLEngine> {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final CertificateFiles files;
  private final System.Logger logger = System.getLogger("io.quintet");
  private volatile SSLContext context;
  private volatile long lookedAt;
  private Object read;

  /** What was said last of files that cannot be used; empty where they can. */
  private String said = "";

  /**
   * Reads the files.
   *
   * @param certificate chain of certificates in PEM, or a PKCS#12 store
   * @param key private key in PEM; empty if it stands in the same file
   * @param password of the store, or of the key; empty for none
   * @throws IllegalArgumentException if the files cannot be read or do not fit together, in one
   *     sentence
   */
  public Certificates(String certificate, String key, String password) {
    this.files = new CertificateFiles(certificate, key, password);
    this.lookedAt = System.nanoTime();
    this.read = files.state();
    this.context = readAndNote();
  }

  @Override
  public SSLEngine apply(Peer peer) {
    SSLEngine engine = current().createSSLEngine();
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(VERSIONS);
    parameters.setUseCipherSuitesOrder(true);
    engine.setSSLParameters(parameters);
    return engine;
  }

  private SSLContext current() {
    long now = System.nanoTime();
    if (now - lookedAt >= LOOK_NANOS) {
      reload(now);
    }
    return context;
  }

  /** Files that cannot be used are tried again, since two are seldom replaced at once. */
  private synchronized void reload(long now) {
    lookedAt = now;
    Object latest = files.state();
    if (latest.equals(read)) {
      return;
    }
    try {
      context = readAndNote();
      read = latest;
      said = "";
      logger.log(INFO, files + ": the certificates were read again");
    } catch (IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(said)) {
        said = why;
        logger.log(WARNING, "the certificates from before stay in use: " + why);
      }
    }
  }

  private SSLContext readAndNote() {
    CertificateFiles.Read found = files.read();
    found.notes().forEach(note -> logger.log(WARNING, note));
    return found.context();
  }
}
