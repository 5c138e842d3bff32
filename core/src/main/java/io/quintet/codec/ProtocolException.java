package io.quintet.codec;

/** Bytes that are no request of the protocol. Carries no stack trace: the peer is at fault. */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What is refused, whatever number the protocol has for it. */
  public enum Reason {
    /** Bytes that are no request, or a request that is too large. */
    MALFORMED,
    /** A request that did not arrive in time. */
    LATE,
    /** A connection beyond those that there may be. */
    EXCESS,
    /** A plain request where TLS is spoken. */
    INSECURE
  }

  private static final int REQUEST_TIMEOUT = 408;
  private static final int SERVICE_UNAVAILABLE = 503;
  private static final int BAD_REQUEST = 400;

  /** What is refused. */
  private final Reason reason;

  /** The protocol's own number. */
  private final int code;

  /** Whether its answer may have content. */
  private final boolean content;

  /**
   * A refusal of bytes that are no request.
   *
   * @param code the protocol's own number, for HTTP the status; 0 where it has none
   * @param text what is wrong, in a few words
   */
  public ProtocolException(int code, String text) {
    this(Reason.MALFORMED, code, text, true);
  }

  private ProtocolException(Reason reason, int code, String text, boolean content) {
    super(text, null, false, false);
    this.reason = reason;
    this.code = code;
    this.content = content;
  }

  /**
   * A refusal of a request that did not arrive in time.
   *
   * @param text what is wrong, in a few words
   * @return a refusal with HTTP's number for it, 408
   */
  public static ProtocolException late(String text) {
    return new ProtocolException(Reason.LATE, REQUEST_TIMEOUT, text, true);
  }

  /**
   * A refusal of a connection beyond those that there may be.
   *
   * @param text what is wrong, in a few words
   * @return a refusal with HTTP's number for it, 503
   */
  public static ProtocolException excess(String text) {
    return new ProtocolException(Reason.EXCESS, SERVICE_UNAVAILABLE, text, true);
  }

  /**
   * A refusal of a plain request where TLS is spoken.
   *
   * @param text what is wrong, in a few words
   * @return a refusal with HTTP's number for it, 400
   */
  public static ProtocolException insecure(String text) {
    return new ProtocolException(Reason.INSECURE, BAD_REQUEST, text, true);
  }

  /**
   * What is refused. The server counts by it.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }

  /**
   * This refusal where its answer may have no content, as that to HTTP's HEAD.
   *
   * @return another refusal
   */
  public ProtocolException withoutContent() {
    return new ProtocolException(reason, code, getMessage(), false);
  }

  /**
   * Whether its answer may have content.
   *
   * @return whether it may
   */
  public boolean mayHaveContent() {
    return content;
  }

  /**
   * The protocol's own number.
   *
   * @return for HTTP the status
   */
  public int code() {
    return code;
  }
}
