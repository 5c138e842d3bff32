package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A bug in an action of the runtime: some words of its class are other ones. The class is compiled
 * anew and stands in front of the right one, so that the product needs no place for it.
 */
enum ActionBug {
  /** A connection's requests are handled in one turn as long as there are some. */
  REQUEST_BUDGET_IGNORED("RequestReader", "    context.budget--;\n", "", "single-thread"),
  /** A listener goes on in one turn as long as connections wait. */
  ACCEPT_BUDGET_IGNORED("Listener", "    keepReserve();\n    budget--;\n", "", "single-thread"),
  /** A loop that has mail left over sleeps. */
  MAIL_LEFT_ASLEEP("EventLoop", "inbox != null || hasWork()", "hasWork()", ""),
  /** A connection that is old is taken for one of a server that drains. */
  OLD_IS_DRAINED(
      "Connection",
      "    fire(ConnectionEvent.READABLE);\n",
      "    fire(ConnectionEvent.READABLE);\n"
          + "    if (isLeaving() && !loop.isDraining() && !isEnded()) {\n"
          + "      restedInDrain();\n"
          + "    }\n",
      "single-thread"),
  /** A deadline is not armed again where a connection comes back to a state. */
  BUSY_CUT_AS_IDLE(
      "Registration",
      "deadline != timers.kind(slot) || (moved && !rests.goesOn(state))",
      "deadline != timers.kind(slot)",
      "single-thread"),
  /** Reading goes on however much is queued. */
  HIGH_WATERMARK_IGNORED(
      "ReplyWriter",
      "connection.congested = queue.length() > most;",
      "connection.congested = false;",
      "single-thread"),
  /** Reading goes on as soon as what is queued is below the high watermark. */
  LOW_WATERMARK_IGNORED(
      "ReplyWriter", "limits.lowWatermarkBytes()", "limits.highWatermarkBytes()", "single-thread"),
  /** A connection that was above the high watermark and waits for a worker forgets that. */
  CONGESTION_FORGOTTEN(
      "ReplyWriter", "relieved || connection.congested\n", "relieved\n", "load-balanced"),
  /** Of a connection that is encrypted reading goes on however much is queued. */
  HIGH_WATERMARK_OF_TLS_IGNORED(
      "ReplyWriter",
      "connection.congested = queue.length() > most;",
      "connection.congested = queue.length() > most && !connection.secured;",
      "single-thread"),
  /** All connections of a loop together may have as much queued as they like. */
  BUFFER_BOUND_IGNORED(
      "ConnectionContext",
      "chunks.lentBytes() > limits.bufferBytesMax() ? 0 : limits.highWatermarkBytes()",
      "limits.highWatermarkBytes()",
      "single-thread"),
  /** A handler whose time was up before it began runs all the same. */
  HANDLED_AFTER_THE_TIME(
      "Exchange",
      "      if (answer == null || answer instanceof Answer.Unwanted) {\n"
          + "        origin.service().handle(handled(), this);\n"
          + "      }\n",
      "      origin.service().handle(handled(), this);\n",
      "load-balanced"),
  /** What is answered when the time was up is taken for a second answer. */
  ANSWERED_AFTER_THE_TIME("Exchange", "    overdue = true;\n", "", "load-balanced"),
  /** A worker that stops forgets the requests that it was given and has not begun. */
  STOPPING_WORKER_OWES(
      "Exchange",
      "    failUnlessAnswered(new IllegalStateException(\"the worker has stopped\"));\n",
      "",
      "load-balanced"),
  /** Who waits for room is told before there is some, and looks in vain. */
  TOLD_BEFORE_THERE_IS_ROOM(
      "Worker",
      "      load.decrementAndGet();\n      Interleaving.point();\n      room.freed();\n",
      "      room.freed();\n      Interleaving.point();\n      load.decrementAndGet();\n",
      "load-balanced"),
  /** The same where each request has a thread of its own. */
  TOLD_BEFORE_ITS_THREAD_ENDS(
      "VirtualThreads",
      "      running.decrementAndGet();\n      Interleaving.point();\n      room.freed();\n",
      "      room.freed();\n      Interleaving.point();\n      running.decrementAndGet();\n",
      "blocking-handlers"),
  /** Two workers may take the same request out of a queue. */
  STOLEN_TWICE(
      "WorkerSeat",
      "    HandlerTask given = own.poll();\n",
      "    HandlerTask given = own.peek();\n"
          + "    Interleaving.point();\n"
          + "    if (given != null) own.remove(given);\n",
      "stealing-workers"),
  /** A worker that is reserved runs what follows a short request of the same connection. */
  LONG_ONE_FOLLOWS_TO_RESERVED(
      "WorkerSeat", "!reserved || queues.mayRun(this, next)", "true", "reserved-workers"),
  /** For a long request a worker is called that may not take it. */
  CALLED_FOR_NOTHING(
      "RequestQueues",
      "(isShort || servesAll(seat)) && seat.call()",
      "seat.call()",
      "reserved-workers"),
  /** A drain is cut at half of the time that it has. */
  CUT_EARLY(
      "Lifecycle",
      "drainEnd = clock.nanoTime() + drainMillis * NANOS_A_MILLI;",
      "drainEnd = clock.nanoTime() + drainMillis * NANOS_A_MILLI / 2;",
      "single-thread"),
  /** A drain that has begun is not cut sooner by one that has less time. */
  CUT_LATE(
      "Lifecycle",
      "      drainEnd = begun.isDone() && end - drainEnd < 0 ? end : drainEnd;\n",
      "",
      "single-thread"),
  /** A loop that stops closes its eventfd under a sender that is about to write. */
  CLOSED_UNDER_A_SENDER("Mailbox", "while (signals > 0)", "while (signals > 1L << 40)", ""),
  /** Each pause of a listener is longer than the one before, whatever was accepted meanwhile. */
  PAUSE_NEVER_SHRINKS("Listener", "      pause = 1;\n", "", "single-thread"),
  /** Connections of a backend that has ended count on. */
  LOST_BACKEND_COUNTS("Backend", "    acceptor.ownerLost(open.get());\n", "", "multi-process"),
  /** A drain closes the connection in its hand where no backend can take it just now. */
  DRAIN_DROPS_WHAT_IS_IN_HAND(
      "Acceptor",
      "return ListenerEvent.NOWHERE; // backends",
      "return ListenerEvent.NOBODY; // backends",
      "multi-process"),
  /** A loop that stops leaves the socket to the server that follows open. */
  NEXT_SERVERS_SOCKET_LEFT_OPEN(
      "EventLoop",
      "    abortAll(); // a server that follows may be connected still\n",
      "",
      "single-thread"),
  /** What did not go through a full control socket is taken to have gone. */
  CONTROL_MESSAGE_FORGOTTEN(
      "FrontLink", "ended = result < 0 ? ended : 0;", "ended = 0;", "multi-process"),
  /** What is queued when a WebSocket's client ends its half is forgotten, a close frame too. */
  CLOSE_FRAME_LOST(
      "Sessions", "      session.finish();\n", "      end(connection);\n", "multi-thread"),
  /** A drain ends no WebSocket from our side. */
  GOING_AWAY_UNSAID(
      "WebSocketSession",
      "    outbox.close(Frame.close(CloseCode.GOING_AWAY, \"\"));\n",
      "",
      "single-thread"),
  /** A call of a listener that throws is not counted as done: all behind it wait for ever. */
  FAILED_CALL_KEEPS_ITS_PLACE(
      "Deliveries",
      "        failed.accept(failure);\n",
      "        failed.accept(failure);\n        return;\n",
      "load-balanced"),
  /** A pong lets a frame pass that is an answer to what came behind its ping. */
  PONG_OUT_OF_TURN(
      "Outbox",
      "    if (pong != null && !closed) {\n      pong.write(out);\n    }\n    pong = null;\n",
      "    Frame first = pong == null ? null : queue.poll();\n"
          + "    if (first != null) {\n"
          + "      bytes.addAndGet(-first.size());\n"
          + "      first.write(out);\n"
          + "      if (first.opcode() == Frame.CLOSE) {\n"
          + "        closed = true;\n"
          + "        return true;\n"
          + "      }\n"
          + "    }\n"
          + "    if (pong != null) {\n      pong.write(out);\n    }\n    pong = null;\n",
      "single-thread"),
  /** A WebSocket takes over the queue of one that has ended, to which others send yet. */
  LATE_MESSAGE_TO_THE_NEXT(
      "WebSocketSession",
      "    this.outbox = new Outbox(settings.queueBytesMax());\n  }\n",
      "    Outbox used = null;\n"
          + "    for (WebSocketSession each : ALL) {\n"
          + "      boolean ended = each.link != null && !each.open && !each.outbox.isClosing();\n"
          + "      used = ended ? each.outbox : used;\n"
          + "    }\n"
          + "    this.outbox = used == null ? new Outbox(settings.queueBytesMax()) : used;\n"
          + "    ALL.add(this);\n"
          + "  }\n\n"
          + "  private static final java.util.Queue<WebSocketSession> ALL =\n"
          + "      new java.util.concurrent.ConcurrentLinkedQueue<>();\n",
      "single-thread");

  private static final Set<String> OF_SESSIONS = Set.of("WebSocketSession", "Deliveries", "Outbox");

  private static final String SOURCES = "core/src/main/java/io/quintet";

  private final String file;
  private final String right;
  private final String wrong;
  private final String topology;

  ActionBug(String file, String right, String wrong, String topology) {
    this.file = file;
    this.right = right;
    this.wrong = wrong;
    this.topology = topology;
  }

  /** Where it may show. */
  List<String> topologies() {
    return switch (topology) {
      case "" -> List.of("multi-thread", "load-balanced");
      case "blocking-handlers", "stealing-workers", "reserved-workers" ->
          List.of(Shouting.example(topology));
      default -> List.of(topology);
    };
  }

  /** A seed that found it; found in a few runs anyway where there is none. */
  String kept() {
    return switch (this) {
      case CONGESTION_FORGOTTEN -> "5568";
      case STOPPING_WORKER_OWES -> "10196";
      case CLOSED_UNDER_A_SENDER -> "342";
      case CLOSE_FRAME_LOST -> "3372";
      case DRAIN_DROPS_WHAT_IS_IN_HAND -> "1236";
      case LOST_BACKEND_COUNTS -> "302";
      default -> "";
    };
  }

  /** What sets runs apart in which it may show. */
  List<String> properties() {
    return List.of("-Dquintet.service=" + service());
  }

  /** The service in which it shows, or none for those that show in any. */
  private String service() {
    if (this == HIGH_WATERMARK_OF_TLS_IGNORED) {
      return "SECURE_LINES";
    }
    return OF_SESSIONS.contains(file) || this == CLOSE_FRAME_LOST ? "WEBSOCKET" : "";
  }

  private Path source() throws IOException {
    Path sources = Path.of(System.getProperty("quintet.root"), SOURCES);
    try (Stream<Path> all = Files.walk(sources)) {
      return all.filter(path -> path.endsWith(file + ".java")).findFirst().orElseThrow();
    }
  }

  /** Compiles the class with the bug into a folder of classes. */
  void compileInto(Path folder) throws IOException {
    Path source = source();
    String text = Files.readString(source);
    assertTrue(text.contains(right), source + " is not as this test expects it");
    Path broken = Files.createDirectories(folder.resolve("source")).resolve(file + ".java");
    Files.writeString(broken, text.replace(right, wrong));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  said,
                  files,
                  null,
                  List.of(
                      "-proc:none",
                      "-nowarn",
                      "-d",
                      folder.toString(),
                      "-cp",
                      System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjects(broken))
              .call();
      assertTrue(compiled, said.toString());
    }
  }
}
