package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates and keys in the forms in which they are written, and what is wrong with some. */
class CertificatesTest {
  private static final String PASSWORD = "secret";

  @TempDir private static Path folder;

  /** As openssl and keytool write them; each certificate is self-signed unless its name says. */
  @BeforeAll
  static void write() throws Exception {
    Command.needs("openssl");
    run(
        """
        openssl genrsa -traditional -out rsa.pkcs1 2048
        openssl pkcs8 -topk8 -nocrypt -in rsa.pkcs1 -out rsa.pkcs8
        openssl pkcs8 -topk8 -v2 aes-256-cbc -in rsa.pkcs1 -out rsa.aes256 -passout pass:secret
        openssl pkcs8 -topk8 -v2 aes128 -v2prf hmacWithSHA512 -in rsa.pkcs1 -out rsa.aes128 -passout pass:secret
        openssl pkcs8 -topk8 -v2 des3 -in rsa.pkcs1 -out rsa.des3 -passout pass:secret
        openssl pkcs8 -topk8 -scrypt -in rsa.pkcs1 -out rsa.scrypt -passout pass:secret
        openssl rsa -traditional -aes128 -in rsa.pkcs1 -out rsa.old -passout pass:secret
        openssl req -x509 -key rsa.pkcs8 -subj /CN=rsa -out rsa.pem
        openssl genrsa -traditional -out other.pkcs1 2048
        openssl ecparam -name prime256v1 -genkey -out ec.sec1
        openssl ecparam -name secp384r1 -genkey -noout -out ec384.sec1
        openssl ecparam -name secp256k1 -genkey -noout -out curve.sec1
        openssl pkcs8 -topk8 -nocrypt -in ec.sec1 -out ec.pkcs8
        openssl pkcs8 -topk8 -in ec.sec1 -out ec.aes256 -passout pass:secret
        openssl req -x509 -key ec.pkcs8 -subj /CN=ec -out ec.pem
        openssl req -x509 -key ec384.sec1 -subj /CN=ec384 -out ec384.pem
        openssl genpkey -algorithm ed25519 -out ed25519.pkcs8
        openssl pkcs8 -topk8 -in ed25519.pkcs8 -out ed25519.aes256 -passout pass:secret
        openssl req -x509 -key ed25519.pkcs8 -subj /CN=ed25519 -out ed25519.pem
        openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.pkcs8
        openssl req -x509 -key pss.pkcs8 -subj /CN=pss -out pss.pem
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=ca -out ca.pem
        openssl req -x509 -newkey rsa:2048 -nodes -keyout middle.key -subj /CN=middle -CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:true -out middle.pem
        openssl req -x509 -key ec.pkcs8 -subj /CN=leaf -CA middle.pem -CAkey middle.key -out leaf.pem
        cat leaf.pem middle.pem ca.pem > chain
        cat middle.pem leaf.pem > backwards
        cat leaf.pem ca.pem middle.pem > shuffled
        cat ec.sec1 leaf.pem middle.pem > key-first
        cat leaf.pem ec.pkcs8 middle.pem > key-between
        cat leaf.pem middle.pem ec.aes256 > key-last
        cat rsa.pkcs8 ec.sec1 ec.pem > two-keys
        (openssl x509 -text -in ec.pem; cat ec.sec1 | sed 's/$/\\r/') > with-text
        grep -v 'END CERT' ec.pem > without-end
        sed '3s/^....../!!!!!!/' ec.pem > no-base64
        sed '5,6d' ec.pem > torn
        openssl x509 -in ec.pem -outform DER -out ec.der
        openssl req -new -key ec.pkcs8 -subj /CN=ec -out request
        openssl pkey -in ec.pkcs8 -pubout -out public
        openssl pkcs12 -export -in ec.pem -inkey ec.pkcs8 -out ec.p12 -passout pass:secret
        openssl req -x509 -key curve.sec1 -subj /CN=curve -out curve.pem
        openssl pkcs12 -export -in curve.pem -inkey curve.sec1 -out curve.p12 -passout pass:secret
        openssl pkcs12 -export -nokeys -in ec.pem -out no-key.p12 -passout pass:secret
        echo nothing > nothing
        : > empty
        mkdir folder
        """);
  }

  private static void run(String script) throws Exception {
    Command.Result result = Command.run("sh", "-e", "-c", "cd '" + folder + "'\n" + script);
    assertEquals(0, result.exit(), result.err());
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(List.of(arguments));
    Command.Result result = Command.run(line.toArray(String[]::new));
    assertEquals(0, result.exit(), result.out() + result.err());
  }

  private static Path file(String name) {
    return folder.resolve(name);
  }

  private static ServerBuilder http(String certificate, String key, String password) {
    return Quintet.server(Http.codec(), _ -> HttpResponse.text("Hello, World!"))
        .option("tlsCertificate", file(certificate))
        .option("tlsKey", key.isEmpty() ? "" : file(key))
        .option("tlsPassword", password);
  }

  private static String served(Server server) throws Exception {
    try (SSLSocket socket = SecureClient.connect(server.port(), "a.example")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      return SecureClient.subject(socket);
    }
  }

  static Stream<Arguments> readable() {
    return Stream.of(
            "rsa.pem rsa.pkcs1",
            "rsa.pem rsa.pkcs8",
            "rsa.pem rsa.aes256 secret",
            "rsa.pem rsa.aes128 secret",
            "rsa.pem rsa.pkcs8 unused",
            "ec.pem ec.sec1",
            "ec.pem ec.pkcs8",
            "ec.pem ec.aes256 secret",
            "ec384.pem ec384.sec1",
            "ed25519.pem ed25519.pkcs8",
            "ed25519.pem ed25519.aes256 secret",
            "pss.pem pss.pkcs8",
            "leaf:chain ec.sec1",
            "leaf:key-first",
            "leaf:key-between",
            "leaf:key-last - secret",
            "ec:two-keys",
            "ec.pem two-keys",
            "ec:with-text",
            "ec.p12 - secret")
        .map(
            line -> {
              String[] words = line.split(" ");
              String[] certificate = words[0].split(":");
              return Arguments.of(
                  certificate[0].replaceAll("\\..*", ""),
                  certificate[certificate.length - 1],
                  words.length < 2 || words[1].equals("-") ? "" : words[1],
                  words.length < 3 ? "" : words[2]);
            });
  }

  @ParameterizedTest
  @MethodSource("readable")
  void keysAreReadInEachFormInWhichTheyAreWritten(
      String name, String certificate, String key, String password) throws Exception {
    try (Server server = http(certificate, key, password).start()) {
      assertEquals("CN=" + name, served(server));
    }
  }

  static Stream<Arguments> unreadable() {
    String ofKey = "option tlsKey is FOLDER/";
    String ofCertificate = "option tlsCertificate is FOLDER/";
    return Stream.of(
        Arguments.of(
            "ec.pem",
            "ec384.sec1",
            "",
            ofKey
                + "ec384.sec1, which does not belong to the certificate CN=ec in option"
                + " tlsCertificate, FOLDER/ec.pem; valid is the private key that"),
        Arguments.of("rsa.pem", "other.pkcs1", "", ofKey + "other.pkcs1, which does not belong"),
        Arguments.of("rsa.pem", "ec.sec1", "", ofKey + "ec.sec1, which does not belong"),
        Arguments.of("ed25519.pem", "ec.sec1", "", ofKey + "ec.sec1, which does not belong"),
        Arguments.of(
            "backwards",
            "ec.sec1",
            "",
            ofCertificate
                + "backwards, in which the key's"
                + " certificate is number 2; valid is the server's own certificate first"),
        Arguments.of(
            "shuffled",
            "ec.sec1",
            "",
            ofCertificate
                + "shuffled, in which certificate 2,"
                + " CN=ca, did not issue the one before it, CN=leaf; valid is"),
        Arguments.of(
            "rsa.pem",
            "rsa.old",
            "secret",
            ofKey
                + "rsa.old, which holds a key that is"
                + " encrypted in OpenSSL's old form; valid is an encrypted PKCS#8 one"),
        Arguments.of(
            "rsa.pem",
            "rsa.aes256",
            "",
            ofKey
                + "rsa.aes256, which holds an encrypted"
                + " private key; its password is the option tlsPassword"),
        Arguments.of(
            "rsa.pem",
            "rsa.aes256",
            "wrong",
            ofKey
                + "rsa.aes256, which holds an"
                + " encrypted private key that the option tlsPassword does not open"),
        Arguments.of(
            "rsa.pem",
            "rsa.des3",
            "secret",
            ofKey
                + "rsa.des3, which holds an encrypted"
                + " private key that is damaged, or encrypted otherwise than by PBES2"),
        Arguments.of(
            "rsa.pem",
            "rsa.scrypt",
            "secret",
            ofKey
                + "rsa.scrypt, which holds an"
                + " encrypted private key that is damaged, or encrypted otherwise than by PBES2"),
        Arguments.of(
            "ec.pem",
            "curve.sec1",
            "",
            ofKey
                + "curve.sec1, which holds a private key of"
                + " a kind or curve that TLS does not use; valid are EC on"),
        Arguments.of(
            "curve.p12",
            "",
            "secret",
            ofCertificate
                + "curve.p12, whose entry 1 holds a"
                + " private key of a kind or curve that TLS does not use; valid are EC on"),
        Arguments.of(
            "ec.pem",
            "ec.pem",
            "",
            ofKey
                + "ec.pem, which holds no private key but"
                + " CERTIFICATE; valid is a key in PEM"),
        Arguments.of(
            "ec.pem",
            "",
            "",
            ofCertificate
                + "ec.pem, which holds no private key but"
                + " CERTIFICATE; the key may stand in a file of its own, option tlsKey; valid is"),
        Arguments.of(
            "ec.pem",
            "public",
            "",
            ofKey
                + "public, which holds no private key but PUBLIC"
                + " KEY; valid is a key in PEM"),
        Arguments.of(
            "ec.sec1",
            "ec.sec1",
            "",
            ofCertificate
                + "ec.sec1, which holds no certificate"
                + " but EC PARAMETERS, EC PRIVATE KEY; valid is a file with"),
        Arguments.of(
            "request",
            "ec.sec1",
            "",
            ofCertificate
                + "request, which holds no certificate"
                + " but CERTIFICATE REQUEST; valid is a file with"),
        Arguments.of(
            "missing",
            "ec.sec1",
            "",
            ofCertificate + "missing, which does not exist;" + " valid is a file with"),
        Arguments.of(
            "ec.pem",
            "missing",
            "",
            ofKey + "missing, which does not exist; valid is a" + " key in PEM"),
        Arguments.of("folder", "ec.sec1", "", ofCertificate + "folder, which is a folder; valid"),
        Arguments.of(
            "nothing",
            "",
            "",
            ofCertificate + "nothing, which is neither PEM nor PKCS#12; valid is"),
        Arguments.of(
            "empty", "", "", ofCertificate + "empty, which is neither PEM nor PKCS#12; valid is"),
        Arguments.of("ec.der", "ec.sec1", "", ofCertificate + "ec.der, which is in DER; valid is"),
        Arguments.of(
            "without-end",
            "ec.sec1",
            "",
            ofCertificate
                + "without-end, which is damaged:"
                + " -----BEGIN CERTIFICATE----- has no end"),
        Arguments.of(
            "no-base64",
            "ec.sec1",
            "",
            ofCertificate + "no-base64, which is damaged: a" + " block CERTIFICATE is no Base64"),
        Arguments.of(
            "torn",
            "ec.sec1",
            "",
            ofCertificate + "torn, of which certificate 1 cannot be" + " read: "),
        Arguments.of(
            "ec.p12",
            "",
            "wrong",
            ofCertificate
                + "ec.p12, a store that the option"
                + " tlsPassword does not open; valid is"),
        Arguments.of(
            "ec.p12",
            "ec.sec1",
            "secret",
            ofKey + "ec.sec1; valid beside a PKCS#12 store," + " FOLDER/ec.p12, is none"),
        Arguments.of(
            "no-key.p12",
            "",
            "secret",
            ofCertificate
                + "no-key.p12, a store without a"
                + " private key and its certificate; valid is one that openssl pkcs12 -export"));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void filesThatCannotBeUsedEndTheStartInASentenceThatNamesThem(
      String certificate, String key, String password, String sentence) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> http(certificate, key, password).start().close());
    String expected = sentence.replace("FOLDER", folder.toString());
    assertTrue(refused.getMessage().startsWith(expected), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
    assertTrue(!refused.getMessage().contains("wrong"), "a password is nobody's to read");
  }

  /** Replaces files one after the other, as a rename does, so that none is seen in part. */
  private static void replace(Path served, String by) throws Exception {
    Path next = Files.copy(file(by), Path.of(served + ".next"));
    Files.move(next, served, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void awaitSubject(Server server, String name) {
    Await.until(
        () -> {
          try {
            return served(server).equals(name);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        "the certificate of " + name + " is shown");
  }

  @ParameterizedTest
  @ValueSource(strings = {"other.pkcs1", "ec.sec1", "nothing", "rsa.old", "empty"})
  void aKeyThatDoesNotFitLeavesTheOldPairInUseAndOneLineSaysSo(String key) throws Exception {
    Path served = file("live-" + key);
    Path keyServed = file("live-key-" + key);
    Files.copy(file("rsa.pem"), served);
    Files.copy(file("rsa.pkcs8"), keyServed);
    try (Logged log = new Logged();
        Server server = http("live-" + key, "live-key-" + key, "").start()) {
      assertEquals("CN=rsa", served(server));
      replace(keyServed, key);
      String said = "stay in use: option tlsKey is " + keyServed + ", which ";
      Await.until(
          () -> {
            try {
              assertEquals("CN=rsa", served(server));
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
            return !log.with(said).isEmpty();
          },
          "a line about the key");
      replace(served, "ec.pem");
      replace(keyServed, "ec.pkcs8");
      awaitSubject(server, "CN=ec");
      assertEquals(1, log.with(said).size(), log.with(said).toString());
      assertEquals(
          1, log.with(served + " and " + keyServed + ": the certificates were read").size());
    }
  }

  @Test
  void aStoreMayHoldSecretKeysBesideTheServersOwn() throws Exception {
    char[] password = PASSWORD.toCharArray();
    KeyStore store = KeyStore.getInstance(file("ec.p12").toFile(), password);
    store.setEntry(
        "a-secret",
        new KeyStore.SecretKeyEntry(new SecretKeySpec(new byte[16], "AES")),
        new KeyStore.PasswordProtection(password));
    try (OutputStream out = Files.newOutputStream(file("secret.p12"))) {
      store.store(out, password);
    }
    try (Server server = http("secret.p12", "", PASSWORD).start()) {
      assertEquals("CN=ec", served(server));
    }
  }

  @Test
  void aFileThatIsReplacedByAnOlderOneIsReadAgain() throws Exception {
    run("cat rsa.pem rsa.pkcs8 > older; cat ec.pem ec.pkcs8 > newer; cp newer changing");
    Files.setLastModifiedTime(file("older"), FileTime.fromMillis(1_000_000));
    try (Server server = http("changing", "", "").start()) {
      assertEquals("CN=ec", served(server));
      Files.move(file("older"), file("changing"), StandardCopyOption.REPLACE_EXISTING);
      awaitSubject(server, "CN=rsa");
    }
  }

  @Test
  void aFileThatIsMissingForATimeLeavesTheOldPairInUse() throws Exception {
    run("cat rsa.pem rsa.pkcs8 > leaving; cat ec.pem ec.pkcs8 > returning");
    try (Logged log = new Logged();
        Server server = http("leaving", "", "").start()) {
      Files.delete(file("leaving"));
      Await.until(
          () -> {
            try {
              assertEquals("CN=rsa", served(server));
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
            return !log.with(file("leaving") + ", which does not exist").isEmpty();
          },
          "a line about the file");
      Files.move(file("returning"), file("leaving"));
      awaitSubject(server, "CN=ec");
    }
  }

  @Test
  void aCertificateOutOfItsTimeIsServedWithANote() throws Exception {
    Map<String, String> starts = Map.of("expired", "-10d", "early", "+10d");
    for (String name : starts.keySet()) {
      keytool(
          "-genkeypair",
          "-alias",
          name,
          "-dname",
          "CN=" + name,
          "-startdate",
          starts.get(name),
          "-validity",
          "5",
          "-keyalg",
          "EC",
          "-storetype",
          "PKCS12",
          "-keystore",
          file(name).toString(),
          "-storepass",
          PASSWORD);
      try (Logged log = new Logged();
          Server server = http(name, "", PASSWORD).start()) {
        assertEquals("CN=" + name, served(server));
        List<String> lines = log.with(file(name) + ": the certificate CN=" + name);
        assertEquals(1, lines.size(), lines.toString());
        String what = name.equals("expired") ? " has expired on " : " is valid from ";
        assertTrue(lines.getFirst().contains(what), lines.toString());
      }
    }
  }
}
