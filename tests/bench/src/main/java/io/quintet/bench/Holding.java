package io.quintet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The clients of one server, in a process of their own: it opens as many more connections as each
 * line of its input says, tells when it has them, and holds them until the input ends.
 */
final class Holding {
  /**
   * Connections from one loopback address, so few that bind(2) soon finds a port. One that it
   * chooses is used once, whatever it is connected to afterwards.
   */
  private static final int PORTS = 4_000;

  private static final ByteBuffer ECHO = ByteBuffer.wrap(new byte[] {'x'});

  private Holding() {}

  /**
   * Holds.
   *
   * @param arguments the server's port on the loopback interface, and the number of these clients,
   *     from which they have addresses of their own
   * @throws IOException if a connection cannot be opened or gets no echo
   */
  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    int number = Integer.parseInt(arguments[1]);
    List<SocketChannel> clients = new ArrayList<>();
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    String order;
    while ((order = orders.readLine()) != null) {
      for (int i = Integer.parseInt(order); i > 0; i--) {
        clients.add(open(port, number, 1 + clients.size() / PORTS));
      }
      System.out.println(clients.size());
    }
    for (SocketChannel client : clients) {
      client.close();
    }
  }

  private static SocketChannel open(int port, int number, int last) throws IOException {
    SocketChannel client = SocketChannel.open();
    client.bind(new InetSocketAddress("127.0." + number + "." + last, 0));
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    client.write(ECHO.duplicate());
    if (client.read(ByteBuffer.allocate(1)) != 1) {
      throw new IOException("a connection got no echo");
    }
    return client;
  }
}
