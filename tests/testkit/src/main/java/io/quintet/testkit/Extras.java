package io.quintet.testkit;

/**
 * What a run is like beside the choices that it is made of: drawn aside, so that one more of them
 * changes no run that has none of it.
 *
 * @param mailBudget messages that a loop takes in a turn
 * @param packetsMax messages that wait in a control socket at most
 * @param idleMillis time after which an idle connection ends
 * @param paused whether clients let time pass between their requests
 */
record Extras(int mailBudget, int packetsMax, int idleMillis, boolean paused) {
  private static final int MAIL_BUDGET = 1024;
  private static final int PACKETS_MAX = 200;
  private static final int IDLE_MILLIS = 75_000;
  private static final int IDLE_MILLIS_SHORT = 30_000;

  /** Time that may pass between two requests: none of the deadlines is as short. */
  static final int PAUSE_MILLIS_MAX = 25_000;

  static Extras of(Choices choices) {
    int mailBudget = choices.draw(2) == 0 ? MAIL_BUDGET : 1 + choices.draw(3);
    int packetsMax = choices.draw(2) == 0 ? PACKETS_MAX : 1 + choices.draw(6);
    boolean paused = choices.once(4);
    int idleMillis = paused && choices.draw(2) == 1 ? IDLE_MILLIS_SHORT : IDLE_MILLIS;
    return new Extras(mailBudget, packetsMax, idleMillis, paused);
  }
}
