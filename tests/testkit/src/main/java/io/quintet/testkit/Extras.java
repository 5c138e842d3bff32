package io.quintet.testkit;

/**
 * What a run is like beside the choices that it is made of: drawn aside, so that one more of them
 * changes no run that has none of it.
 *
 * @param mailBudget messages that a loop takes in a turn
 * @param packetsMax messages that wait in a control socket at most
 * @param idleMillis time after which an idle connection ends
 * @param paused whether clients let time pass between their requests
 * @param mixed whether some requests are handled on the loop though there are workers, and some
 *     only behind the one before
 * @param blocks whether handlers on workers, or threads of their own, wait at times
 * @param tasks whether handlers that answer late do so on the owner's thread
 * @param proxied whether each connection begins with a proxy's header
 * @param local whether clients come by a unix socket, where the arrangement can have one
 * @param drainDelayMillis how long connections are accepted once the server was told to drain
 * @param bufferBytesMax bytes queued in a loop above which connections are not read; 0 is no limit
 * @param cutMillis time for the last drain, in which a client holds a part of a request; 0 if none
 *     does
 * @param followed whether another server takes the listeners over while this one serves
 * @param queueMillis how long requests may wait for workers, in runs with haste; 0 is no limit
 */
record Extras(
    int mailBudget,
    int packetsMax,
    int idleMillis,
    boolean paused,
    boolean mixed,
    boolean blocks,
    boolean tasks,
    boolean proxied,
    boolean local,
    int drainDelayMillis,
    int bufferBytesMax,
    int cutMillis,
    boolean followed,
    int queueMillis) {
  private static final int MAIL_BUDGET = 1024;
  private static final int IDLE_MILLIS = 75_000;
  private static final int IDLE_MILLIS_SHORT = 30_000;

  /** More than one chunk of a pool, and fewer than what a few connections may have. */
  private static final int BUFFER_BYTES_MAX = 40_000;

  /** Bounds that are drawn evenly, and as many more of which each is twice the one before. */
  private static final int BOUNDS = 16;

  private static final int DELAY_MILLIS_MAX = 5_000;

  /** Less than a request may take. */
  private static final int CUT_MILLIS_MAX = 5_000;

  private static final int QUEUE_MILLIS_MAX = 5_000;

  /** Time that may pass between two requests: none of the deadlines is as short. */
  static final int PAUSE_MILLIS_MAX = 25_000;

  static Extras of(Choices choices) {
    int mailBudget = choices.draw(2) == 0 ? MAIL_BUDGET : 1 + choices.draw(3);
    int packetsMax = choices.draw(2) == 0 ? SimulatedMachine.PACKETS_MAX : 2 + choices.draw(6);
    boolean paused = choices.once(4);
    int idleMillis = paused && choices.draw(2) == 1 ? IDLE_MILLIS_SHORT : IDLE_MILLIS;
    return new Extras(
        mailBudget,
        packetsMax,
        idleMillis,
        paused,
        choices.once(3),
        choices.once(4),
        choices.draw(2) == 1,
        choices.once(5),
        choices.once(5),
        choices.once(3) ? 1 + choices.draw(DELAY_MILLIS_MAX) : 0,
        choices.once(5) ? bound(choices.draw(2 * BOUNDS)) : 0,
        choices.once(5) ? 1 + choices.draw(CUT_MILLIS_MAX) : 0,
        choices.once(6),
        choices.draw(2) == 0 ? 0 : 1 + choices.draw(QUEUE_MILLIS_MAX));
  }

  /** One that is small is one above which a single connection may be. */
  private static int bound(int drawn) {
    return drawn < BOUNDS ? 1 << drawn : BUFFER_BYTES_MAX / BOUNDS * (drawn - BOUNDS + 1);
  }
}
