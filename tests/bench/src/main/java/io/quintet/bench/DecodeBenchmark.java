package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * HTTP requests out of bytes: 32 of them behind each other, as a pipeline brings them. One
 * operation is one request.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodeBenchmark {
  static final int REQUESTS = 32;

  /** What is decoded. */
  public enum Request {
    /** As benchmarks send it: 103 bytes. */
    PLAIN(
        "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: text/plain\r\n"
            + "Connection: keep-alive\r\n\r\n"),
    /** As a browser sends it: about 700 bytes. */
    BROWSER(
        "GET /articles/2026/11/threads-and-sockets?page=2 HTTP/1.1\r\n"
            + "Host: www.example.org\r\n"
            + "Connection: keep-alive\r\n"
            + "Cache-Control: max-age=0\r\n"
            + "sec-ch-ua: \"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\n"
            + "sec-ch-ua-mobile: ?0\r\n"
            + "sec-ch-ua-platform: \"Linux\"\r\n"
            + "Upgrade-Insecure-Requests: 1\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            + " Chrome/142.0.0.0 Safari/537.36\r\n"
            + "Accept:"
            + " text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
            + "Sec-Fetch-Site: same-origin\r\n"
            + "Sec-Fetch-Mode: navigate\r\n"
            + "Sec-Fetch-User: ?1\r\n"
            + "Sec-Fetch-Dest: document\r\n"
            + "Referer: https://www.example.org/articles\r\n"
            + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
            + "Accept-Language: en-GB,en;q=0.9\r\n\r\n");

    final byte[] bytes;

    Request(String text) {
      bytes = text.getBytes(US_ASCII);
    }
  }

  /** Which request. */
  @Param public Request request;

  private byte[] stream = {};
  private Input input = new Input(0);
  private Decoder<HttpRequest> decoder = Http.codec().decoder();
  private EmbeddedChannel channel = new EmbeddedChannel();

  /** Lays the requests behind each other. */
  @Setup
  public void setUp() {
    stream = new byte[REQUESTS * request.bytes.length];
    for (int i = 0; i < REQUESTS; i++) {
      System.arraycopy(request.bytes, 0, stream, i * request.bytes.length, request.bytes.length);
    }
    input = Input.of(stream);
    decoder = Http.codec().decoder();
    channel = new EmbeddedChannel(new HttpRequestDecoder());
  }

  /**
   * Quintet's decoder.
   *
   * @param hole where requests go
   */
  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public void quintet(Blackhole hole) {
    input.present(0, stream.length);
    for (int i = 0; i < REQUESTS; i++) {
      hole.consume(decoder.decode(input));
    }
  }

  /**
   * Netty's decoder in a channel of its own for tests, which adds the way through a pipeline.
   *
   * @param hole where requests go
   */
  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public void netty(Blackhole hole) {
    ByteBuf bytes = Unpooled.wrappedBuffer(stream);
    channel.writeInbound(bytes);
    Object message;
    while ((message = channel.readInbound()) != null) {
      hole.consume(message);
      ReferenceCountUtil.release(message);
    }
  }
}
