package io.quintet.exchange;

import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.reactor.LoopContext;
import io.quintet.service.Service;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Where an exchange has come from, and where its reply goes. The thread of its loop alone, but for
 * {@link #drop}, {@link #describe}, {@link #loop}, {@link #wake} and {@link #execute}, which runs
 * tasks on the thread of the loop that has it then.
 *
 * @param <Q> request
 * @param <R> reply
 */
public interface Origin<Q, R> extends Executor {
  /** The loop that has it at the moment. */
  LoopContext loop();

  Service<Q, R> service();

  Encoder<Q, R> encoder();

  /** Encodes a reply. One that cannot be encoded is a failure of its request, the last one. */
  void encode(Q request, R reply, Output out);

  /** Releases a reply that is not encoded. */
  void drop(Q request, R reply);

  /** What a request is called in the log. */
  String describe(@Nullable Q request);

  /** A reply is ready; it leaves at the end of the turn. */
  void replyReady();

  /** Likewise, from any thread. */
  void wake();
}
