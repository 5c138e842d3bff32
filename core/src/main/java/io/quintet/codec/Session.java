package io.quintet.codec;

import java.util.concurrent.Executor;

/**
 * Messages both ways on a connection, in place of requests and replies: what a connection carries
 * once {@link Output#become} has changed its protocol. All its state is its own, so that it goes
 * where its connection goes.
 *
 * <p>The connection's loop calls, one call at a time.
 */
public interface Session {
  /** What a session may ask of its connection. Any thread may call. */
  interface Link {
    /**
     * Has {@link #write} called soon, and what has arrived offered again where {@link
     * #isHolding()}.
     */
    void wake();

    /**
     * Runs a task where the topology has the handlers run: at once, or on a worker. Unlike all
     * else, the loop's thread alone calls this.
     *
     * @param task the user's code, which does not throw
     */
    void execute(Runnable task);

    /**
     * Counts and logs a failure of the user's code.
     *
     * @param what whose it is
     * @param cause what was thrown
     */
    void failed(String what, Throwable cause);

    /**
     * The thread of the loop that owns the connection.
     *
     * @return runs tasks in the order in which they are given; they must not block
     */
    Executor owner();
  }

  /**
   * The session begins: the change of protocols is encoded, and is sent first.
   *
   * @param link its connection
   */
  void open(Link link);

  /**
   * Takes what has arrived. What it leaves comes again in front of what arrives next.
   *
   * @param in bytes received, at least one
   * @throws ProtocolException if the peer breaks the protocol; {@link #refuse} is called next
   */
  void receive(Input in);

  /**
   * Whether what has arrived is left until the session has taken what came before. The connection
   * is not read meanwhile; {@link Link#wake()} ends that.
   *
   * @return whether nothing is taken now
   */
  boolean isHolding();

  /**
   * Whether {@link #write} has something to write.
   *
   * @return whether it has
   */
  boolean hasOutput();

  /**
   * Writes what is ready, and not much more than 16 KiB: it is asked again as long as the peer
   * takes it. Calls {@link Output#endConnection()} with what is the last.
   *
   * @param out where to
   */
  void write(Output out);

  /**
   * Whether this side has ended the session or is about to: it waits for its peer to say so too.
   *
   * @return whether it does
   */
  boolean isConcluding();

  /** The server drains, or the connection has reached its age: the session is to end. */
  void conclude();

  /**
   * The peer has ended its half: nothing more comes. The session is over once it has written what
   * it has to say, and says so by {@link Output#endConnection()}, with nothing else if need be.
   * Called once or more.
   */
  void finish();

  /**
   * Nothing has come or gone for a while: the peer is asked whether it is there.
   *
   * @return false if it did not answer the last time
   */
  boolean keepAlive();

  /**
   * The peer has broken the protocol. It may be told so; nothing is read from now on.
   *
   * @param cause what is wrong
   */
  void refuse(ProtocolException cause);

  /**
   * The user's code was too slow, or the peer did not end the session in time. What {@link #write}
   * is asked for next is the last.
   */
  void giveUp();

  /** The connection is gone, or ends without a session's end. Called once or more, at the end. */
  void lost();
}
