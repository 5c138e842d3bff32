package example;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import com.sun.net.httpserver.SimpleFileServer.OutputLevel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** Serves a folder. A program written for the JDK's HTTP server, which does not know Quintet. */
public final class FileServer {
  private FileServer() {}

  /**
   * Serves.
   *
   * @param arguments port and folder
   * @throws Exception if the server does not start
   */
  public static void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8080;
    Path folder = Path.of(arguments.length > 1 ? arguments[1] : ".").toAbsolutePath().normalize();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer server =
        HttpServer.create(
            address,
            0,
            "/",
            SimpleFileServer.createFileHandler(folder),
            SimpleFileServer.createOutputFilter(System.err, OutputLevel.INFO));
    server.start();
    System.out.println("listening on " + server.getAddress().getPort());
    System.err.println("served by " + server.getClass().getName());
  }
}
