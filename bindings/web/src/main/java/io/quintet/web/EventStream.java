package io.quintet.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.Streams;
import io.quintet.http.HttpResponse;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Flow;

/**
 * Server-sent events, {@code text/event-stream}, HTML Living Standard §9.2: a response that goes on
 * as long as there are events. Where the client leaves, the publisher is cancelled, and a writer
 * interrupted.
 *
 * <p>Something must be sent within {@code handlerTimeoutMillis}, for example a {@link Sink#ping()}.
 */
public final class EventStream {
  private static final List<Map.Entry<String, String>> FIELDS =
      List.of(
          Map.entry("Content-Type", "text/event-stream"), Map.entry("Cache-Control", "no-store"));

  private static final byte[] COMMENT = ":\n\n".getBytes(UTF_8);

  private EventStream() {}

  /** What writes events. */
  @FunctionalInterface
  public interface Writing {
    /**
     * Writes events.
     *
     * @param events where to
     * @throws Exception anything; the stream ends, and its client connects again
     */
    void to(Sink events) throws Exception;
  }

  /** Where events are written, by one thread. */
  public interface Sink {
    /**
     * Sends an event.
     *
     * @param event the event
     * @throws IOException once the client has gone; waits while it takes nothing
     */
    void send(ServerSentEvent event) throws IOException;

    /**
     * Sends what clients pass over, so that the stream is not taken for dead.
     *
     * @throws IOException once the client has gone
     */
    void ping() throws IOException;
  }

  /**
   * A stream of what is written, by a virtual thread.
   *
   * @param writing writes events, and may block; its thread is interrupted when the client leaves
   * @return the response
   */
  public static HttpResponse written(Writing writing) {
    Objects.requireNonNull(writing, "writing");
    return HttpResponse.streaming(
        200, FIELDS, Streams.written(out -> writing.to(new WrittenEvents(out))));
  }

  /**
   * A stream of what is published.
   *
   * @param events publishes events, on any thread; cancelled when the client leaves
   * @return the response
   */
  public static HttpResponse of(Flow.Publisher<ServerSentEvent> events) {
    Objects.requireNonNull(events, "events");
    return HttpResponse.streaming(200, FIELDS, new EncodedEvents(events));
  }

  private record WrittenEvents(OutputStream out) implements Sink {
    @Override
    public void send(ServerSentEvent event) throws IOException {
      out.write(event.encoded());
      out.flush();
    }

    @Override
    public void ping() throws IOException {
      out.write(COMMENT);
      out.flush();
    }
  }

  private record EncodedEvents(Flow.Publisher<ServerSentEvent> events)
      implements Flow.Publisher<byte[]>, Closeable {
    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> to) {
      Objects.requireNonNull(to, "a subscriber");
      events.subscribe(
          new Flow.Subscriber<ServerSentEvent>() {
            @Override
            public void onSubscribe(Flow.Subscription from) {
              to.onSubscribe(from);
            }

            @Override
            public void onNext(ServerSentEvent event) {
              to.onNext(event.encoded());
            }

            @Override
            public void onError(Throwable cause) {
              to.onError(cause);
            }

            @Override
            public void onComplete() {
              to.onComplete();
            }
          });
    }

    @Override
    public void close() throws IOException {
      if (events instanceof Closeable held) {
        held.close();
      }
    }
  }
}
