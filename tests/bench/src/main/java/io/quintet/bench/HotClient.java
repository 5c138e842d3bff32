package io.quintet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection that speaks lines. One thread at a time. */
final class HotClient implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 120_000;
  private static final int BUFFER_CHARS = 512;

  private final Socket socket;
  private final BufferedReader in;

  HotClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(DEADLINE_MILLIS);
    in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII),
            BUFFER_CHARS);
  }

  void send(String lines) throws IOException {
    socket.getOutputStream().write(lines.getBytes(StandardCharsets.US_ASCII));
  }

  /** The next line, which must be there. */
  String receive() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("the server has ended the connection");
    }
    return line;
  }

  /** The next line, which must be the one that is given. */
  void receive(String expected) throws IOException {
    String line = receive();
    if (!line.equals(expected)) {
      throw new IOException("the reply is " + line + " in place of " + expected);
    }
  }

  String ask(String line) throws IOException {
    send(line + "\n");
    return receive();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
