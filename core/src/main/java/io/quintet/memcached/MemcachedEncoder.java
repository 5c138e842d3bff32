package io.quintet.memcached;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.util.concurrent.TimeoutException;

/** Writes replies; none where the client wants none. */
final class MemcachedEncoder implements Encoder<MemcachedCommand, MemcachedReply> {
  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] VALUE = "VALUE ".getBytes(ISO_8859_1);
  private static final byte[] END = "END\r\n".getBytes(ISO_8859_1);

  @Override
  public void encode(MemcachedCommand request, MemcachedReply reply, Output out) {
    switch (request) {
      case MemcachedCommand.Quit _ -> out.endConnection();
      case MemcachedCommand.Get get -> put(reply, get.withVersions(), out);
      default -> {
        if (!request.noReply()) {
          put(reply, false, out);
        }
      }
    }
  }

  private static void put(MemcachedReply reply, boolean withVersions, Output out) {
    switch (reply) {
      case MemcachedReply.Line line -> putLine(line.text(), out);
      case MemcachedReply.Items items -> {
        items.items().forEach(item -> putItem(item, withVersions, out));
        out.put(END);
      }
    }
  }

  private static void putItem(MemcachedReply.Item item, boolean withVersion, Output out) {
    out.put(VALUE);
    out.put(item.key().getBytes(ISO_8859_1));
    out.put((byte) ' ');
    out.putDecimal(item.flags());
    out.put((byte) ' ');
    out.putDecimal(item.value().length);
    if (withVersion) {
      out.put((byte) ' ');
      out.putDecimal(item.version());
    }
    out.put(LINE_END);
    out.put(item.value());
    out.put(LINE_END);
  }

  private static void putLine(String text, Output out) {
    out.put(text.getBytes(ISO_8859_1));
    out.put(LINE_END);
  }

  @Override
  public void encodeFailure(MemcachedCommand request, Throwable failure, Output out) {
    boolean overdue = failure instanceof TimeoutException;
    if (!request.noReply()) {
      putLine(
          overdue ? "SERVER_ERROR the command took too long" : "SERVER_ERROR the command failed",
          out);
    }
  }

  @Override
  public void encodeRefusal(ProtocolException refusal, Output out) {
    putLine("CLIENT_ERROR " + refusal.getMessage(), out);
    out.endConnection();
  }
}
