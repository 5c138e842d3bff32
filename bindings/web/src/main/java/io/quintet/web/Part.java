package io.quintet.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.ProtocolException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A part of a form, RFC 7578 §4. One thread at a time. */
public final class Part {
  private static final Logger LOG = System.getLogger(Part.class.getName());
  private static final int BAD_REQUEST = 400;

  private final PartHead head;
  private final byte[] bytes;
  private final @Nullable Path file;
  private final long size;

  Part(PartHead head, byte[] bytes, @Nullable Path file, long size) {
    this.head = head;
    this.bytes = bytes;
    this.file = file;
    this.size = size;
  }

  /**
   * The name of the form's field.
   *
   * @return name
   */
  public String name() {
    return head.name();
  }

  /**
   * The name that the file has at the client, without the folders that some clients say before it:
   * for people to read, and no path to write to, §7.
   *
   * @return name; empty if the part is no file
   */
  public Optional<String> fileName() {
    return head.fileName();
  }

  /**
   * The media type that the client has named.
   *
   * @return for example {@code image/png}; {@code text/plain} if it has named none, §4.4
   */
  public String contentType() {
    return head.contentType();
  }

  /**
   * The length.
   *
   * @return bytes
   */
  public long size() {
    return size;
  }

  /**
   * Whether it was too long to be kept in memory.
   *
   * @return whether it is in a file
   */
  public boolean isInFile() {
    return file != null;
  }

  /**
   * The content as a stream.
   *
   * @return a stream, to be closed before the form
   * @throws IOException if the file cannot be read, as when it was moved
   */
  public InputStream open() throws IOException {
    return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
  }

  /**
   * The content as text in UTF-8.
   *
   * @return its characters
   * @throws ProtocolException with code 400 if it is no UTF-8
   * @throws IOException if the file cannot be read
   */
  public String text() throws IOException {
    byte[] all = file == null ? bytes : Files.readAllBytes(file);
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(all)).toString();
    } catch (CharacterCodingException e) {
      throw new ProtocolException(BAD_REQUEST, "a part of the form is not UTF-8");
    }
  }

  /**
   * Puts the content into a file of its own. Afterwards the part cannot be read any more if it was
   * in a file.
   *
   * @param target a file that does not exist
   * @throws IOException if it exists, or cannot be written
   */
  public void moveTo(Path target) throws IOException {
    if (file == null) {
      Files.write(target, bytes, StandardOpenOption.CREATE_NEW);
    } else {
      Files.move(file, target);
    }
  }

  void delete() {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "a part of a form is left in " + file, e);
      }
    }
  }
}
