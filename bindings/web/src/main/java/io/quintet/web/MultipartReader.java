package io.quintet.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parts a stream at its delimiters, RFC 2046 §5.1. Holds 16 KiB of it at most. */
final class MultipartReader {
  private static final int TOO_LARGE = 413;
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int HEAD_BYTES_MAX = 8 << 10;

  private final InputStream in;
  private final byte[] delimiter;
  private final Multipart.Limits limits;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int end;
  private long total;

  MultipartReader(InputStream in, String boundary, Multipart.Limits limits) {
    this.in = in;
    this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    this.limits = limits;
    buffer[end++] = '\r'; // the first delimiter may stand at the very beginning
    buffer[end++] = '\n';
  }

  void readTo(List<Part> parts) throws IOException {
    copy(OutputStream.nullOutputStream());
    while (!isLast()) {
      if (parts.size() == limits.partsMax()) {
        throw new ProtocolException(TOO_LARGE, "the form has too many parts");
      }
      PartHead head = head();
      try (Kept kept = new Kept(limits)) {
        copy(kept);
        parts.add(kept.part(head));
      }
    }
  }

  /** What stands behind a delimiter: two hyphens at the end, or the end of its line. */
  private boolean isLast() throws IOException {
    int first = next();
    if (first == '-' && peek() == '-') {
      return true;
    }
    while (first == ' ' || first == '\t') {
      first = next();
    }
    if (first != '\r' || next() != '\n') {
      throw PartHead.bad("a delimiter that goes on");
    }
    return false;
  }

  private PartHead head() throws IOException {
    List<String> lines = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int count = 0; count < HEAD_BYTES_MAX; count++) {
      int b = next();
      if (b != '\r') {
        line.write(b);
      } else if (next() != '\n') {
        throw PartHead.bad("CR without LF");
      } else if (line.size() == 0) {
        return PartHead.of(lines);
      } else {
        lines.add(text(line.toByteArray()));
        line.reset();
      }
    }
    throw new ProtocolException(TOO_LARGE, "the form has a part with a long head");
  }

  private static String text(byte[] line) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      throw PartHead.bad("a field that is not UTF-8");
    }
  }

  /** Copies what stands before the next delimiter, and passes over that. */
  private void copy(OutputStream to) throws IOException {
    while (true) {
      int found = find();
      if (found >= 0) {
        write(to, found - position);
        position = found + delimiter.length;
        return;
      }
      write(to, Math.max(end - position - delimiter.length + 1, 0));
      fill();
    }
  }

  private void write(OutputStream to, int count) throws IOException {
    total += count;
    if (total > limits.bytesMax()) {
      throw new ProtocolException(TOO_LARGE, "the form is too large");
    }
    to.write(buffer, position, count);
    position += count;
  }

  /** No boundary has a CR, so that no byte is compared twice as the second of a delimiter. */
  private int find() {
    for (int at = position; at <= end - delimiter.length; at++) {
      int same = 0;
      while (same < delimiter.length && buffer[at + same] == delimiter[same]) {
        same++;
      }
      if (same == delimiter.length) {
        return at;
      }
    }
    return -1;
  }

  private int next() throws IOException {
    int b = peek();
    position++;
    return b;
  }

  private int peek() throws IOException {
    while (position == end) {
      fill();
    }
    return buffer[position] & 0xff;
  }

  private void fill() throws IOException {
    System.arraycopy(buffer, position, buffer, 0, end - position);
    end -= position;
    position = 0;
    int count = in.read(buffer, end, buffer.length - end);
    if (count < 0) {
      throw PartHead.bad("it ends within a part");
    }
    end += count;
  }

  /** The content of a part, in memory or in a file. */
  private static final class Kept extends OutputStream {
    private final Multipart.Limits limits;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable Path file;
    private @Nullable OutputStream out;
    private long size;
    private boolean taken;

    Kept(Multipart.Limits limits) {
      this.limits = limits;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      size += count;
      if (out == null && size > limits.memoryBytesMax()) {
        file = Files.createTempFile(limits.folder(), "quintet-", ".part");
        out = Files.newOutputStream(file);
        memory.writeTo(out);
        memory.reset();
      }
      (out == null ? memory : out).write(bytes, offset, count);
    }

    Part part(PartHead head) throws IOException {
      if (out != null) {
        out.close();
      }
      taken = true;
      return new Part(head, memory.toByteArray(), file, size);
    }

    /** A file that belongs to no part is deleted. */
    @Override
    public void close() throws IOException {
      if (!taken && out != null && file != null) {
        out.close();
        Files.deleteIfExists(file);
      }
    }
  }
}
