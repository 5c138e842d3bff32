package io.quintet.loop;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.Peer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Who a server is: its certificates and their keys, from PEM files or a PKCS#12 store, of which the
 * one is chosen that fits the name that a client asks for (SNI, RFC 6066 §3). Files that have
 * changed are read again, for the connections that follow; those that cannot be read leave things
 * as they are. Any thread.
 */
public final class TlsContext implements Function<Peer, SSLEngine> {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final List<String> KEY_KINDS = List.of("EC", "RSA", "Ed25519", "Ed448");
  private static final Pattern PEM_KEY =
      Pattern.compile(
          "-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END [A-Z ]*PRIVATE KEY-----");
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final Path certificate;
  private final Path key;
  private final char[] password;
  private volatile SSLContext context;
  private volatile long lookedAt;
  private FileTime read;

  /**
   * Reads the files.
   *
   * @param certificate chain of certificates in PEM, or a PKCS#12 store
   * @param key private key in PEM (PKCS#8); empty if it stands in the same file
   * @param password of the store; empty for none
   * @throws IllegalArgumentException if the files cannot be read or do not fit together
   */
  public TlsContext(String certificate, String key, String password) {
    this.certificate = Path.of(certificate);
    this.key = key.isEmpty() ? this.certificate : Path.of(key);
    this.password = password.toCharArray();
    this.lookedAt = System.nanoTime();
    try {
      this.read = modified();
      this.context = read();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option tlsCertificate is "
              + certificate
              + "; valid is a file with certificates and their key in PEM, or a PKCS#12 store: "
              + e.getMessage(),
          e);
    }
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

  private synchronized void reload(long now) {
    lookedAt = now;
    try {
      FileTime latest = modified();
      if (!latest.equals(read)) {
        context = read();
        read = latest;
      }
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      System.getLogger("io.quintet")
          .log(System.Logger.Level.WARNING, "the certificates were not read again", e);
    }
  }

  private FileTime modified() throws IOException {
    FileTime ofCertificate = Files.getLastModifiedTime(certificate);
    FileTime ofKey = Files.getLastModifiedTime(key);
    return ofCertificate.compareTo(ofKey) > 0 ? ofCertificate : ofKey;
  }

  private SSLContext read() throws IOException, GeneralSecurityException {
    byte[] bytes = Files.readAllBytes(certificate);
    boolean pem = new String(bytes, US_ASCII).contains("-----BEGIN ");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(pem ? null : new ByteArrayInputStream(bytes), password);
    if (pem) {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      Certificate[] chain =
          factory
              .generateCertificates(new ByteArrayInputStream(certificatesOf(bytes)))
              .toArray(Certificate[]::new);
      if (chain.length == 0) {
        throw new IllegalArgumentException(certificate + " holds no certificate");
      }
      store.setKeyEntry("server", privateKey(), password, chain);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, password);
    SSLContext made = SSLContext.getInstance("TLS");
    made.init(keys.getKeyManagers(), null, null);
    return made;
  }

  /** A file may hold its key too, of which a factory of certificates wants to know nothing. */
  private static byte[] certificatesOf(byte[] bytes) {
    return PEM_KEY.matcher(new String(bytes, US_ASCII)).replaceAll("").getBytes(US_ASCII);
  }

  private PrivateKey privateKey() throws IOException, GeneralSecurityException {
    Matcher matcher = PEM_KEY.matcher(Files.readString(key));
    if (!matcher.find()) {
      throw new IllegalArgumentException(key + " holds no private key");
    }
    if (!matcher.group(1).isEmpty()) {
      throw new IllegalArgumentException(
          key + " holds a key of the old kind; openssl pkcs8 -topk8 -nodes makes it a PKCS#8 one");
    }
    byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(2));
    for (String kind : KEY_KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException e) {
        // of another kind
      }
    }
    throw new IllegalArgumentException(key + " is a key of a kind other than " + KEY_KINDS);
  }
}
