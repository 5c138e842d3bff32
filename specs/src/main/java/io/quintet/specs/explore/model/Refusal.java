package io.quintet.specs.explore.model;

/** Why a request is refused, as a variable has it. */
final class Refusal {
  static final int MALFORMED = 1;
  static final int TOO_LATE = 2;
  static final int UNANSWERED = 3;

  /** The client was told. */
  static final int TOLD = 4;

  private Refusal() {}

  /** What a deadline that passes says. */
  static int of(String deadline) {
    return switch (deadline) {
      case "REQUEST", "HANDSHAKE" -> TOO_LATE;
      case "HANDLER" -> UNANSWERED;
      default -> 0;
    };
  }
}
