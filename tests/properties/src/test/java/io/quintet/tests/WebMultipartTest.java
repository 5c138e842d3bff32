package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quintet.Pattern;
import io.quintet.Server;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.web.Multipart;
import io.quintet.web.Part;
import io.quintet.web.Router;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms with files, RFC 7578, however they arrive. */
class WebMultipartTest {
  private static final String TYPE = "multipart/form-data; boundary=b-b";
  private static final String FORM =
      """
      passed over\r
      --b-b\r
      Content-Disposition: form-data; name="a"\r
      \r
      one\r
      two\r
      -\r
      --b\r
      --b-b  \t\r
      content-disposition: Form-Data; filename="C:\\\\dir\\\\caf\u00e9 \\"1\\".txt"; name=file\r
      Content-Type: image/png\r
      X-Other: x\r
      \r
      \r
      --b-b\r
      Content-Disposition: form-data; name="%22b%0D%0A%41"; filename=""\r
      \r
      \r\r
      \r
      --b-b--\r
      passed over too\
      """;

  private static final String EXPECTED =
      "[a - text/plain one\r\ntwo\r\n-\r\n--b]"
          + "[file Optional[caf\u00e9 \"1\".txt] image/png ]"
          + "[\"b\r\n%41 Optional[] text/plain \r\r\n]";

  @TempDir private Path folder;

  private static String told(Multipart form) {
    return form.parts().stream()
        .map(
            part ->
                "[%s %s %s %s]"
                    .formatted(
                        part.name(),
                        part.fileName().isPresent() ? part.fileName() : "-",
                        part.contentType(),
                        text(part)))
        .collect(Collectors.joining());
  }

  private static String text(Part part) {
    try (InputStream in = part.open()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Multipart.Limits limits(int memory) {
    return new Multipart.Limits(memory, 1 << 20, 10, folder);
  }

  /** Gives its bytes in pieces of one length. */
  private static InputStream inPieces(byte[] bytes, int length) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] to, int offset, int count) {
        return super.read(to, offset, Math.min(count, length));
      }
    };
  }

  @Test
  void aFormIsTheSameHoweverItArrives() throws IOException {
    byte[] bytes = FORM.getBytes(UTF_8);
    for (int length = 1; length <= bytes.length; length++) {
      for (int memory : List.of(0, 3, 1000)) {
        try (Multipart form = Multipart.read(inPieces(bytes, length), TYPE, limits(memory))) {
          assertEquals(EXPECTED, told(form));
          assertEquals(memory < 19, form.parts().getFirst().isInFile());
        }
      }
    }
    assertNoFiles();
  }

  private void assertNoFiles() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void aFormThatIsCutIsRefusedWhereverThatIs() throws IOException {
    byte[] bytes = FORM.getBytes(UTF_8);
    int end = FORM.getBytes(UTF_8).length - "\r\npassed over too".length();
    for (int length = 0; length < end; length++) {
      InputStream in = new ByteArrayInputStream(bytes, 0, length);
      ProtocolException refused =
          assertThrows(
              ProtocolException.class, () -> Multipart.read(in, TYPE, limits(0)), "at " + length);
      assertEquals(400, refused.code(), "at " + length);
    }
    assertNoFiles();
    Multipart.read(new ByteArrayInputStream(bytes, 0, end), TYPE, limits(0)).close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--b-bx\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b-b--",
        "--b-b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b-b--",
        "--b-b\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--b-b--",
        "--b-b\r\n\r\n\r\n--b-b--",
        "--b-b\r\nno field\r\n\r\n\r\n--b-b--",
        "--b-b\r\n: none\r\n\r\n\r\n--b-b--",
        "--b-b\nContent-Disposition: form-data; name=a\n\n\n--b-b--",
        "--b-b\r\nContent-Disposition: form-data; name=a\rX\r\n\r\n\r\n--b-b--",
        "--b-b\r\nContent-Disposition: form-data; name=\"\u00ff\"\r\n\r\n\r\n--b-b--",
        "",
        "nothing"
      })
  void aFormThatIsMalformedIsRefused(String form) {
    InputStream in = new ByteArrayInputStream(form.getBytes(ISO_8859_1));
    ProtocolException refused =
        assertThrows(ProtocolException.class, () -> Multipart.read(in, TYPE, limits(0)));
    assertEquals(400, refused.code(), refused.getMessage());
  }

  @Test
  void whatIsTooMuchIsRefusedAndLeavesNoFile() throws IOException {
    String part = "--b-b\r\nContent-Disposition: form-data; name=a\r\n\r\n%s\r\n";
    refused(413, part.formatted("x").repeat(11) + "--b-b--", TYPE);
    refused(413, part.formatted("x".repeat((1 << 20) + 1)) + "--b-b--", TYPE);
    refused(413, part.formatted("x".repeat(1 << 19)).repeat(3) + "--b-b--", TYPE);
    refused(413, "--b-b\r\nX: " + "x".repeat(9000) + "\r\n\r\n\r\n--b-b--", TYPE);
    refused(415, "", "application/x-www-form-urlencoded");
    refused(415, "", "");
    refused(400, "", "multipart/form-data");
    refused(400, "", "multipart/form-data; boundary=\"\u00e9\"");
    refused(400, "", "multipart/form-data; boundary=" + "b".repeat(71));
    assertNoFiles();
    String most = part.formatted("x").repeat(10) + "--b-b--";
    try (Multipart form =
        Multipart.read(new ByteArrayInputStream(most.getBytes(UTF_8)), TYPE, limits(0))) {
      assertEquals(10, form.parts().size());
      Path target = folder.resolve("moved");
      form.part("a").orElseThrow().moveTo(target);
      assertEquals("x", Files.readString(target));
      assertThrows(IOException.class, () -> form.parts().get(1).moveTo(target));
      Files.delete(target);
    }
    assertNoFiles();
  }

  private void refused(int code, String form, String type) {
    InputStream in = new ByteArrayInputStream(form.getBytes(UTF_8));
    assertEquals(
        code,
        assertThrows(ProtocolException.class, () -> Multipart.read(in, type, limits(0))).code());
  }

  @Property(tries = 300)
  void partsAreWhatWasSent(
      @ForAll("contents") List<byte[]> contents,
      @ForAll @IntRange(min = 1, max = 40) int length,
      @ForAll @IntRange(min = 0, max = 60) int memory)
      throws IOException {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    for (byte[] content : contents) {
      form.writeBytes("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n".getBytes(UTF_8));
      form.writeBytes(content);
      form.writeBytes("\r\n".getBytes(UTF_8));
    }
    form.writeBytes("--b--\r\n".getBytes(UTF_8));
    Multipart.Limits limits =
        new Multipart.Limits(memory, 1 << 20, 10, Path.of(System.getProperty("java.io.tmpdir")));
    try (Multipart read =
        Multipart.read(
            inPieces(form.toByteArray(), length), "multipart/form-data;boundary=b", limits)) {
      assertEquals(contents.size(), read.parts().size());
      for (int i = 0; i < contents.size(); i++) {
        try (InputStream in = read.parts().get(i).open()) {
          assertEquals(
              new String(contents.get(i), ISO_8859_1), new String(in.readAllBytes(), ISO_8859_1));
        }
        assertEquals(contents.get(i).length, read.parts().get(i).size());
        assertEquals(contents.get(i).length > memory, read.parts().get(i).isInFile());
      }
    }
  }

  /** Nearly delimiters, but none. */
  @Provide
  Arbitrary<List<byte[]>> contents() {
    return Arbitraries.of("\r", "\n", "\r\n", "-", "--", "\r\n-", "\r\n--", "b", "\u0000", "\u00ff")
        .list()
        .ofMaxSize(30)
        .map(pieces -> String.join("", pieces))
        .filter(text -> !("\r\n" + text + "\r\n").contains("\r\n--b"))
        .map(text -> text.getBytes(ISO_8859_1))
        .list()
        .ofMaxSize(5);
  }

  @ParameterizedTest
  @EnumSource(
      value = Pattern.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MULTI_PROCESS", "ADAPTIVE"})
  void anUploadIsReadAsItArrives(Pattern pattern) throws IOException {
    int length = 5_000_000;
    Router router =
        Router.builder()
            .routeBlocking(
                "POST",
                "/",
                request -> {
                  try (Multipart form =
                      Multipart.read(request, new Multipart.Limits(1000, 8 << 20, 10, folder))) {
                    Part part = form.part("f").orElseThrow();
                    return HttpResponse.text(
                        part.size() + " " + part.isInFile() + " " + form.part("t").get().text());
                  }
                })
            .build();
    byte[] head =
        "--b-b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n".getBytes(UTF_8);
    byte[] tail =
        "\r\n--b-b\r\nContent-Disposition: form-data; name=t\r\n\r\nt\r\n--b-b--".getBytes(UTF_8);
    try (Server server =
            router
                .serverOf(Http.streaming(Http.Limits.DEFAULT, 10 << 20))
                .pattern(pattern)
                .start();
        Client client = new Client(server.port())) {
      client.send(
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(TYPE, head.length + length + tail.length));
      client.send(head).send(new byte[length]).send(tail);
      assertEquals("HTTP/1.1 200 OK|" + length + " true t", client.receiveResponse());
    }
    try (Server server = router.server().pattern(pattern).start();
        Client client = new Client(server.port())) {
      byte[] small = new byte[500];
      client.send(
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(TYPE, head.length + small.length + tail.length));
      client.send(head).send(small).send(tail);
      assertEquals("HTTP/1.1 200 OK|500 false t", client.receiveResponse());
    }
    assertNoFiles();
  }
}
