package io.quintet.connection;

import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.Session;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.HandlerTask;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.LoopContext;
import java.util.Objects;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the sessions that connections carry in place of requests. For all connections of
 * a loop, one at a time. The loop's thread alone.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Sessions<Q, R> {
  private final ConnectionContext<Q, R> context;
  private final LoopContext loop;

  Sessions(ConnectionContext<Q, R> context) {
    this.context = context;
    this.loop = context.loop;
  }

  /** The reply that changes the protocol is encoded; the decoder of requests is not needed. */
  void begin(Connection<Q, R> connection, Session session) {
    connection.decoder = null;
    connection.session = session;
    session.open(new Link<>(connection));
  }

  /** Gives the session what has arrived, and encodes what it says at once. */
  ConnectionEvent receive(Connection<Q, R> connection, Session session) throws SSLException {
    Input input = context.reader.takeInput(connection);
    if (input.remaining() == 0 && !context.reader.isRefilled(connection, input)) {
      return context.reader.isEndedSecurely(connection)
          ? context.reader.endOfStream(connection)
          : ConnectionEvent.EXHAUSTED;
    }
    if (context.writer.isAboveWatermark(connection)) {
      return ConnectionEvent.BUDGET_SPENT;
    }
    try {
      do {
        session.receive(input);
      } while (input.remaining() == 0 && context.reader.isRefilled(connection, input));
    } catch (ProtocolException cause) {
      loop.refused(Refusal.of(cause), String.valueOf(cause.getMessage()));
      session.refuse(cause);
      input.skip(input.remaining());
    }
    boolean held = input.remaining() > 0 && session.isHolding();
    answer(connection, session);
    if (session.isHolding()) {
      return ConnectionEvent.SATURATED;
    }
    return held ? ConnectionEvent.BUDGET_SPENT : ConnectionEvent.EXHAUSTED;
  }

  /** What may be the last is left to the end of the turn, where that is seen. */
  private void answer(Connection<Q, R> connection, Session session) {
    if (session.hasOutput()) {
      if (session.isConcluding()) {
        connection.replyReady();
      } else {
        write(connection, session, ConnectionEvent.REPLIED);
      }
    }
  }

  /** Encodes what the session has to say, as much as in a turn. */
  ConnectionEvent write(Connection<Q, R> connection, Session session, ConnectionEvent otherwise) {
    while (session.hasOutput() && !context.writer.isAboveWatermark(connection)) {
      Output out = context.output;
      out.begin(connection, loop.epochSeconds(), false);
      session.write(out);
      if (out.ended()) {
        end(connection);
        return ConnectionEvent.LAST_REPLIED;
      }
      context.budget--;
      if (context.budget <= 0) {
        context.budget = 0;
        break;
      }
    }
    return otherwise;
  }

  /** What is left of a session after a flush. */
  ConnectionEvent left(Connection<Q, R> connection, Session session) {
    if (session.hasOutput()) {
      connection.replyReady(); // the watermark or the budget held it back
    }
    return session.isConcluding() ? ConnectionEvent.CONCLUDING : ConnectionEvent.CONVERSING;
  }

  /** The actions that a session alone has. */
  @Nullable ConnectionEvent perform(Connection<Q, R> connection, ConnectionAction action) {
    Session session = Objects.requireNonNull(connection.session, "a session");
    if (action == ConnectionAction.KEEP_ALIVE) {
      return keepAlive(connection, session);
    }
    if (action == ConnectionAction.FINISH) {
      session.finish();
    } else {
      session.conclude();
    }
    connection.replyReady();
    return null;
  }

  private ConnectionEvent keepAlive(Connection<Q, R> connection, Session session) {
    if (!session.keepAlive()) {
      return ConnectionEvent.SILENT;
    }
    connection.replyReady();
    return ConnectionEvent.ALIVE;
  }

  ConnectionEvent giveUp(Connection<Q, R> connection, Session session) {
    if (!session.isConcluding()) {
      loop.refused(Refusal.OVERDUE, session.toString());
    }
    session.giveUp();
    write(connection, session, ConnectionEvent.REFUSED);
    end(connection);
    return ConnectionEvent.REFUSED;
  }

  void end(Connection<Q, R> connection) {
    Session session = connection.session;
    if (session != null) {
      connection.session = null;
      session.lost();
    }
  }

  /** What a session may ask of its connection. */
  private record Link<Q, R>(Connection<Q, R> connection) implements Session.Link {
    @Override
    public void wake() {
      connection.wake();
    }

    @Override
    public void execute(Runnable task) {
      connection.context.sessions.execute(task);
    }

    @Override
    public void failed(String what, Throwable cause) {
      connection.owner().handlerFailedElsewhere(what, cause);
    }

    @Override
    public Executor owner() {
      return connection::execute;
    }
  }

  /** Runs the user's code of a session where handlers run. */
  private void execute(Runnable task) {
    if (context.executors == null) {
      task.run();
      return;
    }
    Task executed = new Task(task);
    HandlerExecutor executor = context.executors.chooseAnyway();
    if (!executor.execute(executed)) {
      executed.undelivered();
    }
  }

  /** The user's code of a session, on whatever thread. */
  private static final class Task extends HandlerTask {
    private final Runnable task;

    Task(Runnable task) {
      this.task = task;
    }

    @Override
    public void handle() {
      task.run();
    }

    @Override
    public @Nullable HandlerTask done() {
      return null;
    }

    @Override
    public void deliver() {
      handle();
    }

    /** The worker has stopped, and so does the server: who waits for the end is told here. */
    @Override
    public void undelivered() {
      handle();
    }
  }
}
