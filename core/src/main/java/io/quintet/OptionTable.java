package io.quintet;

import static io.quintet.ServerOption.Reload.FILE;
import static io.quintet.ServerOption.Reload.REARRANGE;
import static io.quintet.ServerOption.Reload.RESIZE;
import static io.quintet.ServerOption.Reload.START;

import io.quintet.OptionValues.Choice;
import io.quintet.OptionValues.Flag;
import io.quintet.OptionValues.Text;
import io.quintet.OptionValues.Whole;
import java.util.List;
import java.util.stream.Stream;

/** The table of all options, in the order in which they are shown. */
enum OptionTable {
  HOST(
      "host",
      new Text("127.0.0.1", "an address, a name, unix:PATH or unix:@NAME"),
      START,
      "Where to listen: an address, a link-local one with its zone (fe80::1%eth0), a name, "
          + "which stands for its first IPv4 address or else its first IPv6 address, unix:PATH for a "
          + "unix socket, or unix:@NAME for one in the abstract namespace."),
  PORT("port", new Whole(0, 65535, 0), START, "Port to listen on; 0 lets the kernel choose."),
  IPV6_ONLY(
      "ipv6Only",
      new Flag(false),
      START,
      "Whether a listener on an IPv6 address refuses IPv4 connections."),
  TOPOLOGY(
      "topology",
      new Text("single-thread", "a pattern or a file that ends with .json"),
      REARRANGE,
      "How threads and sockets are arranged: the id of a pattern, or a file."),
  LOOPS(
      "loops",
      new Whole(0, 1024, 0),
      RESIZE,
      "Loops, where the topology has several; 0 is one for each processor that the process may "
          + "use."),
  WORKERS(
      "workers",
      new Whole(0, 1024, 0),
      REARRANGE,
      "Workers, where the topology has several; 0 is one for each processor."),
  BACKENDS(
      "backends",
      new Whole(0, 1024, 0),
      START,
      "Backend processes, where the topology has some; 0 is one for each processor."),
  POLICY(
      "policy",
      new Text("", "a policy of the topology, or empty"),
      REARRANGE,
      "How connections (round-robin, least-connections, power-of-two) or requests (round-robin, "
          + "least-loaded, shortest-of-two, shared, bounded, stealing, reserved) are placed; empty "
          + "for the topology's own policy."),
  WORKER_QUEUE_MAX(
      "workerQueueMax",
      new Whole(1, 1 << 20, 1024),
      REARRANGE,
      "Requests that may wait or run on one worker, or on the virtual threads together; beyond "
          + "that connections are not read."),
  QUEUE_TIMEOUT_MILLIS(
      "queueTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 0),
      REARRANGE,
      "How long a request may wait for a worker; one that has waited longer is not handled but "
          + "answered (HTTP 503), and the connection goes on; 0 turns it off."),
  QUEUE_TARGET_MILLIS(
      "queueTargetMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 0),
      REARRANGE,
      "The same for a queue that stands: once the shortest wait in 100 ms was longer than this, "
          + "requests that waited longer are answered so, while those of a burst are handled; 0 "
          + "turns it off."),
  STEER(
      "steer",
      new Choice("hash", "cpu", "load"),
      REARRANGE,
      "Who chooses the listener of a connection where each loop has one: the kernel's hash, "
          + "the processor on which it arrived, or a draw among the loops by how busy they are, "
          + "in which a loop that hangs gets none."),
  KERNEL(
      "kernel",
      new Choice("auto", "epoll", "io_uring"),
      START,
      "What loops wait with: epoll(7), or io_uring(7) from Linux 6.1 on where nothing forbids it; "
          + "auto is epoll."),
  PIN("pin", new Flag(false), START, "Whether each thread stays on one processor."),
  BACKLOG(
      "backlog",
      new Whole(1, 65535, 4096),
      START,
      "Connections that may wait to be accepted, listen(2); the kernel limits it to "
          + "net.core.somaxconn."),
  RECEIVE_BUFFER_BYTES(
      "receiveBufferBytes",
      new Whole(0, 1 << 30, 0),
      START,
      "Size of the kernel's receive buffer of a connection, which it doubles, socket(7); 0 "
          + "leaves it to the kernel."),
  SEND_BUFFER_BYTES(
      "sendBufferBytes",
      new Whole(0, 1 << 30, 0),
      START,
      "Size of the kernel's send buffer of a connection, likewise."),
  NO_DELAY(
      "noDelay", new Flag(true), START, "Whether small replies are sent at once, TCP_NODELAY."),
  KEEP_ALIVE(
      "keepAlive", new Flag(false), START, "Whether the kernel probes silent peers, SO_KEEPALIVE."),
  DEFER_ACCEPT_SECONDS(
      "deferAcceptSeconds",
      new Whole(0, 3600, 0),
      START,
      "How long a connection without a first byte is not accepted, TCP_DEFER_ACCEPT; 0 accepts "
          + "it at once."),
  FAST_OPEN_MAX(
      "fastOpenMax",
      new Whole(0, 65535, 0),
      START,
      "Connections that may bring bytes in their first segment and are not accepted yet, "
          + "TCP_FASTOPEN; 0 turns it off."),
  CONNECTIONS_MAX(
      "connectionsMax",
      new Whole(0, 1 << 30, 0),
      START,
      "Connections at once; one more is told so (HTTP 503) and closed; 0 turns it off."),
  PEER_CONNECTIONS_MAX(
      "peerConnectionsMax",
      new Whole(0, 1 << 30, 0),
      START,
      "Connections at once from one peer address to one process, likewise."),
  ACCEPT_BUDGET(
      "acceptBudget",
      new Whole(1, 65536, 256),
      START,
      "Connections that a listener accepts before others on its loop have their turn."),
  REQUEST_BUDGET(
      "requestBudget",
      new Whole(1, 65536, 256),
      START,
      "Requests of one connection that are handled before others have their turn."),
  MAIL_BUDGET(
      "mailBudget",
      new Whole(1, 65536, 1024),
      START,
      "Messages of other threads that a loop takes before its connections have their turn."),
  PIPELINE_MAX(
      "pipelineMax",
      new Whole(1, 65536, 1024),
      START,
      "Replies that may be owed to one connection."),
  LINGERING_MAX(
      "lingeringMax",
      new Whole(1, 1 << 20, 1024),
      START,
      "Connections of a loop that may wait, after their last reply, for their peer to end too; "
          + "one more ends the longest wait."),
  READ_BUFFER_BYTES(
      "readBufferBytes", new Whole(4096, 16 << 20, 64 << 10), START, "Bytes read at once."),
  OUTPUT_BUFFER_BYTES(
      "outputBufferBytes",
      new Whole(4096, 16 << 20, 64 << 10),
      START,
      "Bytes encoded before they are sent."),
  HIGH_WATERMARK_BYTES(
      "highWatermarkBytes",
      new Whole(1, 1 << 30, 1 << 20),
      START,
      "Bytes queued for one connection above which it is not read."),
  LOW_WATERMARK_BYTES(
      "lowWatermarkBytes",
      Whole.upTo("highWatermarkBytes", 256 << 10),
      START,
      "Bytes queued at or below which it is read again."),
  BUFFER_BYTES_MAX(
      "bufferBytesMax",
      new Whole(0, 1 << 30, 0),
      START,
      "Bytes queued for the connections of a loop together above which those that have some are "
          + "not read; 0 turns it off."),
  FIRST_BYTE_TIMEOUT_MILLIS(
      "firstByteTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 30_000),
      START,
      "A new connection has sent nothing; 0 turns it off."),
  IDLE_TIMEOUT_MILLIS(
      "idleTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 75_000),
      START,
      "Nothing has happened on a connection; 0 turns it off."),
  REQUEST_TIMEOUT_MILLIS(
      "requestTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 30_000),
      START,
      "The head of a request has not arrived, then as much of its content as requestRateBytes "
          + "asks for; a TLS handshake likewise; 0 turns it off."),
  REQUEST_RATE_BYTES(
      "requestRateBytes",
      new Whole(0, 1 << 30, 256),
      START,
      "Bytes of content a second, averaged over each requestTimeoutMillis, below which a "
          + "request is too slow; it does not bound the head; 0 turns it off."),
  HANDLER_TIMEOUT_MILLIS(
      "handlerTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 60_000),
      START,
      "A handler on a worker, or one that answers later, has not answered, counted from the "
          + "last event on its connection; the client is told (HTTP 503) and the connection ends; 0 "
          + "turns it off."),
  PING_INTERVAL_MILLIS(
      "pingIntervalMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 30_000),
      START,
      "How long nothing may come or go on a WebSocket before it is pinged; one that brings "
          + "nothing in as long again is closed; 0 turns it off."),
  CLOSE_TIMEOUT_MILLIS(
      "closeTimeoutMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 2_000),
      START,
      "How long the peer of a WebSocket that was sent a close frame may take to answer with its "
          + "own."),
  CONNECTION_AGE_MILLIS(
      "connectionAgeMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 0),
      START,
      "Age after which a connection ends with its next reply, which says so; 0 turns it off."),
  WRITE_STALL_TIMEOUT_MILLIS(
      "writeStallTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 30_000),
      START,
      "The peer takes nothing; 0 turns it off."),
  LINGER_TIMEOUT_MILLIS(
      "lingerTimeoutMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 2_000),
      START,
      "How long a connection waits, after its last reply, for its peer to end too; input is "
          + "discarded meanwhile, since closing at once could reset the connection and lose that "
          + "reply."),
  ACCEPT_PAUSE_MILLIS(
      "acceptPauseMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 250),
      START,
      "A listener that found the descriptors used up tries again, unless a connection of the "
          + "process has closed before; it waits twice as long each time in vain, up to 8 times."),
  WHEN_FULL(
      "whenFull",
      new Choice("pause", "shed"),
      START,
      "What a listener that found the descriptors used up does: pause leaves clients in the "
          + "kernel's queue, shed accepts and closes them."),
  BACKEND_START_MILLIS(
      "backendStartMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 30_000),
      START,
      "A backend that was started connects to its front."),
  BACKEND_SILENCE_MILLIS(
      "backendSilenceMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 5_000),
      START,
      "How often a backend is asked whether it lives; while it owes the answer for longer it is "
          + "passed over."),
  BACKEND_HANG_MILLIS(
      "backendHangMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 60_000),
      START,
      "A backend that has not answered for so long is killed and started again; 0 turns it off."),
  BACKEND_BACKOFF_MILLIS(
      "backendBackoffMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 100),
      START,
      "First wait before a backend that has ended is started again; it doubles with each "
          + "failure, up to 64 times."),
  STARTUP_ARCHIVE(
      "startupArchive",
      new Flag(true),
      START,
      "Whether backends that run on java keep an archive of their loaded classes in the user's "
          + "cache folder, which shortens later starts."),
  DRAIN_DELAY_MILLIS(
      "drainDelayMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 0),
      START,
      "How long a server that was told to drain still accepts connections, since balancers "
          + "learn late that it is not ready."),
  DRAIN_IDLE_MILLIS(
      "drainIdleMillis",
      new Whole(1, 24 * 60 * 60 * 1000, 200),
      START,
      "How long a connection that is idle when the server drains may still bring a request, "
          + "which is answered; after that, or if it brings none, the connection ends, at the latest "
          + "when as long again has passed."),
  DRAIN_TIMEOUT_MILLIS(
      "drainTimeoutMillis",
      new Whole(0, 24 * 60 * 60 * 1000, 10_000),
      START,
      "What is in flight may take when the server closes; then connections are cut and handlers "
          + "are interrupted, and those that hang are left two seconds later."),
  DRAIN_ON_EXIT(
      "drainOnExit",
      new Flag(true),
      START,
      "Whether the server drains when its process is told to end (SIGTERM, SIGINT) or exits, by "
          + "a shutdown hook of the JVM; without it the program closes the server itself, or what is "
          + "in flight is lost."),
  TAKEOVER(
      "takeover",
      new Text("", "the path of a unix socket, or empty"),
      START,
      "Path of a unix socket by which the server gets the listeners of the one before it, which "
          + "then drains, and later gives them to the one after it; empty for none."),
  PROXY_PROTOCOL(
      "proxyProtocol",
      new Flag(false),
      START,
      "Whether each connection begins with a PROXY header, version 1 or 2, that says whose "
          + "connection the proxy forwards; one without it is closed. The proxy must be the only one "
          + "that reaches the listener."),
  LAYER(
      "layer",
      new Text("", "the id of a layer's machine, or empty"),
      START,
      "Layer of a user's own that each connection begins with, behind a PROXY header and before "
          + "TLS, from a jar on the class path; empty for none."),
  TLS_CERTIFICATE(
      "tlsCertificate",
      new Text("", "a file, or empty"),
      FILE,
      "File of certificates in PEM, or a PKCS#12 store, with which connections are secured; "
          + "empty for plain ones."),
  TLS_KEY(
      "tlsKey",
      new Text("", "a file, or empty"),
      FILE,
      "File of the private key in PEM (PKCS#8, PKCS#1 or SEC 1); empty if it is in the same "
          + "file."),
  TLS_PASSWORD(
      "tlsPassword",
      new Text("", "a text, or empty"),
      START,
      "Password of a PKCS#12 store or of an encrypted PKCS#8 key; empty for none.");

  static final List<ServerOption> ALL = Stream.of(values()).map(row -> row.option).toList();

  private final OptionValues values;
  private final ServerOption option;

  OptionTable(String name, OptionValues values, ServerOption.Reload reload, String text) {
    this.values = values;
    Object standard = values.standard();
    option = new ServerOption(name, standard.getClass(), values.valid(), standard, reload, text);
  }

  /** Its key in a map. */
  String key() {
    return option.name();
  }

  /** Whether it belongs to an arrangement, and may be given with another topology. */
  boolean isOfArrangement() {
    return this != TOPOLOGY && (option.reload() == REARRANGE || option.reload() == RESIZE);
  }

  /** The value where none is given. */
  Object standard() {
    return values.standard();
  }

  /** The value that was given; refuses one that is not valid. */
  Object read(Object given) {
    return values.read(key(), given);
  }
}
