package io.quintet.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Netty's epoll transport doing the measured work on one thread: {@code NettyPeer echo|http}. */
final class NettyPeer {
  private NettyPeer() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    boolean http = arguments[0].equals("http");
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Channel listener =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (http) {
                      channel.pipeline().addLast(new HttpServerCodec(), new Hello());
                    } else {
                      channel.pipeline().addLast(new Echo());
                    }
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    Peer.run(((InetSocketAddress) listener.localAddress()).getPort());
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

    private static long dateSeconds;
    private static AsciiString date = AsciiString.EMPTY_STRING;

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

    /** On the one loop alone. */
    private static AsciiString date() {
      long seconds = System.currentTimeMillis() / 1000;
      if (seconds != dateSeconds) {
        dateSeconds = seconds;
        date = new AsciiString(DATE.format(Instant.ofEpochSecond(seconds)));
      }
      return date;
    }
  }
}
