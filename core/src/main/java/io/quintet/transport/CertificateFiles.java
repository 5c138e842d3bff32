package io.quintet.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * The files that say who a server is: its certificates and their keys, in PEM or a PKCS#12 store.
 * They are checked as a whole, so that what is read can be used. Any thread.
 */
final class CertificateFiles {
  private static final String VALID =
      "valid is a file with certificates and their key in PEM, or a PKCS#12 store";
  private static final String ENTRY = "server";

  private final Path certificate;
  private final Path key;
  private final boolean together;
  private final char[] password;

  /**
   * What was read.
   *
   * @param context makes engines
   * @param notes what is wrong and does not prevent that, each a sentence
   */
  record Read(SSLContext context, List<String> notes) {}

  /**
   * Names files.
   *
   * @param certificate chain of certificates in PEM, or a PKCS#12 store
   * @param key private key in PEM; empty if it stands in the same file
   * @param password of the store, or of the key; empty for none
   */
  CertificateFiles(String certificate, String key, String password) {
    this.certificate = Path.of(certificate);
    this.together = key.isEmpty();
    this.key = together ? this.certificate : Path.of(key);
    this.password = password.toCharArray();
  }

  @Override
  public String toString() {
    return together ? certificate.toString() : certificate + " and " + key;
  }

  /** What tells whether the files have changed. */
  Object state() {
    return List.of(stateOf(certificate), stateOf(key));
  }

  private static Object stateOf(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return List.of(
          attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
    } catch (IOException e) {
      return e.getClass();
    }
  }

  /**
   * Reads and checks them.
   *
   * @throws IllegalArgumentException in one sentence, which names options and files
   */
  Read read() {
    byte[] bytes = bytes("tlsCertificate", certificate, VALID);
    try {
      KeyStore store = Pem.isPem(bytes) ? ofPem(bytes) : ofStore(bytes);
      List<String> notes = new ArrayList<>();
      for (String alias : Collections.list(store.aliases())) {
        if (hasCertificate(store, alias)) {
          check(store, alias, notes);
        }
      }
      SSLContext made = SSLContext.getInstance("TLS");
      made.init(OpenedKeys.managers(store, password), null, null);
      return new Read(made, List.copyOf(notes));
    } catch (UnrecoverableKeyException e) {
      throw refused("whose key the option tlsPassword does not open", e);
    } catch (GeneralSecurityException e) {
      throw refused("which cannot be used: " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(String option, Path file, String valid) {
    String what;
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      what = "does not exist";
    } catch (AccessDeniedException e) {
      what = "may not be read by this process";
    } catch (IOException e) {
      what = Files.isDirectory(file) ? "is a folder" : "cannot be read: " + e.getMessage();
    }
    throw new IllegalArgumentException(
        "option " + option + " is " + file + ", which " + what + "; " + valid);
  }

  private IllegalArgumentException refused(String what, Exception cause) {
    return new IllegalArgumentException(
        "option tlsCertificate is " + certificate + ", " + what + "; " + VALID, cause);
  }

  private IllegalArgumentException refused(String what) {
    return new IllegalArgumentException("option tlsCertificate is " + certificate + ", " + what);
  }

  // PEM.

  private KeyStore ofPem(byte[] bytes) throws GeneralSecurityException {
    List<Pem> blocks = blocks("tlsCertificate", certificate, bytes);
    X509Certificate[] chain = chain(blocks);
    List<Pem> ofKey =
        together ? blocks : blocks("tlsKey", key, bytes("tlsKey", key, PrivateKeys.VALID));
    KeyStore store = OpenedKeys.emptyStore(password);
    PrivateKey found = keyFor(ofKey, chain);
    requireOrder(chain);
    store.setKeyEntry(ENTRY, found, password, chain);
    return store;
  }

  private static List<Pem> blocks(String option, Path file, byte[] bytes) {
    try {
      return Pem.read(bytes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option " + option + " is " + file + ", which is damaged: " + e.getMessage(), e);
    }
  }

  private X509Certificate[] chain(List<Pem> blocks) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> chain = new ArrayList<>();
    for (Pem block : blocks) {
      if (!block.label().equals("CERTIFICATE") && !block.label().equals("X509 CERTIFICATE")) {
        continue;
      }
      try {
        chain.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(block.content())));
      } catch (CertificateException e) {
        throw refused(
            "of which certificate " + (chain.size() + 1) + " cannot be read: " + e.getMessage(), e);
      }
    }
    if (chain.isEmpty()) {
      throw refused("which holds no certificate" + insteadOf(blocks) + "; " + VALID);
    }
    return chain.toArray(X509Certificate[]::new);
  }

  private static String insteadOf(List<Pem> blocks) {
    List<String> labels = blocks.stream().map(Pem::label).distinct().toList();
    return labels.isEmpty() ? "" : " but " + String.join(", ", labels);
  }

  /** The key that fits the first certificate. */
  private PrivateKey keyFor(List<Pem> blocks, X509Certificate[] chain) {
    byte[] curve =
        blocks.stream()
            .filter(block -> block.label().equals("EC PARAMETERS"))
            .map(Pem::content)
            .findFirst()
            .orElse(new byte[0]);
    String option = together ? "tlsCertificate" : "tlsKey";
    PrivateKey last = null;
    for (Pem block : blocks.stream().filter(PrivateKeys::isKey).toList()) {
      try {
        last = PrivateKeys.read(block, curve, password);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "option " + option + " is " + key + ", which holds " + e.getMessage(), e);
      }
      if (fits(last, chain[0].getPublicKey())) {
        return last;
      }
    }
    if (last == null) {
      throw new IllegalArgumentException(
          "option "
              + option
              + " is "
              + key
              + ", which holds no private key"
              + insteadOf(blocks)
              + (together ? "; the key may stand in a file of its own, option tlsKey" : "")
              + "; "
              + PrivateKeys.VALID);
    }
    throw noFit(last, chain);
  }

  private IllegalArgumentException noFit(PrivateKey given, X509Certificate[] chain) {
    for (int i = 1; i < chain.length; i++) {
      if (fits(given, chain[i].getPublicKey())) {
        return refused(
            "in which the key's certificate is number "
                + (i + 1)
                + "; valid is the server's own certificate first, and behind each the one that"
                + " issued it");
      }
    }
    String what = "; valid is the private key that the certificate was made for";
    return together
        ? refused("whose key does not belong to its certificate " + name(chain[0]) + what)
        : new IllegalArgumentException(
            "option tlsKey is "
                + key
                + ", which does not belong to the certificate "
                + name(chain[0])
                + " in option tlsCertificate, "
                + certificate
                + what);
  }

  // PKCS#12.

  private KeyStore ofStore(byte[] bytes) throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(new ByteArrayInputStream(bytes), password);
    } catch (IOException e) {
      throw refused(
          e.getCause() instanceof UnrecoverableKeyException
              ? "a store that the option tlsPassword does not open"
              : isDer(bytes) ? "which is in DER" : "which is neither PEM nor PKCS#12",
          e);
    }
    if (!together) {
      throw new IllegalArgumentException(
          "option tlsKey is "
              + key
              + "; valid beside a PKCS#12 store, "
              + certificate
              + ", is none");
    }
    boolean hasKey = false;
    for (String alias : Collections.list(store.aliases())) {
      hasKey |= hasCertificate(store, alias);
    }
    if (!hasKey) {
      throw refused(
          "a store without a private key and its certificate; valid is one that openssl pkcs12"
              + " -export -in CERTIFICATES -inkey KEY writes, or PEM");
    }
    return store;
  }

  /** A key without one, such as a secret key, is for others. */
  private static boolean hasCertificate(KeyStore store, String alias) throws KeyStoreException {
    return store.isKeyEntry(alias) && store.getCertificateChain(alias) != null;
  }

  private static boolean isDer(byte[] bytes) {
    try {
      CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes));
      return true;
    } catch (CertificateException e) {
      return false;
    }
  }

  // What was read, as a whole.

  private void check(KeyStore store, String alias, List<String> notes)
      throws GeneralSecurityException {
    Key own = store.getKey(alias, password);
    List<X509Certificate> chain = new ArrayList<>();
    for (Certificate each : store.getCertificateChain(alias)) {
      chain.add((X509Certificate) each);
    }
    X509Certificate[] certificates = chain.toArray(X509Certificate[]::new);
    if (own instanceof PrivateKey one) {
      requireUsable(alias, one);
    }
    if (!(own instanceof PrivateKey known) || !fits(known, certificates[0].getPublicKey())) {
      throw refused(
          "whose entry "
              + alias
              + " has a key that does not belong to its certificate "
              + name(certificates[0])
              + "; valid is the private key that the certificate was made for");
    }
    requireOrder(certificates);
    note(certificates, notes);
  }

  private void requireUsable(String alias, PrivateKey own) {
    try {
      PrivateKeys.requireUsable(own);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option tlsCertificate is "
              + certificate
              + ", whose entry "
              + alias
              + " holds "
              + e.getMessage(),
          e);
    }
  }

  /** RFC 5246 §7.4.2. */
  private void requireOrder(X509Certificate[] chain) {
    for (int i = 1; i < chain.length; i++) {
      try {
        chain[i - 1].verify(chain[i].getPublicKey());
      } catch (GeneralSecurityException e) {
        throw refused(
            "in which certificate "
                + (i + 1)
                + ", "
                + name(chain[i])
                + ", did not issue the one before it, "
                + name(chain[i - 1])
                + "; valid is the server's own certificate first, and behind each the one that"
                + " issued it");
      }
    }
  }

  private void note(X509Certificate[] chain, List<String> notes) {
    Instant now = Instant.now();
    for (X509Certificate each : chain) {
      String what = certificate + ": the certificate " + name(each);
      if (each.getNotAfter().toInstant().isBefore(now)) {
        notes.add(
            what + " has expired on " + each.getNotAfter().toInstant() + "; clients refuse it");
      }
      if (each.getNotBefore().toInstant().isAfter(now)) {
        notes.add(
            what + " is valid from " + each.getNotBefore().toInstant() + " on; clients refuse it");
      }
    }
  }

  private static String name(X509Certificate each) {
    return each.getSubjectX500Principal().getName();
  }

  /** Whether what the one signs the other verifies; for RSA their modulus tells. */
  private static boolean fits(PrivateKey own, PublicKey other) {
    if (own instanceof RSAKey one && other instanceof RSAKey two) {
      return one.getModulus().equals(two.getModulus());
    }
    if (!own.getAlgorithm().equals(other.getAlgorithm())) {
      return false;
    }
    try {
      Signature signature =
          Signature.getInstance(
              own.getAlgorithm().equals("EC") ? "SHA256withECDSA" : own.getAlgorithm());
      byte[] message = {1, 2, 3};
      signature.initSign(own);
      signature.update(message);
      byte[] signed = signature.sign();
      signature.initVerify(other);
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
