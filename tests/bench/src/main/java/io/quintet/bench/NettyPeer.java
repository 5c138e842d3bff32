package io.quintet.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Netty's epoll transport doing the measured work: {@code NettyPeer echo|http ARRANGEMENT}. {@code
 * one} thread; a {@code boss} that accepts for two; one and an {@code executor} group of two that
 * runs the handler; two channels with {@code reuseport}.
 */
final class NettyPeer {
  private NettyPeer() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    boolean http = arguments[0].equals("http");
    String arrangement = arguments[1];
    EventExecutorGroup handlers =
        arrangement.equals("executor") ? new DefaultEventExecutorGroup(2) : null;
    EventLoopGroup first = loops(1);
    int port = bind(http, first, arrangement.equals("boss") ? loops(2) : first, handlers, 0);
    if (arrangement.equals("reuseport")) {
      EventLoopGroup second = loops(1);
      bind(http, second, second, handlers, port);
    }
    Peer.run(port);
  }

  private static EventLoopGroup loops(int count) {
    return new MultiThreadIoEventLoopGroup(count, EpollIoHandler.newFactory());
  }

  private static int bind(
      boolean http,
      EventLoopGroup boss,
      EventLoopGroup workers,
      @Nullable EventExecutorGroup handlers,
      int port)
      throws InterruptedException {
    Channel listener =
        new ServerBootstrap()
            .group(boss, workers)
            .option(EpollChannelOption.SO_REUSEPORT, true)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  @SuppressWarnings("deprecation") // how Netty runs handlers on other threads
                  protected void initChannel(SocketChannel channel) {
                    if (http) {
                      channel.pipeline().addLast(new HttpServerCodec());
                    }
                    channel.pipeline().addLast(handlers, http ? new Hello() : new Echo());
                  }
                })
            .bind("127.0.0.1", port)
            .sync()
            .channel();
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Writes at once, flushes once for what was read together. */
  private abstract static class Flushing extends ChannelInboundHandlerAdapter {
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  private static final class Echo extends Flushing {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.write(message, context.voidPromise());
    }
  }

  private static final class Hello extends Flushing {
    private static final AsciiString TEXT = AsciiString.cached("text/plain; charset=utf-8");
    private static final AsciiString LENGTH = AsciiString.cached("13");
    private static final ByteBuf BODY =
        Unpooled.unreleasableBuffer(
            Unpooled.directBuffer(13)
                .writeBytes("Hello, World!".getBytes(StandardCharsets.US_ASCII)));
    private static final DateTimeFormatter DATE =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** A second and how it is written. */
    private record Second(long epoch, AsciiString text) {}

    private static volatile Second now = new Second(0, AsciiString.EMPTY_STRING);

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest) {
        DefaultFullHttpResponse response =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, BODY.duplicate());
        response
            .headers()
            .set(HttpHeaderNames.CONTENT_TYPE, TEXT)
            .set(HttpHeaderNames.CONTENT_LENGTH, LENGTH)
            .set(HttpHeaderNames.DATE, date());
        context.write(response, context.voidPromise());
      }
      ReferenceCountUtil.release(message);
    }

    private static AsciiString date() {
      long epoch = System.currentTimeMillis() / 1000;
      Second written = now;
      if (epoch != written.epoch) {
        written = new Second(epoch, new AsciiString(DATE.format(Instant.ofEpochSecond(epoch))));
        now = written;
      }
      return written.text;
    }
  }
}
