package io.quintet.websocket;

import java.util.Arrays;
import java.util.zip.Deflater;

/** Messages as a client that speaks permessage-deflate sends them. */
public final class Deflated {
  private Deflated() {}

  /** As RFC 7692 §7.2.1 has it, with the block that flushes, and without its end. */
  public static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setInput(bytes);
    byte[] form = new byte[bytes.length + 64];
    int length = deflater.deflate(form, 0, form.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(form, length - 4);
  }
}
