package io.quintet.cli;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Echo;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quintet serve}: a server to try, until SIGTERM or SIGINT. */
@Command(
    name = "serve",
    description = "Serves a demonstration over one of the patterns.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "HTTP routes: GET / (Hello, World!), GET /where (who ran the handler), POST /echo,",
      "GET /work?micros=N (burns CPU), GET /sleep?millis=N (blocks the thread)."
    })
final class ServeCommand implements Callable<Integer> {
  /** What can be served. */
  enum Protocol {
    /** HTTP/1.1 with the demonstration routes. */
    HTTP,
    /** Raw bytes, sent back. */
    ECHO,
    /** Lines, sent back. */
    LINE
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--pattern",
      paramLabel = "PATTERN",
      defaultValue = "single-thread",
      completionCandidates = PatternIds.class,
      description = "How threads and sockets are arranged: ${COMPLETION-CANDIDATES}.")
  private String pattern;

  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      defaultValue = "http",
      description = "What is spoken: http, echo, line.")
  private Protocol protocol;

  @Option(
      names = "--host",
      paramLabel = "H",
      defaultValue = "127.0.0.1",
      description = "Address or name to listen on; default ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port, 0 for a free one; default ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = {"-o", "--option"},
      paramLabel = "NAME=VALUE",
      description = "Any other option of a server, for example -o idleTimeoutMillis=5000.")
  private Map<String, String> options = new LinkedHashMap<>();

  @Override
  public Integer call() throws InterruptedException {
    Server server =
        builder().options(options).option("topology", pattern).listen(host, port).start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(server), "quintet-drain"));
    spec.commandLine()
        .getOut()
        .printf(
            "quintet: listening on %s (%s, %s, pid %d)%n",
            server.address(),
            server.topology().id(),
            protocol.name().toLowerCase(java.util.Locale.ROOT),
            ProcessHandle.current().pid());
    spec.commandLine().getOut().flush();
    server.awaitStopped();
    return Main.FAILED; // nobody asked it to stop: a loop broke, and has said why
  }

  private ServerBuilder builder() {
    return switch (protocol) {
      case HTTP -> Quintet.server(Http.codec(), new Demo(pattern)::answer);
      case ECHO -> Quintet.server(Echo.codec(), bytes -> bytes);
      case LINE -> Quintet.server(Line.codec(), line -> line);
    };
  }

  /** Ends the process itself, since the JVM would end it with 128 and the signal's number. */
  private static void drain(Server server) {
    Runtime.getRuntime().halt(server.drain() ? 0 : Main.CUT);
  }
}
