package io.quintet.cli;

import io.quintet.Options;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Echo;
import io.quintet.codec.LengthPrefixed;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import io.quintet.memcached.Memcached;
import io.quintet.resp.Resp;
import io.quintet.websocket.WebSocket;
import io.quintet.websocket.WebSockets;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      "HTTP routes: GET / (Hello, World!), GET /where (who ran the handler), GET /health (answered",
      "by the loop itself, whatever the workers do), POST /echo,",
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
    LINE,
    /** Frames behind a length of four bytes, sent back. */
    FRAMES,
    /** A store that Redis's clients talk to. */
    RESP,
    /** A cache that memcached's clients talk to. */
    MEMCACHED,
    /** HTTP requests that become WebSockets, which send messages back. */
    WEBSOCKET
  }

  @Spec private CommandSpec spec;

  /** A pattern by its name, or a file. */
  static final class Arrangement {
    @Option(
        names = "--pattern",
        paramLabel = "PATTERN",
        completionCandidates = ServedIds.class,
        description =
            "How threads and sockets are arranged: ${COMPLETION-CANDIDATES}; default"
                + " single-thread.")
    private String pattern;

    @Option(
        names = "--topology",
        paramLabel = "FILE.json",
        description = "An arrangement of your own; specs/examples has some.")
    private String topology;

    String id() {
      return pattern != null ? pattern : topology;
    }
  }

  @ArgGroup private Arrangement arrangement;

  @Option(names = "--loops", paramLabel = "N")
  private String loops;

  @Option(names = "--workers", paramLabel = "N")
  private String workers;

  @Option(names = "--backends", paramLabel = "N")
  private String backends;

  @Option(names = "--policy", paramLabel = "POLICY")
  private String policy;

  @Option(names = "--kernel", paramLabel = "auto|epoll|io_uring")
  private String kernel;

  @Option(names = "--steer", paramLabel = "hash|cpu|load")
  private String steer;

  @Option(
      names = "--emit",
      paramLabel = "haproxy|nginx|kubernetes",
      description =
          "Writes the configuration of a balancer on this port before backends on those that"
              + " follow, instead of serving.")
  private Emit.Format emit;

  @Option(names = "--pin")
  private boolean pin;

  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      defaultValue = "http",
      description =
          "What is spoken: http, echo, line, frames (behind a length of four bytes), resp (a store"
              + " for clients of Redis), memcached (a cache for those of memcached), websocket (which"
              + " sends messages back).")
  private Protocol protocol;

  @Option(
      names = "--host",
      paramLabel = "H",
      defaultValue = "127.0.0.1",
      showDefaultValue = CommandLine.Help.Visibility.ALWAYS)
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      showDefaultValue = CommandLine.Help.Visibility.ALWAYS)
  private int port;

  @Option(names = "--drain-delay", paramLabel = "MILLIS")
  private String drainDelay;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      description =
          "A port of the loopback interface with /metrics (Prometheus), /healthz, /readyz, /stats"
              + " and /connections; 0 for a free one.")
  private Integer admin;

  @Option(
      names = "--watch",
      paramLabel = "PORT",
      description =
          "A port of the loopback interface with a page that shows the server as it runs; 0 for a"
              + " free one.")
  private Integer watch;

  @Mixin private UserHandler handler;

  @Option(names = "--layer", paramLabel = "ID")
  private String layer;

  @Option(names = "--takeover", paramLabel = "PATH")
  private String takeover;

  @Option(
      names = {"-o", "--option"},
      paramLabel = "NAME=VALUE",
      description =
          "An option of a server, such as -o idleTimeoutMillis=5000; they are listed below.")
  private Map<String, String> options = new LinkedHashMap<>();

  @Option(
      names = "--until-eof",
      description = "Ends as on SIGTERM when its standard input ends: with who started it.")
  private boolean untilEof;

  /** Id of the topology that is served, for the demonstration. */
  private volatile String id = "";

  private volatile boolean isToldToEnd;

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (emit != null) {
      return emit();
    }
    Map<String, Object> all = new LinkedHashMap<>(options);
    all.putIfAbsent("drainOnExit", "false"); // it drains itself, and says how by its exit code
    put(all, "topology", arrangement == null ? null : arrangement.id());
    put(all, "loops", loops);
    put(all, "workers", workers);
    put(all, "backends", backends);
    put(all, "policy", policy);
    put(all, "kernel", kernel);
    put(all, "steer", steer);
    put(all, "takeover", takeover);
    put(all, "layer", layer);
    put(all, "drainDelayMillis", drainDelay);
    put(all, "pin", pin ? "true" : null);
    handler.provideLayers();
    Server server = started(builder().options(all).listen(host, port));
    id = server.topology().id();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(server), "quintet-drain"));
    if (server.isBackend()) {
      server.awaitStopped();
      return 0;
    }
    if (untilEof) {
      Thread.ofPlatform().daemon().name("quintet-eof").start(ServeCommand::endWithInput);
    }
    if (admin != null) {
      spec.commandLine()
          .getOut()
          .printf("quintet: admin on http://127.0.0.1:%d%n", Admin.start(server, admin).port());
    }
    if (watch != null) {
      spec.commandLine()
          .getOut()
          .printf("quintet: watch it on http://127.0.0.1:%d%n", Watch.start(server, watch).port());
    }
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
    if (server.isTakenOver()) {
      return server.drain() ? 0 : Main.CUT;
    }
    if (!isToldToEnd) {
      say("quintet: the server has stopped by itself; what broke is said above");
    }
    return Main.FAILED;
  }

  private static void endWithInput() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // it has ended too
    }
    System.exit(0); // the hook drains, and says how by the exit code
  }

  private void say(String sentence) {
    spec.commandLine().getErr().println(sentence);
    spec.commandLine().getErr().flush();
  }

  private int emit() {
    int count = Options.of(Map.of("backends", backends == null ? "0" : backends)).backends();
    int processors = Runtime.getRuntime().availableProcessors();
    boolean http = protocol == Protocol.HTTP;
    Emit balancer = new Emit(host, port, count == 0 ? processors : count, http);
    spec.commandLine().getOut().print(balancer.as(emit));
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** Blames an option by the name by which it was given. */
  private Server started(ServerBuilder builder) {
    try {
      return builder.start();
    } catch (IllegalArgumentException e) {
      String sentence = String.valueOf(e.getMessage());
      if (arrangement != null && arrangement.pattern != null) {
        sentence = sentence.replaceFirst("^option topology is", "option pattern is");
      }
      if (drainDelay != null) {
        sentence = sentence.replaceFirst("^option drainDelayMillis is", "option drain-delay is");
      }
      throw new IllegalArgumentException(sentence, e);
    }
  }

  private static void put(Map<String, Object> options, String name, String value) {
    if (value != null) {
      options.put(name, value);
    }
  }

  private ServerBuilder builder() {
    if (handler.isGiven()) {
      return Quintet.server(Http.codec(), handler.load());
    }
    return switch (protocol) {
      case HTTP ->
          Quintet.server(
              Http.codecWithInline(Http.Limits.DEFAULT, Demo::isInline),
              new Demo(() -> id)::answer);
      case ECHO -> Quintet.server(Echo.codec(), bytes -> bytes);
      case LINE -> Quintet.server(Line.codec(), line -> line);
      case FRAMES -> Quintet.server(LengthPrefixed.of(4), frame -> frame);
      case RESP -> Quintet.server(Resp.codec(), new RespStore(() -> id)::answer);
      case WEBSOCKET ->
          Quintet.server(Http.codec(), request -> WebSockets.accept(request, WebSocket::send));
      case MEMCACHED -> Quintet.server(Memcached.codec(), new MemcachedStore()::answer);
    };
  }

  /** Ends the process itself, since the JVM would end it with 128 and the signal's number. */
  private void drain(Server server) {
    isToldToEnd = true;
    boolean inTime = server.drain();
    if (!inTime && !server.isBackend()) {
      say(
          "quintet: what was not answered in time was cut; drainTimeoutMillis says how long that is");
    }
    Runtime.getRuntime().halt(inTime ? 0 : Main.CUT);
  }
}
