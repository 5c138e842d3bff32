package io.quintet;

import io.quintet.codec.Peer;
import io.quintet.kernel.World;
import io.quintet.service.Service;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;

/** A server that has not been started. One thread. */
public final class ServerBuilder {
  private final Service<?, ?> service;
  private final Map<String, Object> options = new LinkedHashMap<>();
  private World world = World.linux();
  private Optional<Function<Peer, SSLEngine>> engines = Optional.empty();
  private Optional<Predicate<Object>> shortRequests = Optional.empty();

  ServerBuilder(Service<?, ?> service) {
    this.service = service;
  }

  /**
   * Arranges threads and sockets by a pattern.
   *
   * @param pattern pattern
   * @return this
   */
  public ServerBuilder pattern(Pattern pattern) {
    return option("topology", pattern.id());
  }

  /**
   * Where to listen.
   *
   * @param host address or name
   * @param port 0 to 65535; 0 lets the kernel choose
   * @return this
   */
  public ServerBuilder listen(String host, int port) {
    return option("host", host).option("port", port);
  }

  /**
   * Sets one option.
   *
   * @param name name of a component of {@link Options}
   * @param value its value
   * @return this
   */
  public ServerBuilder option(String name, Object value) {
    options.put(name, value);
    return this;
  }

  /**
   * Sets several options.
   *
   * @param values values by the names of {@link Options}
   * @return this
   */
  public ServerBuilder options(Map<String, ?> values) {
    options.putAll(values);
    return this;
  }

  /**
   * Secures connections by engines of the caller's own, for what {@code tlsCertificate} does not
   * do: client certificates, keys that are not in files, other providers. They stand in its place.
   *
   * @param made gives a new engine for each connection, when its client has first said something;
   *     called by several threads at once, none of them a loop's, so it may read files. The engine
   *     speaks as a server, and the protocols of the codec (ALPN) unless it has some of its own.
   *     What it throws ends the connection.
   * @return this
   */
  public ServerBuilder tls(Function<Peer, SSLEngine> made) {
    engines = Optional.of(made);
    return this;
  }

  /**
   * Says which requests are short, for arrangements that keep workers for them: {@code reserved} of
   * {@code placement.requests}. Such a server does not start without. Others never ask.
   *
   * <pre>{@code
   * .shortRequests(HttpRequest.class, request -> request.path().startsWith("/users/"))
   * }</pre>
   *
   * @param <Q> request
   * @param type class of the codec's requests; one of another class is not short
   * @param areShort tells of a request before it waits for a worker; it must not block or change
   *     the request, since a loop's thread calls, or a worker's. Where it throws, that is counted
   *     and logged as a handler's failure, and the request is handled as one that is not short
   * @return this
   */
  public <Q> ServerBuilder shortRequests(Class<Q> type, Predicate<? super Q> areShort) {
    shortRequests =
        Optional.of(request -> type.isInstance(request) && areShort.test(type.cast(request)));
    return this;
  }

  /**
   * Where the server lives, if not on the machine itself: for simulations, and for experiments with
   * system calls.
   *
   * @param given supplies kernels, threads and processes
   * @return this
   */
  public ServerBuilder in(World given) {
    world = given;
    return this;
  }

  /**
   * Starts the server. When this returns, connections are accepted; when it throws, nothing is left
   * open.
   *
   * @return the server
   * @throws IllegalArgumentException for an option that does not exist or a value that is not valid
   * @throws io.quintet.ffi.LinuxException if the kernel refuses, with the address and the errno
   * @throws UnsupportedOperationException on anything but Linux on x86-64 or aarch64
   */
  public Server start() {
    Supplied supplied = new Supplied(engines, shortRequests);
    return new Assembly(service, Options.of(options), world, supplied).start();
  }
}
