package io.quintet.websocket;

/** Codes of close frames, RFC 6455 §7.4 and IANA's registry. */
final class CloseCode {
  static final int NORMAL = 1000;
  static final int GOING_AWAY = 1001;
  static final int PROTOCOL_ERROR = 1002;
  static final int NONE = 1005;
  static final int LOST = 1006;
  static final int NOT_UTF8 = 1007;
  static final int POLICY = 1008;
  static final int TOO_BIG = 1009;
  static final int FAILED = 1011;

  private CloseCode() {}

  /** Whether it may stand in a frame. */
  static boolean isSendable(int code) {
    boolean defined = code >= NORMAL && code <= 1014;
    boolean reserved = code == 1004 || code == NONE || code == LOST;
    return (defined && !reserved) || (code >= 3000 && code <= 4999);
  }
}
