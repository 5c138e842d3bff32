package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Reply;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Writes a line for each request, once its response is there, or its content has ended where that
 * is streamed. Each response gets a field X-Request-Id: the one that the client or a proxy has
 * sent, or a new one.
 *
 * <p>Lines are written by a thread of the log's own, so that a slow disk holds up no loop; where
 * more than 10,000 wait, further ones are dropped and counted.
 */
public final class AccessLog implements Filter, AutoCloseable {
  private static final int LINES_MAX = 10_000;
  private static final long CLOSING_MILLIS = 5_000;
  private static final String REQUEST_ID = "X-Request-Id";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:@+/=-]{1,128}");

  /** How a line reads. */
  public enum Format {
    /** Apache's common log format: peer, time, request line, status, bytes. */
    COMMON,
    /** That, with the fields Referer and User-Agent. */
    COMBINED,
    /** One JSON object, which also has the duration in microseconds and the request's id. */
    JSON
  }

  private final Format format;
  private final Consumer<String> to;
  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_MAX);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer;
  private volatile boolean closed;

  private AccessLog(Format format, Consumer<String> to) {
    this.format = format;
    this.to = to;
    writer = Thread.ofPlatform().daemon().name("quintet-access-log").start(this::write);
  }

  /**
   * A log.
   *
   * @param format how a line reads
   * @param to takes each line, which has no end of line; called by one thread, and may block
   * @return the log, a filter that should stand before the others
   */
  public static AccessLog of(Format format, Consumer<String> to) {
    return new AccessLog(
        Objects.requireNonNull(format, "format"), Objects.requireNonNull(to, "a consumer"));
  }

  /**
   * How many lines were dropped since too many waited.
   *
   * @return lines
   */
  public long dropped() {
    return dropped.get();
  }

  /** Writes the lines that wait, for at most five seconds. */
  @Override
  public void close() {
    closed = true;
    writer.interrupt();
    try {
      writer.join(CLOSING_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    while (!closed || !lines.isEmpty()) {
      try {
        String line = closed ? lines.poll() : lines.take();
        if (line != null) {
          to.accept(line);
        }
      } catch (InterruptedException e) {
        // it is closed: the rest follows
      } catch (RuntimeException failure) {
        dropped.incrementAndGet();
      }
    }
  }

  void add(AccessLogEntry entry) {
    if (!lines.offer(entry.line(format))) {
      dropped.incrementAndGet();
    }
  }

  @Override
  public void handle(
      WebRequest request,
      Reply<HttpResponse> reply,
      AsyncHandler<? super WebRequest, HttpResponse> next)
      throws Exception {
    String sent = request.header(REQUEST_ID).orElse("");
    String id =
        ID.matcher(sent).matches()
            ? sent
            : "%016x".formatted(ThreadLocalRandom.current().nextLong());
    AccessLogEntry entry = new AccessLogEntry(this, request.request(), id);
    reply.onCancelled(entry::cancelled);
    try {
      next.handle(
          request,
          new ChangedReply(
              new LoggedReply(reply, entry),
              response -> entry.answered(response.withHeader(REQUEST_ID, id))));
    } catch (Exception | Error failure) {
      entry.failed(failure);
      throw failure;
    }
  }

  /** Where also a failure has its line. */
  private record LoggedReply(Reply<HttpResponse> to, AccessLogEntry entry)
      implements Reply<HttpResponse> {
    @Override
    public void send(HttpResponse value) {
      to.send(value);
    }

    @Override
    public void fail(Throwable cause) {
      entry.failed(cause);
      to.fail(cause);
    }

    @Override
    public void onCancelled(Runnable task) {
      to.onCancelled(task);
    }

    @Override
    public Executor owner() {
      return to.owner();
    }
  }
}
