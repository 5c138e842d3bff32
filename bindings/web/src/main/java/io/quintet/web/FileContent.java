package io.quintet.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Ranges of a file, with texts between them. Reading blocks. The file is opened for each reading,
 * and must be the one whose length and time were told before: a client never gets a mixture.
 *
 * @param file a file
 * @param size its length
 * @param modified when it was modified
 * @param pieces what is sent, in its order
 */
record FileContent(Path file, long size, FileTime modified, List<Piece> pieces) {
  private static final int BUFFER_BYTES = 64 << 10;

  /**
   * A text and a range behind it.
   *
   * @param before text
   * @param first where the range begins
   * @param length how long it is
   */
  record Piece(byte[] before, long first, long length) {}

  static FileContent of(Path file, BasicFileAttributes is, ByteRange range) {
    return new FileContent(
        file,
        is.size(),
        is.lastModifiedTime(),
        List.of(new Piece(new byte[0], range.first(), range.length())));
  }

  static FileContent whole(Path file, BasicFileAttributes is) {
    return of(file, is, new ByteRange(0, is.size() - 1));
  }

  /** Several ranges, RFC 9110 §14.6, each behind its own head. */
  static FileContent of(
      Path file, BasicFileAttributes is, List<ByteRange> ranges, String type, String boundary) {
    List<Piece> pieces = new ArrayList<>();
    for (ByteRange range : ranges) {
      String head =
          "%s--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n"
              .formatted(
                  pieces.isEmpty() ? "" : "\r\n", boundary, type, range.contentRange(is.size()));
      pieces.add(new Piece(head.getBytes(ISO_8859_1), range.first(), range.length()));
    }
    pieces.add(new Piece(("\r\n--" + boundary + "--\r\n").getBytes(ISO_8859_1), 0, 0));
    return new FileContent(file, is.size(), is.lastModifiedTime(), pieces);
  }

  static String boundary() {
    return UUID.randomUUID().toString();
  }

  long length() {
    return pieces.stream().mapToLong(piece -> piece.before.length + piece.length).sum();
  }

  byte[] read() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) length());
    writeTo(bytes);
    return bytes.toByteArray();
  }

  void writeTo(OutputStream out) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      requireSame();
      byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, length())];
      for (Piece piece : pieces) {
        out.write(piece.before);
        copy(channel, piece, buffer, out);
      }
    }
  }

  private void requireSame() throws IOException {
    BasicFileAttributes is =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (is.size() != size || !is.lastModifiedTime().equals(modified)) {
      throw changed();
    }
  }

  private IOException changed() {
    return new IOException(file + " has changed while it was sent");
  }

  private void copy(FileChannel channel, Piece piece, byte[] buffer, OutputStream out)
      throws IOException {
    long at = piece.first;
    long end = piece.first + piece.length;
    while (at < end) {
      int most = (int) Math.min(buffer.length, end - at);
      int count = channel.read(ByteBuffer.wrap(buffer, 0, most), at);
      if (count < 0) {
        throw changed();
      }
      out.write(buffer, 0, count);
      at += count;
    }
  }
}
