package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Server;
import io.quintet.web.Router;
import io.quintet.web.StaticFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files below a folder: which are found, and what of them is sent. */
class WebFilesTest {
  private static final Instant MODIFIED = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final String DATE = "Fri, 02 Jan 2026 03:04:05 GMT";
  private static final String TEXT = "0123456789";
  private static final int LARGE = 3_000_000;

  @TempDir private Path temporary;
  private Path folder;
  private Server server;
  private byte[] large;

  @BeforeEach
  void start() throws IOException {
    folder = Files.createDirectory(temporary.resolve("folder"));
    Files.writeString(temporary.resolve("secret.txt"), "secret");
    write("a.txt", TEXT);
    write("sub/index.html", "<p>index</p>");
    write("sub/b.json", "{}");
    write("none/c", "c");
    write("empty.css", "");
    write(".hidden", "secret");
    write(".git/config", "secret");
    write(".well-known/security.txt", "known");
    write("back\\slash", "backslash");
    write("with space+%.txt", "odd");
    large = new byte[LARGE];
    new Random(1).nextBytes(large);
    Files.write(folder.resolve("large.bin"), large);
    Files.createSymbolicLink(folder.resolve("inside"), folder.resolve("sub"));
    Files.createSymbolicLink(folder.resolve("outside"), temporary.resolve("secret.txt"));
    Files.createSymbolicLink(folder.resolve("above"), temporary);
    Files.createSymbolicLink(folder.resolve("tohidden"), folder.resolve(".hidden"));
    Files.createSymbolicLink(folder.resolve("circle"), folder.resolve("circle"));
    server = router(StaticFiles.in(folder)).server().start();
  }

  private static Router router(StaticFiles files) {
    return Router.builder().files("/f", files).build();
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(MODIFIED));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** An answer in parts. */
  private record Answer(int status, String head, byte[] body) {
    String field(String name) {
      String value = head.replaceAll("(?s).*\r\n" + name + ": ([^\r]*)\r\n.*", "$1");
      return value.equals(head) ? "-" : value;
    }

    String text() {
      return new String(body, ISO_8859_1);
    }
  }

  private Answer get(String path, String... fields) throws IOException {
    return ask("GET", path, fields);
  }

  private Answer ask(String method, String path, String... fields) throws IOException {
    try (Client client = new Client(server.port())) {
      String extra = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
      client.send(
          method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + extra + "\r\n");
      byte[] all = client.receiveAll();
      String text = new String(all, ISO_8859_1);
      int end = text.indexOf("\r\n\r\n") + 4;
      return new Answer(
          Integer.parseInt(text.substring(9, 12)),
          text.substring(0, end),
          Arrays.copyOfRange(all, end, all.length));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/f/a.txt, 0123456789, text/plain; charset=utf-8",
    "/f/%61.txt, 0123456789, text/plain; charset=utf-8",
    "/f/sub/, <p>index</p>, text/html; charset=utf-8",
    "/f/sub/b.json, {}, application/json",
    "/f/inside/b.json, {}, application/json",
    "/f/above/folder/a.txt, 0123456789, text/plain; charset=utf-8",
    "/f/empty.css, '', text/css; charset=utf-8",
    "/f/none/c, c, application/octet-stream",
    "/f/.well-known/security.txt, known, text/plain; charset=utf-8",
    "/f/back%5Cslash, backslash, application/octet-stream",
    "/f/with%20space+%25.txt, odd, text/plain; charset=utf-8",
  })
  void aFileIsSentWithItsType(String path, String text, String type) throws IOException {
    Answer answer = get(path);
    assertEquals(200, answer.status, answer.head);
    assertEquals(text, answer.text());
    assertEquals(type, answer.field("Content-Type"));
    assertEquals("bytes", answer.field("Accept-Ranges"));
    assertEquals(DATE, answer.field("Last-Modified"));
    assertTrue(answer.field("ETag").matches("\"[0-9a-f]+-[0-9a-f]+\""), answer.head);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/f/nothing",
        "/f/a.txt/",
        "/f/a.txt/x",
        "/f/sub//b.json",
        "/f//a.txt",
        "/f/",
        "/f/none/",
        "/f/.hidden",
        "/f/%2Ehidden",
        "/f/.git/config",
        "/f/.git/",
        "/f/outside",
        "/f/above/secret.txt",
        "/f/tohidden",
        "/f/circle",
        "/f/sub%2Fb.json",
        "/f/sub%5Cb.json",
        "/f/%2Fetc%2Fpasswd",
        "/f//etc/passwd",
        "/f/...",
        "/f/..%5Csecret.txt",
        "/f",
        "/f/.well-known",
        "/f/.well-known/"
      })
  void allElseIsNotFound(String path) throws IOException {
    Answer answer = get(path);
    boolean redirected = path.equals("/f/.well-known");
    assertEquals(redirected ? 308 : 404, answer.status, answer.head);
    assertFalse(answer.text().contains("secret"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/f/../secret.txt", "/f/%2e%2e/secret.txt", "/f/sub/../a.txt", "/f/./a.txt", "/f/..",
        "/f/a.txt%00", "/f/a.txt%00.html", "/f/%c0%ae%c0%ae/secret.txt", "/f/%", "/f/%zz"
      })
  void whatIsNoPathIsRefused(String path) throws IOException {
    assertEquals(400, get(path).status);
  }

  @Test
  void aNameThatIsTooLongIsNotFound() throws IOException {
    assertEquals(404, get("/f/" + "a".repeat(300)).status);
    assertEquals(404, get("/f/" + "a/".repeat(3000)).status);
  }

  @Test
  void aFolderHasASlash() throws IOException {
    Answer answer = get("/f/sub?a=b");
    assertEquals(308, answer.status);
    assertEquals("/f/sub/?a=b", answer.field("Location"));
    try (Server root =
            Router.builder().files("/", StaticFiles.in(folder)).build().server().start();
        Client client = new Client(root.port())) {
      client.send("GET //sub HTTP/1.1\r\nHost: x\r\n\r\n");
      assertEquals("HTTP/1.1 404 Not Found|Nothing is found here.\n", client.receiveResponse());
      client.send("GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|" + TEXT, client.receiveResponse());
    }
  }

  @Test
  void headIsGetWithoutTheContent() throws IOException {
    for (String path : List.of("/f/a.txt", "/f/large.bin", "/f/empty.css")) {
      Answer got = get(path);
      Answer head = ask("HEAD", path, "Range: bytes=0-1");
      assertEquals(200, head.status);
      assertEquals("", head.text());
      for (String field : List.of("Content-Length", "ETag", "Last-Modified", "Content-Type")) {
        assertEquals(got.field(field), head.field(field), field);
      }
    }
    assertEquals("GET, HEAD, OPTIONS", ask("POST", "/f/a.txt").field("Allow"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-0 | 206 | 0 | bytes 0-0/10",
        "bytes=2-4 | 206 | 234 | bytes 2-4/10",
        "BYTES=2-4 | 206 | 234 | bytes 2-4/10",
        "bytes=2- | 206 | 23456789 | bytes 2-9/10",
        "bytes=-3 | 206 | 789 | bytes 7-9/10",
        "bytes=-30 | 206 | 0123456789 | bytes 0-9/10",
        "bytes=8-99999999999999999999999 | 206 | 89 | bytes 8-9/10",
        "bytes= 1-1 , , 20-30 | 206 | 1 | bytes 1-1/10",
        "bytes=0000000000000000000000001-1 | 206 | 1 | bytes 1-1/10",
        "bytes=10- | 416 | - | bytes */10",
        "bytes=-0 | 416 | - | bytes */10",
        "bytes=99999999999999999999- | 416 | - | bytes */10",
        "bytes=10-20,30- | 416 | - | bytes */10",
        "bytes=4-2 | 200 | 0123456789 | -",
        "bytes=a-b | 200 | 0123456789 | -",
        "bytes=- | 200 | 0123456789 | -",
        "bytes= | 200 | 0123456789 | -",
        "bytes=1 | 200 | 0123456789 | -",
        "bytes=1-2-3 | 200 | 0123456789 | -",
        "bytes=--1 | 200 | 0123456789 | -",
        "bytes=0-0,x | 200 | 0123456789 | -",
        "lines=0-1 | 200 | 0123456789 | -",
        "bytes=0-8,0-8 | 200 | 0123456789 | -",
        "bytes=0-,0- | 200 | 0123456789 | -",
      })
  void aRangeIsSentIfItIsThere(String range, int status, String text, String field)
      throws IOException {
    Answer answer = get("/f/a.txt", "Range: " + range);
    assertEquals(status, answer.status, answer.head);
    assertEquals(field, answer.field("Content-Range"));
    if (status != 416) {
      assertEquals(text, answer.text());
      assertEquals("text/plain; charset=utf-8", answer.field("Content-Type"));
    }
  }

  @Test
  void severalRangesAreSentInParts() throws IOException {
    Answer answer = get("/f/a.txt", "Range: bytes=7-,0-1,4-4");
    assertEquals(206, answer.status);
    String type = answer.field("Content-Type");
    assertTrue(type.startsWith("multipart/byteranges; boundary="), type);
    String boundary = type.substring(type.indexOf('=') + 1);
    String part =
        "--%s\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\n"
            + "Content-Range: bytes %s/10\r\n\r\n"
            + "%s\r\n";
    assertEquals(
        part.formatted(boundary, "7-9", "789")
            + part.formatted(boundary, "0-1", "01")
            + part.formatted(boundary, "4-4", "4")
            + "--"
            + boundary
            + "--\r\n",
        answer.text());
    String many = String.join(",", Collections.nCopies(17, "0-0"));
    assertEquals(200, get("/f/large.bin", "Range: bytes=" + many).status);
    assertEquals(206, get("/f/large.bin", "Range: bytes=" + many.substring(4)).status);
  }

  @Test
  void rangesOfALargeFileAreItsBytes() throws IOException {
    Answer answer = get("/f/large.bin", "Range: bytes=1000000-2500000");
    assertEquals(206, answer.status);
    assertArrayEquals(Arrays.copyOfRange(large, 1_000_000, 2_500_001), answer.body);
  }

  @Test
  void conditionsAreJudgedInTheirOrder() throws IOException {
    String etag = get("/f/a.txt").field("ETag");
    String before = "Fri, 02 Jan 2026 03:04:04 GMT";
    check(304, "If-None-Match: " + etag);
    check(304, "If-None-Match: W/" + etag);
    check(304, "If-None-Match: \"x,\", W/\"y\" , " + etag);
    check(304, "If-None-Match: \"x\"", "If-None-Match: " + etag);
    check(304, "If-None-Match: *");
    check(200, "If-None-Match: \"x\"");
    check(200, "If-None-Match: x" + etag);
    check(200, "If-None-Match: \"x\"", "If-Modified-Since: " + DATE);
    check(304, "If-Modified-Since: " + DATE);
    check(304, "If-Modified-Since: Friday, 02-Jan-26 03:04:05 GMT");
    check(304, "If-Modified-Since: Fri Jan  2 03:04:05 2026");
    check(200, "If-Modified-Since: " + before);
    check(200, "If-Modified-Since: yesterday");
    check(200, "If-Match: " + etag);
    check(200, "If-Match: \"x\", " + etag);
    check(200, "If-Match: *");
    check(412, "If-Match: \"x\"");
    check(412, "If-Match: W/" + etag);
    check(200, "If-Match: " + etag, "If-Unmodified-Since: " + before);
    check(304, "If-Match: " + etag, "If-None-Match: " + etag);
    check(412, "If-Match: \"x\"", "If-None-Match: " + etag);
    check(412, "If-Unmodified-Since: " + before);
    check(200, "If-Unmodified-Since: " + DATE);
    check(200, "If-Unmodified-Since: x");
    String range = "Range: bytes=0-1";
    check(206, range, "If-Range: " + etag);
    check(206, range, "If-Range: " + DATE);
    check(200, range, "If-Range: W/" + etag);
    check(200, range, "If-Range: \"x\"");
    check(200, range, "If-Range: " + before);
    check(200, range, "If-Range: Sat, 03 Jan 2026 03:04:05 GMT");
    check(304, range, "If-None-Match: " + etag);
    check(416, "Range: bytes=10-", "If-Range: " + etag);
    check(200, "Range: bytes=10-", "If-Range: \"x\"");
  }

  private void check(int status, String... fields) throws IOException {
    for (String method : List.of("GET", "HEAD")) {
      Answer answer = ask(method, "/f/a.txt", fields);
      boolean whole = method.equals("HEAD") && (status == 206 || status == 416);
      assertEquals(whole ? 200 : status, answer.status, method + " " + List.of(fields));
      assertEquals(status == 304 || method.equals("HEAD"), answer.text().isEmpty(), answer.head);
      if (status == 304) {
        assertEquals(get("/f/a.txt").field("ETag"), answer.field("ETag"));
      }
    }
  }

  @Test
  void aFileThatChangesIsAnotherOne() throws IOException {
    String etag = get("/f/a.txt").field("ETag");
    write("a.txt", TEXT + "!");
    assertEquals(200, get("/f/a.txt", "If-None-Match: " + etag).status);
    write("a.txt", TEXT);
    assertEquals(304, get("/f/a.txt", "If-None-Match: " + etag).status);
    Files.setLastModifiedTime(folder.resolve("a.txt"), FileTime.from(MODIFIED.plusNanos(1000)));
    assertEquals(200, get("/f/a.txt", "If-None-Match: " + etag).status);
  }

  @Test
  void cachesAreToldWhatTheyMayDo() throws IOException {
    assertEquals("-", get("/f/a.txt").field("Cache-Control"));
    server.close();
    server = router(StaticFiles.in(folder).cached("max-age=60")).server().start();
    Answer answer = get("/f/a.txt");
    assertEquals("max-age=60", answer.field("Cache-Control"));
    assertEquals(
        "max-age=60",
        get("/f/a.txt", "If-None-Match: " + answer.field("ETag")).field("Cache-Control"));
    assertThrows(IOException.class, () -> StaticFiles.in(folder.resolve("a.txt")));
    assertThrows(IOException.class, () -> StaticFiles.in(folder.resolve("nothing")));
  }

  @ParameterizedTest
  @EnumSource(
      value = Pattern.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MULTI_PROCESS", "ADAPTIVE"})
  void aClientThatTakesALargeFileSlowlyHoldsUpNobody(Pattern pattern) throws IOException {
    server.close();
    server = router(StaticFiles.in(folder)).server().pattern(pattern).start();
    try (Client slow = Client.narrow(server.port())) {
      slow.send("GET /f/large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertTrue(slow.receiveHead().contains("\r\nContent-Length: " + LARGE + "\r\n"));
      assertEquals(TEXT, get("/f/a.txt").text());
      assertArrayEquals(large, get("/f/large.bin").body);
      assertArrayEquals(large, slow.receiveAll());
    }
  }

  /** The client must not take the end of what is there for the end of what was announced. */
  @Test
  void aFileThatIsCutWhileItIsSentEndsTheConnection() throws IOException {
    long length = 64L << 20;
    Path file = folder.resolve("cut.bin");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw");
        Client slow = Client.narrow(server.port())) {
      sparse.setLength(length);
      slow.send("GET /f/cut.bin HTTP/1.1\r\nHost: x\r\n\r\n");
      assertTrue(slow.receiveHead().contains("\r\nContent-Length: " + length + "\r\n"));
      sparse.setLength(10);
      assertTrue(slow.receiveAll().length < length);
    }
  }
}
