package io.quintet.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Certificates that nobody but themselves vouches for, for tests of TLS. */
public final class SelfSigned {
  private SelfSigned() {}

  /**
   * Adds a key and its certificate to a store in PKCS#12, which is made if it does not exist, by
   * the JDK's keytool.
   *
   * @param store file
   * @param name name of the server, and alias of the entry
   * @param password of the store, at least six characters
   * @throws IOException if keytool cannot be run, or says why it made none
   * @throws InterruptedException if the thread was interrupted
   */
  public static void generate(Path store, String name, String password)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            name,
            "-dname",
            "CN=" + name,
            "-ext",
            "san=dns:" + name,
            "-keyalg",
            "EC",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            password);
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes());
    if (keytool.waitFor() != 0) {
      throw new IOException(said);
    }
  }
}
