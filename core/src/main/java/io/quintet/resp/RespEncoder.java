package io.quintet.resp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/** Writes replies in the version that the connection speaks: 2 until it has agreed on 3. */
final class RespEncoder implements Encoder<RespCommand, RespReply> {
  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] OK = ascii("+OK\r\n");
  private static final byte[] NIL_2 = ascii("$-1\r\n");
  private static final byte[] NIL_3 = ascii("_\r\n");
  private static final byte[] TRUE_3 = ascii("#t\r\n");
  private static final byte[] FALSE_3 = ascii("#f\r\n");

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  @Override
  public void encode(RespCommand request, RespReply reply, Output out) {
    if (reply instanceof RespReply.Hello hello) {
      request.peer().attach(hello.version());
    }
    put(reply, request, out);
    if (request.is("QUIT")) {
      out.endConnection();
    }
  }

  private static boolean isThree(RespCommand request) {
    return request.peer().attachment() instanceof Integer version && version == 3;
  }

  private static void put(RespReply reply, RespCommand request, Output out) {
    switch (reply) {
      case RespReply.Bulk bulk -> putBulk(bulk.bytes(), out);
      case RespReply.Simple simple -> {
        if (reply == RespReply.OK) {
          out.put(OK);
        } else {
          putLine('+', simple.text(), out);
        }
      }
      case RespReply.Failure failure -> putLine('-', failure.text(), out);
      case RespReply.Whole whole -> putNumber(':', whole.value(), out);
      case RespReply.Nil _ -> out.put(isThree(request) ? NIL_3 : NIL_2);
      case RespReply.Array array -> {
        putNumber('*', array.elements().size(), out);
        array.elements().forEach(element -> put(element, request, out));
      }
      case RespReply.Dictionary dictionary -> putMap(dictionary, request, out);
      case RespReply.Truth truth -> putTruth(truth.value(), request, out);
      case RespReply.Fraction fraction -> putFraction(fraction.value(), request, out);
      case RespReply.Hello hello -> putMap(hello.properties(), request, out);
    }
  }

  private static void putMap(RespReply.Dictionary map, RespCommand request, Output out) {
    boolean three = isThree(request);
    int size = map.entries().size();
    putNumber(three ? '%' : '*', three ? size : 2L * size, out);
    for (Map.Entry<? extends RespReply, ? extends RespReply> entry : map.entries().entrySet()) {
      put(entry.getKey(), request, out);
      put(entry.getValue(), request, out);
    }
  }

  private static void putTruth(boolean value, RespCommand request, Output out) {
    if (isThree(request)) {
      out.put(value ? TRUE_3 : FALSE_3);
    } else {
      putNumber(':', value ? 1 : 0, out);
    }
  }

  private static void putFraction(double value, RespCommand request, Output out) {
    String digits =
        Double.isInfinite(value) ? (value > 0 ? "inf" : "-inf") : Double.isNaN(value) ? "nan" : "";
    String text = digits.isEmpty() ? Double.toString(value) : digits;
    if (isThree(request)) {
      putLine(',', text, out);
    } else {
      putBulk(ascii(text), out);
    }
  }

  private static void putBulk(byte[] bytes, Output out) {
    putNumber('$', bytes.length, out);
    out.put(bytes);
    out.put(LINE_END);
  }

  private static void putLine(char kind, String text, Output out) {
    out.put((byte) kind);
    out.putText(text);
    out.put(LINE_END);
  }

  private static void putNumber(char kind, long value, Output out) {
    out.put((byte) kind);
    if (value < 0) {
      out.putText(Long.toString(value)); // also the least, which has no positive
    } else {
      out.putDecimal(value);
    }
    out.put(LINE_END);
  }

  @Override
  public void encodeFailure(RespCommand request, Throwable failure, Output out) {
    boolean overdue = failure instanceof TimeoutException;
    putLine('-', overdue ? "ERR the command took too long" : "ERR the command failed", out);
  }

  @Override
  public void encodeRefusal(ProtocolException refusal, Output out) {
    putLine('-', "ERR " + refusal.getMessage(), out);
    out.endConnection();
  }
}
