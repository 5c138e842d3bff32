package io.quintet.layer;

import io.quintet.codec.Input;
import io.quintet.codec.Peer;

/** What the actions of a layer may ask of their connection and do with it. Their thread alone. */
public interface LayerConnection {
  /**
   * Who is at the other end.
   *
   * @return the peer; {@link Peer#session} is empty yet
   */
  Peer peer();

  /**
   * What has been received and not taken. The protocol, or the next layer, gets what is left when
   * the layer is done.
   *
   * @return bytes; the same object as long as an event and what follows from it last
   */
  Input received();

  /**
   * Says something to the peer. It is sent when the machine comes to rest.
   *
   * @param bytes what; copied
   */
  void say(byte[] bytes);

  /**
   * Has another thread compute something, once the machine has come to rest in a state that takes
   * {@code COMPUTED}, which is fired when it is over. What the step writes, the actions behind that
   * event read; until then they leave it alone. What it throws ends the connection and is logged.
   * Where the connection is gone before it has begun, it is left out.
   *
   * @param step what to compute; it may take long, and may wait
   * @throws IllegalStateException if a step was given since the machine last rested
   */
  void compute(Runnable step);
}
