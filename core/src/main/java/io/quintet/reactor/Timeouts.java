package io.quintet.reactor;

/**
 * Lengths of a loop's deadlines in milliseconds; 0 is never.
 *
 * @param firstByteMillis nothing has arrived on a connection
 * @param idleMillis nothing happens on a connection
 * @param requestMillis a request that began has not arrived whole, or what comes before requests
 * @param handlerMillis a handler owes a reply
 * @param pingMillis nothing happens on a connection that carries a session
 * @param closingMillis the peer of a session was told of its end and has not answered; at least 1
 * @param writeStallMillis the peer takes no bytes
 * @param lingerMillis the peer has not ended behind its last reply
 * @param partingMillis a connection that is idle when the server drains; at least 1
 * @param acceptPauseMillis a listener without descriptors tries again; at least 1
 * @param backendStartMillis a backend that was started has not connected
 * @param backendSilenceMillis a backend that was asked has not answered; it is asked as often
 * @param backendHangMillis an unresponsive backend is killed
 * @param backoffMillis unit of the wait before a backend is started anew
 */
public record Timeouts(
    long firstByteMillis,
    long idleMillis,
    long requestMillis,
    long handlerMillis,
    long pingMillis,
    long closingMillis,
    long writeStallMillis,
    long lingerMillis,
    long partingMillis,
    long acceptPauseMillis,
    long backendStartMillis,
    long backendSilenceMillis,
    long backendHangMillis,
    long backoffMillis) {

  /** By the order of {@link Deadline}. */
  public long[] nanos() {
    long[] nanos = new long[Deadline.values().length];
    nanos[Deadline.FIRST_BYTE.ordinal()] = firstByteMillis * 1_000_000L;
    nanos[Deadline.HANDSHAKE.ordinal()] = requestMillis * 1_000_000L;
    nanos[Deadline.IDLE.ordinal()] = idleMillis * 1_000_000L;
    nanos[Deadline.REQUEST.ordinal()] = requestMillis * 1_000_000L;
    nanos[Deadline.HANDLER.ordinal()] = handlerMillis * 1_000_000L;
    nanos[Deadline.PING.ordinal()] = pingMillis * 1_000_000L;
    nanos[Deadline.CLOSING.ordinal()] = closingMillis * 1_000_000L;
    nanos[Deadline.WRITE_STALL.ordinal()] = writeStallMillis * 1_000_000L;
    nanos[Deadline.LINGER.ordinal()] = lingerMillis * 1_000_000L;
    nanos[Deadline.PARTING.ordinal()] = partingMillis * 1_000_000L;
    nanos[Deadline.ACCEPT_PAUSE.ordinal()] = acceptPauseMillis * 1_000_000L;
    nanos[Deadline.STARTUP.ordinal()] = backendStartMillis * 1_000_000L;
    nanos[Deadline.HEARTBEAT.ordinal()] = backendSilenceMillis * 1_000_000L;
    nanos[Deadline.SILENCE.ordinal()] = backendSilenceMillis * 1_000_000L;
    nanos[Deadline.HANG.ordinal()] = backendHangMillis * 1_000_000L;
    nanos[Deadline.BACKOFF.ordinal()] = backoffMillis * 1_000_000L;
    return nanos;
  }
}
