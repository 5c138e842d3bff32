package io.quintet.tests;

import io.quintet.transport.SecureEnd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client over TLS that trusts everybody: who the server is matters, and not who says so. */
final class SecureClient {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final int DEADLINE_MILLIS = 60_000;

  private SecureClient() {}

  /** Connects and shakes hands, in the versions that are named, or in all. */
  static SSLSocket connect(int port, String name, String... versions) throws Exception {
    return over(new Socket(InetAddress.getLoopbackAddress(), port), name, versions);
  }

  /** Likewise over a connection that is there, which is closed with it. */
  static SSLSocket over(Socket plain, String name, String... versions) throws Exception {
    plain.setSoTimeout(DEADLINE_MILLIS);
    SSLSocket socket =
        (SSLSocket)
            SecureEnd.trustingEverybody()
                .getSocketFactory()
                .createSocket(plain, name, plain.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    parameters.setProtocols(versions.length == 0 ? parameters.getProtocols() : versions);
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /** The status line of a response to GET. */
  static String get(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
    return response(socket);
  }

  /** The status line of a response that ends with "World!". */
  static String response(SSLSocket socket) throws IOException {
    byte[] head = new byte[4096];
    StringBuilder text = new StringBuilder();
    while (text.indexOf("World!") < 0) {
      int count = socket.getInputStream().read(head);
      if (count < 0) {
        break;
      }
      text.append(new String(head, 0, count, StandardCharsets.US_ASCII));
    }
    return text.substring(0, Math.min(15, text.length()));
  }

  /** Who the server says it is. */
  static String subject(SSLSocket socket) throws IOException {
    Certificate certificate = socket.getSession().getPeerCertificates()[0];
    return ((X509Certificate) certificate).getSubjectX500Principal().getName();
  }
}
