package io.quintet.httpserver;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpPrincipal;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.Reply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A request and its response. What is written is gathered and sent when the body is closed, with a
 * Content-Length, also where the program asked for chunks. Where handlers have threads of their own
 * that may wait, a body that is flushed or grows long is sent as it is written. One thread at a
 * time.
 */
final class Exchange extends HttpExchange {
  /** Fields that the codec writes. */
  private static final Set<String> OWN = Set.of("content-length", "transfer-encoding", "date");

  /** A response without a body, and one of any length. */
  private static final long NONE = -1;

  private static final long ANY = 0;
  private static final int NOT_SENT = -1;
  private static final int RESET_CONTENT = 205;
  private static final byte[] NO_BYTES = {};

  /** Bytes that are gathered before they are sent, where that may wait. */
  private static final int GATHERED_MAX = 64 << 10;

  private final HttpRequest request;
  private final URI uri;
  private final Reply<HttpResponse> reply;
  private final QuintetHttpContext context;
  private final InetSocketAddress local;
  private final Runnable ended;
  private final boolean mayWait;
  private final AtomicBoolean answered = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final Headers requestHeaders;
  private final Headers responseHeaders = new Headers();
  private InputStream requestBody;
  private final Body body = new Body();
  private OutputStream responseBody = body;
  private int status = NOT_SENT;

  /** The response's fields as they were when its head was sent. */
  private List<Map.Entry<String, String>> fields = List.of();

  private boolean last;
  private @Nullable HttpPrincipal principal;

  Exchange(
      HttpRequest request,
      URI uri,
      Reply<HttpResponse> reply,
      QuintetHttpContext context,
      InetSocketAddress local,
      boolean mayWait,
      Runnable ended) {
    this.request = request;
    this.uri = uri;
    this.reply = reply;
    this.context = context;
    this.local = local;
    this.mayWait = mayWait;
    this.ended = ended;
    this.requestBody = new ByteArrayInputStream(request.body());
    Headers fields = new Headers();
    for (Map.Entry<String, String> field : request.headers()) {
      fields.add(field.getKey(), field.getValue());
    }
    this.requestHeaders = Headers.of(fields);
  }

  /** Runs the authenticator, the filters and the handler of the context. */
  void run() {
    HttpHandler handler = context.getHandler();
    try {
      if (handler == null) {
        throw new IllegalStateException("No handler for context " + context.getPath());
      }
      List<Filter> filters = new ArrayList<>(context.getFilters());
      Authenticator authenticator = context.getAuthenticator();
      if (authenticator != null) {
        filters.addFirst(new Authentication(authenticator));
      }
      new Filter.Chain(filters, handler)
          .doFilter(
              request
                  .peer()
                  .session()
                  .<HttpExchange>map(s -> new SecureExchange(this, s))
                  .orElse(this));
    } catch (Throwable failure) {
      fail(failure);
    }
  }

  /** Ends it without the response of the program, unless that was sent. It is told once. */
  void fail(Throwable failure) {
    boolean first = failed.compareAndSet(false, true);
    if (answered.compareAndSet(false, true)) {
      ended.run();
      reply.fail(failure);
    } else if (!body.fail(failure) && first) {
      try {
        reply.fail(failure);
      } catch (IllegalStateException told) {
        // the response stands
      }
    }
  }

  /** Lets through who may pass. */
  private final class Authentication extends Filter {
    private final Authenticator authenticator;

    Authentication(Authenticator authenticator) {
      this.authenticator = authenticator;
    }

    @Override
    public String description() {
      return "Authentication";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
      switch (authenticator.authenticate(exchange)) {
        case Authenticator.Success success -> {
          principal = success.getPrincipal();
          chain.doFilter(exchange);
        }
        case Authenticator.Retry retry -> sendResponseHeaders(retry.getResponseCode(), NONE);
        case Authenticator.Failure refused -> sendResponseHeaders(refused.getResponseCode(), NONE);
        default -> throw new IOException("an authenticator gives success, retry or failure");
      }
    }
  }

  @Override
  public void sendResponseHeaders(int code, long length) throws IOException {
    if (status != NOT_SENT) {
      throw new IOException("headers already sent");
    }
    fields = checked(code);
    last = "close".equalsIgnoreCase(responseHeaders.getFirst("Connection"));
    status = code;
    body.length = hasContent() ? Math.max(length, NONE) : NONE;
    if (body.length == NONE || isHead()) {
      send(announced(length));
    }
  }

  /** The fields, if they and the status may be sent. */
  private List<Map.Entry<String, String>> checked(int code) throws IOException {
    try {
      return HttpResponse.of(code, fields(), NO_BYTES).headers();
    } catch (IllegalArgumentException unsendable) {
      throw new IOException(unsendable.getMessage(), unsendable);
    }
  }

  private boolean isHead() {
    return getRequestMethod().equals("HEAD");
  }

  private boolean hasContent() {
    return status != 204 && status != 304;
  }

  /** A response without content, which tells of what GET would get as far as that is known. */
  private HttpResponse announced(long length) {
    HttpResponse response = HttpResponse.of(status, fields, NO_BYTES);
    if (!isHead() && status != 304) {
      return response;
    }
    String field = responseHeaders.getFirst("Content-Length");
    if (length > ANY) {
      return response.announcing(length);
    }
    return field != null && field.matches("[0-9]{1,18}")
        ? response.announcing(Long.parseLong(field))
        : response;
  }

  private void send(HttpResponse response) {
    if (answered.compareAndSet(false, true)) {
      ended.run();
      reply(response);
    }
  }

  private void reply(HttpResponse response) {
    reply.send(last ? response.endingConnection() : response);
  }

  private List<Map.Entry<String, String>> fields() {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    responseHeaders.forEach(
        (name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (!OWN.contains(lower) && !lower.equals("connection")) {
            values.forEach(value -> fields.add(Map.entry(name, value)));
          }
        });
    return fields;
  }

  /** The response's body. */
  private final class Body extends OutputStream {
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
    private @Nullable WrittenContent content;
    private long length = NONE;
    private long written;
    private boolean closed;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int count) throws IOException {
      if (status == NOT_SENT) {
        throw new IOException("response headers not sent yet");
      }
      if (closed) {
        throw new IOException("stream closed");
      }
      if (length == NONE || (length != ANY && written + count > length)) {
        throw new IOException("too many bytes to write to stream");
      }
      written += count;
      if (content == null && answered.get()) {
        return; // HEAD has its answer, or it was given up
      }
      gathered.write(from, offset, count);
      if (gathered.size() > GATHERED_MAX) {
        flush();
      }
    }

    /** Sends what there is, if that may wait for the client. */
    @Override
    public void flush() throws IOException {
      if (!mayWait || closed || gathered.size() == 0 || status == RESET_CONTENT) {
        return;
      }
      if (content == null) {
        if (!answered.compareAndSet(false, true)) {
          return;
        }
        WrittenContent begun = new WrittenContent();
        content = begun;
        reply(
            length == ANY
                ? HttpResponse.streaming(status, fields, begun)
                : HttpResponse.streaming(status, fields, begun, length));
      }
      content.write(gathered.toByteArray());
      gathered.reset();
    }

    @Override
    public void close() throws IOException {
      if (closed || status == NOT_SENT) {
        return;
      }
      if (!isHead() && length > ANY && written < length) {
        IOException failure = new IOException("insufficient bytes written");
        Exchange.this.fail(failure);
        closed = true;
        throw failure;
      }
      if (content == null) {
        closed = true;
        send(HttpResponse.of(status, fields, gathered.toByteArray()));
        return;
      }
      try {
        flush();
        content.complete();
      } finally {
        end();
      }
    }

    /**
     * Ends content of which a part was sent, without its own end.
     *
     * @return whether that tells of the failure, or it only says that the client has gone
     */
    private boolean fail(Throwable failure) {
      WrittenContent begun = content;
      if (begun == null) {
        return false;
      }
      boolean heard = begun.isHeard();
      if (!closed) {
        begun.fail(failure);
        end();
      }
      return heard;
    }

    private void end() {
      closed = true;
      ended.run();
    }
  }

  @Override
  public void close() {
    try {
      requestBody.close();
      responseBody.close();
    } catch (IOException e) {
      // what was written stands
    }
    if (!answered.get()) {
      fail(new IOException("the exchange was closed without a response"));
    }
  }

  @Override
  public Headers getRequestHeaders() {
    return requestHeaders;
  }

  @Override
  public Headers getResponseHeaders() {
    return responseHeaders;
  }

  @Override
  public URI getRequestURI() {
    return uri;
  }

  @Override
  public String getRequestMethod() {
    return request.method();
  }

  @Override
  public HttpContext getHttpContext() {
    return context;
  }

  @Override
  public InputStream getRequestBody() {
    return requestBody;
  }

  @Override
  public OutputStream getResponseBody() {
    return responseBody;
  }

  @Override
  public InetSocketAddress getRemoteAddress() {
    return (InetSocketAddress)
        Objects.requireNonNull(request.peer().address().orElse(null), "a connection has a peer");
  }

  @Override
  public int getResponseCode() {
    return status;
  }

  /** Where the server listens on all addresses, the one to which the client connected. */
  @Override
  public InetSocketAddress getLocalAddress() {
    return (InetSocketAddress) request.peer().local().orElse(local);
  }

  @Override
  public String getProtocol() {
    return "HTTP/1." + request.minorVersion();
  }

  @Override
  public @Nullable Object getAttribute(String name) {
    return context.getAttributes().get(Objects.requireNonNull(name, "null name parameter"));
  }

  @Override
  public void setAttribute(String name, @Nullable Object value) {
    Objects.requireNonNull(name, "null name parameter");
    if (value == null) {
      context.getAttributes().remove(name);
    } else {
      context.getAttributes().put(name, value);
    }
  }

  @Override
  public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
    requestBody = in == null ? requestBody : in;
    responseBody = out == null ? responseBody : out;
  }

  @Override
  public @Nullable HttpPrincipal getPrincipal() {
    return principal;
  }
}
