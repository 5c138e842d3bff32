package io.quintet.cli;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.specs.Topology;
import java.net.InetSocketAddress;
import java.util.Map;

/** A server as the lab starts it: the demonstration, with each run of a handler told. */
final class LabServer {
  /** What a slow reader asks for. */
  static final String MUCH = "/much";

  private static final HttpResponse MUCH_OF_IT =
      HttpResponse.of(200, "application/octet-stream", new byte[256 << 10]);

  private LabServer() {}

  static Server start(String pattern, Map<LabControl, Integer> settings, LabWorld world) {
    Topology topology = SpecCommand.topology(pattern);
    Demo demo = new Demo(() -> pattern);
    ServerBuilder builder =
        Quintet.server(Http.codec(), (HttpRequest request) -> answer(demo, request))
            .listen("127.0.0.1", 0)
            .option("topology", pattern)
            .option("backlog", settings.get(LabControl.BACKLOG))
            .option("sendBufferBytes", 8 << 10)
            .option("highWatermarkBytes", 64 << 10)
            .option("lowWatermarkBytes", 16 << 10)
            .option("startupArchive", false)
            .option("drainIdleMillis", 1)
            .option("drainTimeoutMillis", 100)
            .option("drainOnExit", false)
            .in(world);
    if (topology.loops().equals("cores")) {
      builder.option("loops", settings.get(LabControl.LOOPS));
    }
    if (topology.workers().equals("cores")) {
      builder.option("workers", settings.get(LabControl.WORKERS));
    }
    if (topology.backends().equals("cores")) {
      builder.option("backends", settings.get(LabControl.LOOPS));
    }
    return builder.start();
  }

  private static HttpResponse answer(Demo demo, HttpRequest request) throws InterruptedException {
    LabThread thread = LabThread.own();
    int port =
        request.peer().address().orElse(null) instanceof InetSocketAddress at ? at.getPort() : 0;
    String what = request.path() + request.query().map(query -> "?" + query).orElse("");
    if (thread == null) {
      return of(demo, request);
    }
    thread.handles(what, port);
    try {
      return of(demo, request);
    } catch (InterruptedException e) {
      return HttpResponse.text(503, "The servers start anew.\n");
    } finally {
      thread.handled(what, port);
    }
  }

  private static HttpResponse of(Demo demo, HttpRequest request) throws InterruptedException {
    return request.path().equals(MUCH) ? MUCH_OF_IT : demo.answer(request);
  }
}
