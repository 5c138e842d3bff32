package io.quintet;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How a server listens, and what bounds it: a value for each option of {@link ServerOption#all()},
 * which says what each is. Immutable; any thread may use it.
 */
public final class Options {
  private final Map<OptionTable, Object> values;

  private Options(Map<OptionTable, Object> values) {
    this.values = values;
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
    List<String> names = ServerOption.all().stream().map(ServerOption::name).toList();
    for (String name : given.keySet()) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            "option " + name + " does not exist; the options are " + String.join(", ", names));
      }
    }
    Map<OptionTable, Object> values = new EnumMap<>(OptionTable.class);
    for (OptionTable row : OptionTable.values()) {
      Object value = given.containsKey(row.key()) ? row.read(given.get(row.key())) : row.standard();
      values.put(row, value);
    }
    Options options = new Options(values);
    DisagreeingOptions.refuse(options);
    return options;
  }

  /** These, some of them changed. */
  Options with(Map<String, ?> changed) {
    Map<String, Object> all = new LinkedHashMap<>(toMap());
    all.putAll(changed);
    return of(all);
  }

  Object get(OptionTable row) {
    return values.get(row);
  }

  private int number(OptionTable row) {
    return (Integer) get(row);
  }

  private boolean flag(OptionTable row) {
    return (Boolean) get(row);
  }

  private String text(OptionTable row) {
    return (String) get(row);
  }

  /**
   * All of them.
   *
   * @return an immutable map of values by name, in the order of the table
   */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    values.forEach((row, value) -> map.put(row.key(), value));
    return Collections.unmodifiableMap(map);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Options options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** Those that have not their default, without passwords. */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .filter(entry -> !entry.getValue().equals(entry.getKey().standard()))
        .map(
            entry ->
                entry.getKey().key()
                    + "="
                    + (entry.getKey() == OptionTable.TLS_PASSWORD ? "..." : entry.getValue()))
        .collect(Collectors.joining(", ", "Options[", "]"));
  }

  /** {@return the value of the option {@code host}} */
  public String host() {
    return text(OptionTable.HOST);
  }

  /** {@return the value of the option {@code port}} */
  public int port() {
    return number(OptionTable.PORT);
  }

  /** {@return the value of the option {@code ipv6Only}} */
  public boolean ipv6Only() {
    return flag(OptionTable.IPV6_ONLY);
  }

  /** {@return the value of the option {@code topology}} */
  public String topology() {
    return text(OptionTable.TOPOLOGY);
  }

  /** {@return the value of the option {@code loops}} */
  public int loops() {
    return number(OptionTable.LOOPS);
  }

  /** {@return the value of the option {@code workers}} */
  public int workers() {
    return number(OptionTable.WORKERS);
  }

  /** {@return the value of the option {@code backends}} */
  public int backends() {
    return number(OptionTable.BACKENDS);
  }

  /** {@return the value of the option {@code policy}} */
  public String policy() {
    return text(OptionTable.POLICY);
  }

  /** {@return the value of the option {@code workerQueueMax}} */
  public int workerQueueMax() {
    return number(OptionTable.WORKER_QUEUE_MAX);
  }

  /** {@return the value of the option {@code queueTimeoutMillis}} */
  public int queueTimeoutMillis() {
    return number(OptionTable.QUEUE_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code queueTargetMillis}} */
  public int queueTargetMillis() {
    return number(OptionTable.QUEUE_TARGET_MILLIS);
  }

  /** {@return the value of the option {@code steer}} */
  public String steer() {
    return text(OptionTable.STEER);
  }

  /** {@return the value of the option {@code kernel}} */
  public String kernel() {
    return text(OptionTable.KERNEL);
  }

  /** {@return the value of the option {@code pin}} */
  public boolean pin() {
    return flag(OptionTable.PIN);
  }

  /** {@return the value of the option {@code backlog}} */
  public int backlog() {
    return number(OptionTable.BACKLOG);
  }

  /** {@return the value of the option {@code receiveBufferBytes}} */
  public int receiveBufferBytes() {
    return number(OptionTable.RECEIVE_BUFFER_BYTES);
  }

  /** {@return the value of the option {@code sendBufferBytes}} */
  public int sendBufferBytes() {
    return number(OptionTable.SEND_BUFFER_BYTES);
  }

  /** {@return the value of the option {@code noDelay}} */
  public boolean noDelay() {
    return flag(OptionTable.NO_DELAY);
  }

  /** {@return the value of the option {@code keepAlive}} */
  public boolean keepAlive() {
    return flag(OptionTable.KEEP_ALIVE);
  }

  /** {@return the value of the option {@code deferAcceptSeconds}} */
  public int deferAcceptSeconds() {
    return number(OptionTable.DEFER_ACCEPT_SECONDS);
  }

  /** {@return the value of the option {@code fastOpenMax}} */
  public int fastOpenMax() {
    return number(OptionTable.FAST_OPEN_MAX);
  }

  /** {@return the value of the option {@code connectionsMax}} */
  public int connectionsMax() {
    return number(OptionTable.CONNECTIONS_MAX);
  }

  /** {@return the value of the option {@code peerConnectionsMax}} */
  public int peerConnectionsMax() {
    return number(OptionTable.PEER_CONNECTIONS_MAX);
  }

  /** {@return the value of the option {@code acceptBudget}} */
  public int acceptBudget() {
    return number(OptionTable.ACCEPT_BUDGET);
  }

  /** {@return the value of the option {@code requestBudget}} */
  public int requestBudget() {
    return number(OptionTable.REQUEST_BUDGET);
  }

  /** {@return the value of the option {@code mailBudget}} */
  public int mailBudget() {
    return number(OptionTable.MAIL_BUDGET);
  }

  /** {@return the value of the option {@code pipelineMax}} */
  public int pipelineMax() {
    return number(OptionTable.PIPELINE_MAX);
  }

  /** {@return the value of the option {@code lingeringMax}} */
  public int lingeringMax() {
    return number(OptionTable.LINGERING_MAX);
  }

  /** {@return the value of the option {@code readBufferBytes}} */
  public int readBufferBytes() {
    return number(OptionTable.READ_BUFFER_BYTES);
  }

  /** {@return the value of the option {@code outputBufferBytes}} */
  public int outputBufferBytes() {
    return number(OptionTable.OUTPUT_BUFFER_BYTES);
  }

  /** {@return the value of the option {@code highWatermarkBytes}} */
  public int highWatermarkBytes() {
    return number(OptionTable.HIGH_WATERMARK_BYTES);
  }

  /** {@return the value of the option {@code lowWatermarkBytes}} */
  public int lowWatermarkBytes() {
    return number(OptionTable.LOW_WATERMARK_BYTES);
  }

  /** {@return the value of the option {@code bufferBytesMax}} */
  public int bufferBytesMax() {
    return number(OptionTable.BUFFER_BYTES_MAX);
  }

  /** {@return the value of the option {@code firstByteTimeoutMillis}} */
  public int firstByteTimeoutMillis() {
    return number(OptionTable.FIRST_BYTE_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code idleTimeoutMillis}} */
  public int idleTimeoutMillis() {
    return number(OptionTable.IDLE_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code requestTimeoutMillis}} */
  public int requestTimeoutMillis() {
    return number(OptionTable.REQUEST_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code requestRateBytes}} */
  public int requestRateBytes() {
    return number(OptionTable.REQUEST_RATE_BYTES);
  }

  /** {@return the value of the option {@code handlerTimeoutMillis}} */
  public int handlerTimeoutMillis() {
    return number(OptionTable.HANDLER_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code connectionAgeMillis}} */
  public int connectionAgeMillis() {
    return number(OptionTable.CONNECTION_AGE_MILLIS);
  }

  /** {@return the value of the option {@code pingIntervalMillis}} */
  public int pingIntervalMillis() {
    return number(OptionTable.PING_INTERVAL_MILLIS);
  }

  /** {@return the value of the option {@code closeTimeoutMillis}} */
  public int closeTimeoutMillis() {
    return number(OptionTable.CLOSE_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code writeStallTimeoutMillis}} */
  public int writeStallTimeoutMillis() {
    return number(OptionTable.WRITE_STALL_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code lingerTimeoutMillis}} */
  public int lingerTimeoutMillis() {
    return number(OptionTable.LINGER_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code acceptPauseMillis}} */
  public int acceptPauseMillis() {
    return number(OptionTable.ACCEPT_PAUSE_MILLIS);
  }

  /** {@return the value of the option {@code whenFull}} */
  public String whenFull() {
    return text(OptionTable.WHEN_FULL);
  }

  /** {@return the value of the option {@code backendStartMillis}} */
  public int backendStartMillis() {
    return number(OptionTable.BACKEND_START_MILLIS);
  }

  /** {@return the value of the option {@code backendSilenceMillis}} */
  public int backendSilenceMillis() {
    return number(OptionTable.BACKEND_SILENCE_MILLIS);
  }

  /** {@return the value of the option {@code backendHangMillis}} */
  public int backendHangMillis() {
    return number(OptionTable.BACKEND_HANG_MILLIS);
  }

  /** {@return the value of the option {@code backendBackoffMillis}} */
  public int backendBackoffMillis() {
    return number(OptionTable.BACKEND_BACKOFF_MILLIS);
  }

  /** {@return the value of the option {@code startupArchive}} */
  public boolean startupArchive() {
    return flag(OptionTable.STARTUP_ARCHIVE);
  }

  /** {@return the value of the option {@code drainDelayMillis}} */
  public int drainDelayMillis() {
    return number(OptionTable.DRAIN_DELAY_MILLIS);
  }

  /** {@return the value of the option {@code drainIdleMillis}} */
  public int drainIdleMillis() {
    return number(OptionTable.DRAIN_IDLE_MILLIS);
  }

  /** {@return the value of the option {@code drainTimeoutMillis}} */
  public int drainTimeoutMillis() {
    return number(OptionTable.DRAIN_TIMEOUT_MILLIS);
  }

  /** {@return the value of the option {@code drainOnExit}} */
  public boolean drainOnExit() {
    return flag(OptionTable.DRAIN_ON_EXIT);
  }

  /** {@return the value of the option {@code takeover}} */
  public String takeover() {
    return text(OptionTable.TAKEOVER);
  }

  /** {@return the value of the option {@code proxyProtocol}} */
  public boolean proxyProtocol() {
    return flag(OptionTable.PROXY_PROTOCOL);
  }

  /** {@return the value of the option {@code layer}} */
  public String layer() {
    return text(OptionTable.LAYER);
  }

  /** {@return the value of the option {@code tlsCertificate}} */
  public String tlsCertificate() {
    return text(OptionTable.TLS_CERTIFICATE);
  }

  /** {@return the value of the option {@code tlsKey}} */
  public String tlsKey() {
    return text(OptionTable.TLS_KEY);
  }

  /** {@return the value of the option {@code tlsPassword}} */
  public String tlsPassword() {
    return text(OptionTable.TLS_PASSWORD);
  }
}
