package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ends of a connection, as a handler may ask for them, also on another thread. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class PeerTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  @Parameter Arrangement arrangement;

  @TempDir private Path folder;

  private Server server(String host) {
    return arrangement
        .of(
            Quintet.serverLater(
                Http.codec(),
                (request, reply) ->
                    Thread.startVirtualThread(
                        () ->
                            reply.send(
                                HttpResponse.text(
                                    request.peer().address().orElseThrow()
                                        + " "
                                        + request.peer().local().orElseThrow())))))
        .listen(host, 0)
        .start();
  }

  @Test
  void thisEndIsWhereTheClientConnected() throws Exception {
    for (String host : List.of("127.0.0.1", "0.0.0.0", "::")) {
      try (Server server = server(host);
          Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), server.port())) {
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
        String sent = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        InetSocketAddress here = (InetSocketAddress) socket.getLocalSocketAddress();
        InetSocketAddress there = (InetSocketAddress) socket.getRemoteSocketAddress();
        assertEquals(
            "/127.0.0.1:" + here.getPort() + " /127.0.0.1:" + there.getPort(),
            sent.substring(sent.indexOf("\r\n\r\n") + 4),
            host);
      }
    }
  }

  @Test
  void ofAUnixSocketItIsItsName() throws Exception {
    if (arrangement == Arrangement.REUSEPORT) {
      return; // unix sockets have no SO_REUSEPORT
    }
    Path name = folder.resolve("socket");
    try (Server server = server("unix:" + name);
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(name))) {
      channel.write(ByteBuffer.wrap(GET.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer got = ByteBuffer.allocate(4096);
      while (channel.read(got) >= 0) {
        // until the server ends the connection
      }
      String sent = new String(got.array(), 0, got.position(), StandardCharsets.US_ASCII);
      assertEquals(" " + name, sent.substring(sent.indexOf("\r\n\r\n") + 4));
      assertEquals(name.toString(), server.address().toString().replace("unix:", ""));
    }
  }
}
