package io.quintet.codec;

/** Bytes that are no request of the protocol. Carries no stack trace: the peer is at fault. */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The code of a request that did not arrive in time: HTTP's own number for it. */
  public static final int LATE = 408;

  /** The code of a connection beyond those that there may be: HTTP's own number for it. */
  public static final int EXCESS = 503;

  /** The protocol's own number. */
  private final int code;

  /** Whether its answer may have content. */
  private final boolean content;

  /**
   * A refusal.
   *
   * @param code the protocol's own number, for HTTP the status; 0 where it has none
   * @param reason what is wrong, in a few words
   */
  public ProtocolException(int code, String reason) {
    this(code, reason, true);
  }

  private ProtocolException(int code, String reason, boolean content) {
    super(reason, null, false, false);
    this.code = code;
    this.content = content;
  }

  /**
   * This refusal where its answer may have no content, as that to HTTP's HEAD.
   *
   * @return another refusal
   */
  public ProtocolException withoutContent() {
    return new ProtocolException(code, getMessage(), false);
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
