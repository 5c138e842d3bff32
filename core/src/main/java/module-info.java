/**
 * The runtime: one handler under any arrangement of threads and sockets.
 *
 * <p>{@link io.quintet} starts servers of what {@link io.quintet.service} says; {@link
 * io.quintet.codec}, {@link io.quintet.http}, {@link io.quintet.resp} and {@link
 * io.quintet.memcached} turn bytes into requests and replies into bytes; {@link io.quintet.kernel}
 * is the seam to Linux, {@link io.quintet.layer} one between a socket and a protocol, {@link
 * io.quintet.trace} a record of what the machines did.
 */
module io.quintet.core {
  requires transitive io.quintet.specs;
  requires transitive io.quintet.ffi;
  requires static transitive org.jspecify;
  requires jdk.jfr;

  exports io.quintet;
  exports io.quintet.codec;
  exports io.quintet.http;
  exports io.quintet.kernel;
  exports io.quintet.layer;
  exports io.quintet.memcached;
  exports io.quintet.resp;
  exports io.quintet.service;
  exports io.quintet.trace;
  exports io.quintet.websocket;

  uses io.quintet.layer.LayerProvider;
}
