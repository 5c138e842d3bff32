package io.quintet.tests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A blocking client for tests: each wait ends after a minute at the latest. */
final class Client implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 60_000;

  private final Socket socket = new Socket();

  Client(int port) throws IOException {
    this(port, "127.0.0.1");
  }

  /** A client at an address of the loopback interface. */
  Client(int port, String from) throws IOException {
    this(port, from, 0);
  }

  /** One for which the kernel keeps few bytes that it has not read, instead of up to 32 MiB. */
  static Client narrow(int port) throws IOException {
    return new Client(port, "127.0.0.1", 64 << 10);
  }

  private Client(int port, String from, int receiveBufferBytes) throws IOException {
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.bind(new InetSocketAddress(from, 0));
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(DEADLINE_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), DEADLINE_MILLIS);
  }

  /** Whether nobody takes a connection at a port. */
  static boolean isRefused(int port) {
    try {
      new Client(port).close();
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  Client send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  Client send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  Client endOutput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** A number of bytes, or those that came before the end. */
  byte[] receive(int count) throws IOException {
    return socket.getInputStream().readNBytes(count);
  }

  /** What comes until the server ends the connection. */
  byte[] receiveAll() throws IOException {
    return socket.getInputStream().readAllBytes();
  }

  /** Likewise, where the connection may be reset instead, since not all was read. */
  String receiveAllOrReset() throws IOException {
    try {
      return receiveAllText();
    } catch (SocketException reset) {
      return "";
    }
  }

  /** Bytes that have come. */
  int available() {
    try {
      return socket.getInputStream().available();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** That, in the middle of an expression. */
  String receiveAllUnchecked() {
    try {
      return receiveAllText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String receiveAllText() throws IOException {
    return new String(receiveAll(), StandardCharsets.ISO_8859_1);
  }

  /** One line without its end. */
  String receiveLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b;
    while ((b = socket.getInputStream().read()) != '\n' && b >= 0) {
      line.write(b);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  /** The head of an HTTP response, each line with its end. */
  String receiveHead() throws IOException {
    StringBuilder head = new StringBuilder();
    String line;
    while (!(line = receiveLine()).isEmpty()) {
      head.append(line).append("\r\n");
    }
    return head.toString();
  }

  /** What is left of an HTTP head, up to its empty line. */
  void skipHead() throws IOException {
    while (!receiveLine().isEmpty()) {
      // a field
    }
  }

  /** One HTTP response with a Content-Length: status line and body. */
  String receiveResponse() throws IOException {
    String status = receiveLine();
    int length = 0;
    String field;
    while (!(field = receiveLine()).isEmpty()) {
      if (field.regionMatches(true, 0, "Content-Length: ", 0, "Content-Length: ".length())) {
        length = Integer.parseInt(field.substring("Content-Length: ".length()));
      }
    }
    byte[] body = receive(length);
    return status + "|" + new String(Arrays.copyOf(body, length), StandardCharsets.ISO_8859_1);
  }

  /** Ends the connection with a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
