package io.quintet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How a server listens, and what bounds it. Lengths of time of 0 mean never. A server refuses an
 * option that its topology has no use for.
 *
 * @param host address to listen on, a link-local one with its zone ({@code fe80::1%eth0}), or a
 *     name, which stands for one address, its first of IPv4 where it has some; {@code unix:PATH}
 *     for a unix socket, or {@code unix:@NAME} for one in the abstract namespace
 * @param port 0 to 65535; 0 lets the kernel choose
 * @param ipv6Only whether a listener on an IPv6 address takes no IPv4 connections
 * @param topology id of the arrangement, see {@link Pattern}, or the name of a file of one that
 *     ends with {@code .json}
 * @param loops loops where the topology has several, 1 to 1024; 0 is one for each processor that
 *     the process may use
 * @param workers workers where the topology has several, likewise
 * @param backends backend processes where the topology has some, likewise
 * @param policy how connections or requests are placed, in place of the topology's own policy;
 *     empty for that
 * @param workerQueueMax requests that may wait or run on one worker, or on all virtual threads, 1
 *     to 2^20; beyond that connections are not read
 * @param steer who picks the listener of a connection where each loop has one: {@code hash}, the
 *     kernel's, or {@code cpu}, the processor on which it arrived
 * @param pin whether each thread stays on one processor
 * @param backlog connections that may wait to be accepted, 1 to 65535; the kernel caps it at
 *     net.core.somaxconn
 * @param receiveBufferBytes size of the kernel's receive buffer of a connection, which it doubles,
 *     socket(7), 0 to 2^30; 0 leaves it to the kernel
 * @param sendBufferBytes size of the send buffer, likewise
 * @param noDelay whether small replies leave at once, TCP_NODELAY
 * @param keepAlive whether the kernel asks silent peers whether they live, SO_KEEPALIVE
 * @param deferAcceptSeconds how long a connection without a first byte is not accepted,
 *     TCP_DEFER_ACCEPT, 0 to 3600; 0 accepts it at once
 * @param fastOpenMax connections that may bring bytes in their first segment and are not accepted
 *     yet, TCP_FASTOPEN, 0 to 65535
 * @param connectionsMax connections at once, 0 to 2^30; 0 is no limit. One more is told so (HTTP
 *     503) and closed
 * @param peerConnectionsMax connections at once from one peer address, to one process, 0 to 2^30;
 *     likewise
 * @param acceptBudget connections that a listener accepts before others of its loop have their
 *     turn, 1 to 65536
 * @param requestBudget requests of one connection handled before others have their turn, 1 to 65536
 * @param mailBudget messages of other threads that a loop takes before its connections have their
 *     turn, 1 to 65536
 * @param pipelineMax replies that may be owed to one connection, 1 to 65536
 * @param lingeringMax connections of a loop that may linger at once, behind their last reply and
 *     until their peer ends too, 1 to 2^20; one more ends the wait of the one that lingers longest
 * @param readBufferBytes bytes read at once, 4096 to 16777216
 * @param outputBufferBytes bytes encoded before they are sent, 4096 to 16777216
 * @param highWatermarkBytes bytes queued for one connection above which it is not read, 1 to 2^30
 * @param lowWatermarkBytes bytes queued at or below which it is read again, 0 to highWatermarkBytes
 * @param bufferBytesMax bytes queued for all connections of a loop together above which those that
 *     have some are not read, 0 to 2^30; 0 is no limit
 * @param firstByteTimeoutMillis nothing has arrived on a new connection, 0 to a day
 * @param idleTimeoutMillis nothing happens on a connection, 0 to a day
 * @param requestTimeoutMillis the head of a request that began has not arrived, or then as much of
 *     its content as requestRateBytes asks for, 0 to a day; a TLS handshake likewise
 * @param requestRateBytes bytes of content a second, on average over each requestTimeoutMillis,
 *     below which a request is too slow, 0 to 2^30; how long its head may take does not depend on
 *     it
 * @param handlerTimeoutMillis a handler that answers later, or on a worker, has not answered, 0 to
 *     a day, counted from the last that happened on its connection; the client is told (HTTP 503)
 *     and the connection ends
 * @param connectionAgeMillis age after which a connection ends with its next reply, which says so,
 *     0 to a day
 * @param writeStallTimeoutMillis the peer takes no bytes, 0 to a day
 * @param lingerTimeoutMillis how long a connection whose last reply is sent may wait for the end of
 *     its peer, 1 to a day; what comes meanwhile is dropped, where closing at once would reset the
 *     connection and could take that reply with it
 * @param acceptPauseMillis a listener without descriptors tries again, 1 to a day, if no connection
 *     of the process has closed before; each time in vain it waits twice as long, up to 8 times
 * @param whenFull what a listener without descriptors does with those that wait: {@code pause}
 *     leaves them in the kernel's queue, {@code shed} accepts and closes them
 * @param backendStartMillis a backend that was started connects to its front, 1 to a day
 * @param backendSilenceMillis a backend that was asked whether it lives answers, 1 to a day; it is
 *     asked as often, and gets no connection while it owes the answer for longer
 * @param backendHangMillis such a backend is killed and started anew, 0 to a day
 * @param backendBackoffMillis first wait before a backend that has ended is started anew, 1 to a
 *     day; it doubles with each failure up to 64 times that
 * @param startupArchive whether backends that run on {@code java} keep an archive of the classes
 *     that they load in the user's cache folder, which shortens later starts
 * @param drainDelayMillis how long a server that was told to drain accepts connections still, 0 to
 *     a day, because balancers learn late that it is not ready any more
 * @param drainIdleMillis how long a connection that is idle when the server drains may bring a
 *     request still, 1 to a day; it is answered, and told that the connection ends. One that brings
 *     none is told of the end, and closed when its peer ends too, or as long again has passed
 * @param drainTimeoutMillis what is in flight may take when the server closes, 0 to a day. Then
 *     connections are cut and handlers interrupted; two seconds later those that hang all the same
 *     are not waited for any more
 * @param drainOnExit whether the server drains when its process is told to end (SIGTERM, SIGINT) or
 *     exits, by a shutdown hook of the JVM that goes when the server has stopped. Without it what
 *     is in flight is lost then, unless the program closes the server by itself
 * @param takeover path of a unix socket by which a server gets the listeners of the one before it,
 *     which then drains, and later gives them to the one after it; empty for none
 * @param proxyProtocol whether each connection begins with the header by which a proxy says whose
 *     it forwards, PROXY protocol 1 or 2; one without it is closed. The proxy must be the only one
 *     that reaches the listener
 * @param tlsCertificate file of certificates in PEM, or a PKCS#12 store, with which connections are
 *     secured; empty for plain ones. It is read again when it has changed
 * @param tlsKey file of its private key in PEM (PKCS#8, PKCS#1 or SEC 1); empty if that stands in
 *     the same file
 * @param tlsPassword password of a PKCS#12 store, or of an encrypted PKCS#8 key; empty for none
 */
public record Options(
    String host,
    int port,
    boolean ipv6Only,
    String topology,
    int loops,
    int workers,
    int backends,
    String policy,
    int workerQueueMax,
    String steer,
    boolean pin,
    int backlog,
    int receiveBufferBytes,
    int sendBufferBytes,
    boolean noDelay,
    boolean keepAlive,
    int deferAcceptSeconds,
    int fastOpenMax,
    int connectionsMax,
    int peerConnectionsMax,
    int acceptBudget,
    int requestBudget,
    int mailBudget,
    int pipelineMax,
    int lingeringMax,
    int readBufferBytes,
    int outputBufferBytes,
    int highWatermarkBytes,
    int lowWatermarkBytes,
    int bufferBytesMax,
    int firstByteTimeoutMillis,
    int idleTimeoutMillis,
    int requestTimeoutMillis,
    int requestRateBytes,
    int handlerTimeoutMillis,
    int connectionAgeMillis,
    int writeStallTimeoutMillis,
    int lingerTimeoutMillis,
    int acceptPauseMillis,
    String whenFull,
    int backendStartMillis,
    int backendSilenceMillis,
    int backendHangMillis,
    int backendBackoffMillis,
    boolean startupArchive,
    int drainDelayMillis,
    int drainIdleMillis,
    int drainTimeoutMillis,
    boolean drainOnExit,
    String takeover,
    boolean proxyProtocol,
    String tlsCertificate,
    String tlsKey,
    String tlsPassword) {

  private static final int DAY_MILLIS = 24 * 60 * 60 * 1000;
  private static final Map<String, Object> DEFAULTS = defaults();

  /** Refuses what is out of range. */
  public Options {
    within("port", port, 0, 65535);
    within("loops", loops, 0, 1024);
    within("workers", workers, 0, 1024);
    within("backends", backends, 0, 1024);
    within("workerQueueMax", workerQueueMax, 1, 1 << 20);
    oneOf("steer", steer, "hash", "cpu");
    oneOf("whenFull", whenFull, "pause", "shed");
    within("backlog", backlog, 1, 65535);
    within("connectionsMax", connectionsMax, 0, 1 << 30);
    within("peerConnectionsMax", peerConnectionsMax, 0, 1 << 30);
    within("receiveBufferBytes", receiveBufferBytes, 0, 1 << 30);
    within("sendBufferBytes", sendBufferBytes, 0, 1 << 30);
    within("deferAcceptSeconds", deferAcceptSeconds, 0, 3600);
    within("fastOpenMax", fastOpenMax, 0, 65535);
    within("acceptBudget", acceptBudget, 1, 65536);
    within("requestBudget", requestBudget, 1, 65536);
    within("mailBudget", mailBudget, 1, 65536);
    within("pipelineMax", pipelineMax, 1, 65536);
    within("lingeringMax", lingeringMax, 1, 1 << 20);
    within("readBufferBytes", readBufferBytes, 4096, 16 << 20);
    within("outputBufferBytes", outputBufferBytes, 4096, 16 << 20);
    within("highWatermarkBytes", highWatermarkBytes, 1, 1 << 30);
    if (lowWatermarkBytes < 0 || lowWatermarkBytes > highWatermarkBytes) {
      throw new IllegalArgumentException(
          "option lowWatermarkBytes is "
              + lowWatermarkBytes
              + "; valid are 0 to highWatermarkBytes, which is "
              + highWatermarkBytes);
    }
    within("bufferBytesMax", bufferBytesMax, 0, 1 << 30);
    within("firstByteTimeoutMillis", firstByteTimeoutMillis, 0, DAY_MILLIS);
    within("idleTimeoutMillis", idleTimeoutMillis, 0, DAY_MILLIS);
    within("requestTimeoutMillis", requestTimeoutMillis, 0, DAY_MILLIS);
    within("requestRateBytes", requestRateBytes, 0, 1 << 30);
    within("handlerTimeoutMillis", handlerTimeoutMillis, 0, DAY_MILLIS);
    within("connectionAgeMillis", connectionAgeMillis, 0, DAY_MILLIS);
    within("writeStallTimeoutMillis", writeStallTimeoutMillis, 0, DAY_MILLIS);
    within("lingerTimeoutMillis", lingerTimeoutMillis, 1, DAY_MILLIS);
    within("acceptPauseMillis", acceptPauseMillis, 1, DAY_MILLIS);
    within("backendStartMillis", backendStartMillis, 1, DAY_MILLIS);
    within("backendSilenceMillis", backendSilenceMillis, 1, DAY_MILLIS);
    within("backendHangMillis", backendHangMillis, 0, DAY_MILLIS);
    within("backendBackoffMillis", backendBackoffMillis, 1, DAY_MILLIS);
    within("drainDelayMillis", drainDelayMillis, 0, DAY_MILLIS);
    within("drainIdleMillis", drainIdleMillis, 1, DAY_MILLIS);
    within("drainTimeoutMillis", drainTimeoutMillis, 0, DAY_MILLIS);
    if (tlsCertificate.isEmpty() && !(tlsKey.isEmpty() && tlsPassword.isEmpty())) {
      throw new IllegalArgumentException(
          "option "
              + (tlsKey.isEmpty() ? "tlsPassword is given" : "tlsKey is " + tlsKey)
              + "; valid without tlsCertificate is none");
    }
    if (!takeover.isEmpty() && host.equals("unix:" + takeover)) {
      throw new IllegalArgumentException(
          "option takeover is " + takeover + "; valid is another path than that of option host");
    }
  }

  private static Map<String, Object> defaults() {
    Map<String, Object> defaults = new LinkedHashMap<>();
    defaults.put("host", "127.0.0.1");
    defaults.put("port", 0);
    defaults.put("ipv6Only", false);
    defaults.put("topology", Pattern.SINGLE_THREAD.id());
    defaults.put("loops", 0);
    defaults.put("workers", 0);
    defaults.put("backends", 0);
    defaults.put("policy", "");
    defaults.put("workerQueueMax", 1024);
    defaults.put("steer", "hash");
    defaults.put("pin", false);
    defaults.put("backlog", 4096);
    defaults.put("receiveBufferBytes", 0);
    defaults.put("sendBufferBytes", 0);
    defaults.put("noDelay", true);
    defaults.put("keepAlive", false);
    defaults.put("deferAcceptSeconds", 0);
    defaults.put("fastOpenMax", 0);
    defaults.put("connectionsMax", 0);
    defaults.put("peerConnectionsMax", 0);
    defaults.put("acceptBudget", 256);
    defaults.put("requestBudget", 256);
    defaults.put("mailBudget", 1024);
    defaults.put("pipelineMax", 1024);
    defaults.put("lingeringMax", 1024);
    defaults.put("readBufferBytes", 64 << 10);
    defaults.put("outputBufferBytes", 64 << 10);
    defaults.put("highWatermarkBytes", 1 << 20);
    defaults.put("lowWatermarkBytes", 256 << 10);
    defaults.put("bufferBytesMax", 0);
    defaults.put("firstByteTimeoutMillis", 30_000);
    defaults.put("idleTimeoutMillis", 75_000);
    defaults.put("requestTimeoutMillis", 30_000);
    defaults.put("requestRateBytes", 256);
    defaults.put("handlerTimeoutMillis", 60_000);
    defaults.put("connectionAgeMillis", 0);
    defaults.put("writeStallTimeoutMillis", 30_000);
    defaults.put("lingerTimeoutMillis", 2_000);
    defaults.put("acceptPauseMillis", 250);
    defaults.put("whenFull", "pause");
    defaults.put("backendStartMillis", 30_000);
    defaults.put("backendSilenceMillis", 5_000);
    defaults.put("backendHangMillis", 60_000);
    defaults.put("backendBackoffMillis", 100);
    defaults.put("startupArchive", true);
    defaults.put("drainDelayMillis", 0);
    defaults.put("drainIdleMillis", 200);
    defaults.put("drainTimeoutMillis", 10_000);
    defaults.put("drainOnExit", true);
    defaults.put("takeover", "");
    defaults.put("proxyProtocol", false);
    defaults.put("tlsCertificate", "");
    defaults.put("tlsKey", "");
    defaults.put("tlsPassword", "");
    return defaults;
  }

  static Object defaultOf(String name) {
    return Objects.requireNonNull(DEFAULTS.get(name), name);
  }

  /**
   * Options from a map; what it lacks has its default.
   *
   * @param given values by name; numbers of any type, or their digits as a text
   * @return the options
   * @throws IllegalArgumentException for a name that is no option or a value that is not valid, in
   *     one sentence that says which and what would be valid
   */
  public static Options of(Map<String, ?> given) {
    Set<String> names = DEFAULTS.keySet();
    for (String name : given.keySet()) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            "option " + name + " does not exist; the options are " + String.join(", ", names));
      }
    }
    Map<String, Object> all = new LinkedHashMap<>(DEFAULTS);
    all.putAll(given);
    return new Options(
        String.valueOf(all.get("host")),
        number(all, "port"),
        truth(all, "ipv6Only"),
        String.valueOf(all.get("topology")),
        number(all, "loops"),
        number(all, "workers"),
        number(all, "backends"),
        String.valueOf(all.get("policy")),
        number(all, "workerQueueMax"),
        String.valueOf(all.get("steer")),
        truth(all, "pin"),
        number(all, "backlog"),
        number(all, "receiveBufferBytes"),
        number(all, "sendBufferBytes"),
        truth(all, "noDelay"),
        truth(all, "keepAlive"),
        number(all, "deferAcceptSeconds"),
        number(all, "fastOpenMax"),
        number(all, "connectionsMax"),
        number(all, "peerConnectionsMax"),
        number(all, "acceptBudget"),
        number(all, "requestBudget"),
        number(all, "mailBudget"),
        number(all, "pipelineMax"),
        number(all, "lingeringMax"),
        number(all, "readBufferBytes"),
        number(all, "outputBufferBytes"),
        number(all, "highWatermarkBytes"),
        number(all, "lowWatermarkBytes"),
        number(all, "bufferBytesMax"),
        number(all, "firstByteTimeoutMillis"),
        number(all, "idleTimeoutMillis"),
        number(all, "requestTimeoutMillis"),
        number(all, "requestRateBytes"),
        number(all, "handlerTimeoutMillis"),
        number(all, "connectionAgeMillis"),
        number(all, "writeStallTimeoutMillis"),
        number(all, "lingerTimeoutMillis"),
        number(all, "acceptPauseMillis"),
        String.valueOf(all.get("whenFull")),
        number(all, "backendStartMillis"),
        number(all, "backendSilenceMillis"),
        number(all, "backendHangMillis"),
        number(all, "backendBackoffMillis"),
        truth(all, "startupArchive"),
        number(all, "drainDelayMillis"),
        number(all, "drainIdleMillis"),
        number(all, "drainTimeoutMillis"),
        truth(all, "drainOnExit"),
        String.valueOf(all.get("takeover")),
        truth(all, "proxyProtocol"),
        String.valueOf(all.get("tlsCertificate")),
        String.valueOf(all.get("tlsKey")),
        String.valueOf(all.get("tlsPassword")));
  }

  private static int number(Map<String, Object> values, String name) {
    Object value = values.get(name);
    try {
      return Math.toIntExact(Long.parseLong(String.valueOf(value)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "option " + name + " is " + value + "; valid is a whole number", e);
    }
  }

  private static boolean truth(Map<String, Object> values, String name) {
    String value = String.valueOf(values.get(name));
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException(
          "option " + name + " is " + value + "; valid are true, false");
    }
    return value.equals("true");
  }

  private static void oneOf(String name, String value, String... valid) {
    if (!List.of(valid).contains(value)) {
      throw new IllegalArgumentException(
          "option " + name + " is " + value + "; valid are " + String.join(", ", valid));
    }
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "option " + name + " is " + value + "; valid are " + least + " to " + most);
    }
  }
}
