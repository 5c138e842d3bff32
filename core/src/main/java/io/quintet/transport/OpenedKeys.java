package io.quintet.transport;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/**
 * What gives each handshake its certificate and key. The JDK's choice by name and algorithm (PKIX)
 * decrypts the chosen entry of its store for each handshake anew, and a store derives the key for
 * that from its password by 10,000 rounds of a hash: more than half of a handshake (measured
 * 2026-11-29). So it is given a copy in memory that is encrypted by one round. The keys are in this
 * process anyway; the file keeps its rounds. Any thread.
 */
final class OpenedKeys {
  private static final String CIPHER = "PBEWithHmacSHA256AndAES_256";
  private static final int ROUNDS = 1;
  private static final int BLOCK_BYTES = 16;

  private OpenedKeys() {}

  /**
   * Opens the entries that have a private key.
   *
   * @param store whose password, and that of its entries, is this one
   * @throws java.security.UnrecoverableEntryException if the password does not open an entry
   */
  static KeyManager[] managers(KeyStore store, char[] password) throws GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(opened(store, password), password);
    return keys.getKeyManagers();
  }

  /** A store in memory without entries. */
  static KeyStore emptyStore(char[] password) throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, password);
    } catch (IOException e) {
      throw new IllegalStateException("nothing is loaded", e);
    }
    return store;
  }

  private static KeyStore opened(KeyStore store, char[] password) throws GeneralSecurityException {
    KeyStore opened = emptyStore(password);
    PBEParameterSpec parameters =
        new PBEParameterSpec(
            new byte[BLOCK_BYTES], ROUNDS, new IvParameterSpec(new byte[BLOCK_BYTES]));
    KeyStore.ProtectionParameter before = new KeyStore.PasswordProtection(password);
    KeyStore.ProtectionParameter behind =
        new KeyStore.PasswordProtection(password, CIPHER, parameters);
    for (String alias : Collections.list(store.aliases())) {
      if (store.entryInstanceOf(alias, KeyStore.PrivateKeyEntry.class)) {
        opened.setEntry(alias, store.getEntry(alias, before), behind);
      }
    }
    return opened;
  }
}
