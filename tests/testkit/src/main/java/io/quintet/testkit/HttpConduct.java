package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What clients find in any HTTP server on Quintet, whatever language its handler is written in and
 * whatever pattern it runs under. The server under test has these routes: {@code GET /} answers
 * {@code Hello, World!}; {@code POST /echo} the body that was sent; {@code GET /query} the query;
 * {@code GET /header} the value of the field {@code X-Test}; {@code GET /fail} fails; {@code GET
 * /wait} answers {@code waited} a third of a second later.
 */
public final class HttpConduct {
  private static final int DEADLINE_MILLIS = 10_000;
  private static final String HELLO = "200 Hello, World!";
  private static final int LARGE = 300_000;
  private static final int PIPELINED = 50;

  /** What the JVM gives for SIGTERM. */
  private static final int TERMINATED = 128 + 15;

  private final int port;

  private HttpConduct(int port) {
    this.port = port;
  }

  /** One thing that a client does and expects. */
  @FunctionalInterface
  public interface Check {
    /**
     * Does it.
     *
     * @throws AssertionError if the server does something else
     */
    void run();
  }

  @FunctionalInterface
  private interface Dialogue {
    void with(Connection connection) throws IOException;
  }

  /**
   * Everything that is expected.
   *
   * @param port where the server listens, on the loopback interface
   * @return checks by what they show
   */
  public static Map<String, Check> checks(int port) {
    HttpConduct conduct = new HttpConduct(port);
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("several requests on a connection", conduct.on(HttpConduct::keepsAlive));
    checks.put("replies in the order of a pipeline", conduct.on(HttpConduct::pipelines));
    checks.put("a request in single bytes", conduct.on(HttpConduct::singleBytes));
    checks.put("query and header fields", conduct.on(HttpConduct::queryAndFields));
    checks.put("a target that is a whole URI", conduct.on(HttpConduct::wholeUri));
    checks.put("a body with a length", conduct.on(HttpConduct::bodies));
    checks.put("a body in chunks", conduct.on(HttpConduct::chunks));
    checks.put("HEAD has no body", conduct.on(HttpConduct::head));
    checks.put("a handler that fails ends its request only", conduct.on(HttpConduct::failure));
    checks.put("an answer a moment later", conduct.on(HttpConduct::later));
    checks.put("the reply to who has ended its half", conduct.on(HttpConduct::halfClosed));
    checks.put("what is malformed ends its connection", conduct.on(HttpConduct::malformed));
    checks.put("HEAD that is refused has no body", conduct.on(HttpConduct::refusedHead));
    return checks;
  }

  /**
   * A program that is told to end answers what it was asked before: SIGTERM behind a request that
   * takes a moment.
   *
   * @param child the program, which has ended afterwards
   * @throws AssertionError if the request is lost, or the process ends otherwise
   */
  public static void endsInGoodOrder(ChildServer child) {
    try (Connection connection = new Connection(child.port())) {
      connection.send(get("/")).expect(HELLO);
      connection.send(get("/wait"));
      child.process().destroy();
      String got = connection.response();
      require(got.equals("200 waited") || got.startsWith("503 "), got);
      require(connection.socket.getInputStream().read() < 0, "no end behind the last reply");
      int status = child.awaitEnd();
      require(status == TERMINATED, "the exit status is " + status);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Check on(Dialogue dialogue) {
    return () -> {
      try (Connection connection = new Connection(port)) {
        dialogue.with(connection);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static void keepsAlive(Connection connection) throws IOException {
    for (int i = 0; i < 3; i++) {
      connection.send(get("/")).expect(HELLO);
    }
  }

  private static void pipelines(Connection connection) throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < PIPELINED; i++) {
      requests.append(get("/query?" + i));
    }
    connection.send(requests.toString());
    for (int i = 0; i < PIPELINED; i++) {
      connection.expect("200 " + i);
    }
  }

  private static void singleBytes(Connection connection) throws IOException {
    for (char one : post("abc").toCharArray()) {
      connection.send(String.valueOf(one));
    }
    connection.expect("200 abc");
  }

  private static void queryAndFields(Connection connection) throws IOException {
    connection.send(get("/query?a=b&c=%20")).expect("200 a=b&c=%20");
    connection.send("GET /header HTTP/1.1\r\nHost: a\r\nx-test:  yes \r\n\r\n").expect("200 yes");
  }

  /** RFC 9112 §3.2.2. */
  private static void wholeUri(Connection connection) throws IOException {
    connection.send(get("http://b/query?a=b")).expect("200 a=b");
    connection.send(get("https://b:1/query?c")).expect("200 c");
    connection.send(get("HTTP://b")).expect(HELLO);
  }

  private static void bodies(Connection connection) throws IOException {
    connection.send(post("")).expect("200 ");
    String large = "x".repeat(LARGE);
    connection.send(post(large)).expect("200 " + large);
  }

  private static void chunks(Connection connection) throws IOException {
    connection
        .send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        .expect("200 abcde");
  }

  private static void head(Connection connection) throws IOException {
    connection.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    String head = connection.head();
    require(head.startsWith("HTTP/1.1 200 "), head);
    require(Connection.length(head) == "Hello, World!".length(), head);
    connection.send(get("/")).expect(HELLO);
  }

  private static void failure(Connection connection) throws IOException {
    String text = connection.send(get("/fail")).response();
    require(text.startsWith("500 "), text);
    connection.send(get("/")).expect(HELLO);
  }

  private static void later(Connection connection) throws IOException {
    connection.send(get("/wait") + get("/")).expect("200 waited");
    connection.expect(HELLO);
  }

  private static void halfClosed(Connection connection) throws IOException {
    connection.send(get("/"));
    connection.socket.shutdownOutput();
    connection.expect(HELLO);
    require(connection.socket.getInputStream().read() < 0, "no end behind the reply");
  }

  private static void malformed(Connection connection) throws IOException {
    connection.send(get("/") + "GET / HTTP/1.1\r\n\r\n").expect(HELLO);
    String text = connection.response();
    require(text.startsWith("400 "), text);
    require(connection.socket.getInputStream().read() < 0, "no end behind the refusal");
  }

  /** RFC 9110 §9.3.2. */
  private static void refusedHead(Connection connection) throws IOException {
    connection.send(get("/") + "HEAD / HTTP/1.1\r\nHost: a:b\r\n\r\n").expect(HELLO);
    String head = connection.head();
    require(head.startsWith("HTTP/1.1 400 "), head);
    require(connection.socket.getInputStream().read() < 0, "content behind the head");
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  private static String post(String body) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  private static final class Connection implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: ([0-9]+)\r\n");

    private final Socket socket;

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(DEADLINE_MILLIS);
    }

    Connection send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      return this;
    }

    void expect(String response) throws IOException {
      String got = response();
      require(got.equals(response), got + " instead of " + response);
    }

    /** Status and body. */
    String response() throws IOException {
      String head = head();
      byte[] body =
          head.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding: chunked\r\n")
              ? chunks()
              : socket.getInputStream().readNBytes(length(head));
      return head.substring(9, 13) + new String(body, ISO_8859_1);
    }

    private byte[] chunks() throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      int size;
      do {
        size = Integer.parseInt(line(), 16);
        body.write(socket.getInputStream().readNBytes(size));
        line();
      } while (size > 0);
      return body.toByteArray();
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (line.indexOf("\r\n") < 0) {
        line.append((char) next());
      }
      return line.substring(0, line.length() - 2);
    }

    String head() throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
        head.append((char) next());
      }
      return head.toString();
    }

    private int next() throws IOException {
      int b = socket.getInputStream().read();
      require(b >= 0, "the connection has ended");
      return b;
    }

    static int length(String head) {
      Matcher length = LENGTH.matcher(head);
      return length.find() ? Integer.parseInt(length.group(1)) : 0;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
