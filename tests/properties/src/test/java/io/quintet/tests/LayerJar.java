package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.layer.LayerProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.tools.ToolProvider;

/** The layer of core/docs/layers.md in a jar of its own, and a client that passes it. */
final class LayerJar implements AutoCloseable {
  static final String PAGE = "core/docs/layers.md";
  static final String ID = "shared-secret";
  static final byte HELLO = 1;
  static final int BYTES = 32;
  private static final String FILE = "sharedSecret";
  private static final byte[] SECRET = "correct horse battery staple".getBytes();

  private final Path jar;
  private final URLClassLoader loader;

  private LayerJar(Path jar, URLClassLoader loader) {
    this.jar = jar;
    this.loader = loader;
  }

  /** Compiles what the page shows. Servers of this process read the secret from a file there. */
  static LayerJar in(Path folder) throws IOException {
    String source =
        Document.of(PAGE).blocks().stream()
            .map(Document.Block::code)
            .filter(code -> code.startsWith("package "))
            .findFirst()
            .orElseThrow();
    Path sources = Files.createDirectories(folder.resolve("sources"));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path file = Files.writeString(sources.resolve("SharedSecret.java"), source);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                said,
                said,
                "-proc:none",
                "-nowarn",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                file.toString());
    assertEquals(0, status, said.toString());
    System.setProperty(FILE, Files.write(folder.resolve(ID), SECRET).toString());
    Path jar = packed(folder.resolve("secret.jar"), classes);
    URL[] urls = {jar.toUri().toURL()};
    return new LayerJar(jar, new URLClassLoader(urls, LayerProvider.class.getClassLoader()));
  }

  private static Path packed(Path jar, Path classes) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      put(
          out,
          "META-INF/services/" + LayerProvider.class.getName(),
          "example.SharedSecret".getBytes());
      put(
          out,
          ID + ".json",
          Files.readAllBytes(Document.ROOT.resolve("specs/examples/" + ID + ".json")));
      List<Path> files;
      try (Stream<Path> walk = Files.walk(classes)) {
        files = walk.filter(Files::isRegularFile).toList();
      }
      for (Path file : files) {
        put(out, classes.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return jar;
  }

  private static void put(JarOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(bytes);
  }

  Path jar() {
    return jar;
  }

  /** Starts a server where the jar is on the class path. */
  Server start(ServerBuilder builder) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return builder.option("layer", ID).start();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** What a client answers that knows the secret. */
  static byte[] answer(byte[] challenge) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
      return mac.doFinal(challenge);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The answer, with the first bytes of the protocol behind it. */
  static byte[] answer(byte[] challenge, String request) {
    byte[] right = answer(challenge);
    byte[] text = request.getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(right, right.length + text.length);
    System.arraycopy(text, 0, all, right.length, text.length);
    return all;
  }

  @Override
  public void close() throws IOException {
    loader.close();
    System.clearProperty(FILE);
  }
}
