package io.quintet.web;

import io.quintet.codec.ProtocolException;
import io.quintet.codec.Streams;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A form with files, {@code multipart/form-data}, RFC 7578. Parts are kept in memory up to a limit,
 * and beyond it in files, which {@link #close} deletes. Reading blocks, so it is for a handler of
 * {@link Router.Builder#routeBlocking}; with {@link io.quintet.http.Http#streaming} the content is
 * read as it arrives.
 *
 * <pre>{@code
 * try (Multipart form = Multipart.read(request, Multipart.Limits.DEFAULT)) {
 *   form.part("photo").orElseThrow().moveTo(target);
 * }
 * }</pre>
 */
public final class Multipart implements AutoCloseable {
  private static final int BAD_REQUEST = 400;
  private static final int UNSUPPORTED_MEDIA_TYPE = 415;
  private static final String TYPE = "multipart/form-data";

  private final List<Part> parts;

  private Multipart(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /**
   * How much a form may have.
   *
   * @param memoryBytesMax bytes of a part that are kept in memory; longer ones go into a file
   * @param bytesMax bytes of all parts together; 413 beyond
   * @param partsMax parts; 413 beyond
   * @param folder where the files are made, readable by their owner alone
   */
  public record Limits(int memoryBytesMax, long bytesMax, int partsMax, Path folder) {
    /** 64 KiB of a part in memory, 64 MiB in all, 100 parts, files in {@code java.io.tmpdir}. */
    public static final Limits DEFAULT =
        new Limits(64 << 10, 64 << 20, 100, Path.of(System.getProperty("java.io.tmpdir")));

    /** Refuses limits below 0. */
    public Limits {
      if (memoryBytesMax < 0 || bytesMax < 0 || partsMax < 0) {
        throw new IllegalArgumentException("a limit of a form is below 0");
      }
    }
  }

  /**
   * Reads the form that a request has as its body.
   *
   * @param request the request
   * @param limits how much it may have
   * @return the form, to be closed
   * @throws ProtocolException with code 415 if the body is no such form, with 400 if it is
   *     malformed or cut, with 413 if it has too much
   * @throws IOException if the client goes away, or a file cannot be written
   */
  public static Multipart read(WebRequest request, Limits limits) throws IOException {
    String type = request.header("Content-Type").orElse("");
    try (InputStream in = Streams.reading(request.request().content())) {
      return read(in, type, limits);
    }
  }

  /**
   * Reads a form.
   *
   * @param in its bytes
   * @param contentType with the boundary, for example {@code multipart/form-data; boundary=x}
   * @param limits how much it may have
   * @return the form, to be closed
   * @throws ProtocolException with code 415 if the type is another one, with 400 if the form is
   *     malformed or cut, with 413 if it has too much
   * @throws IOException if it cannot be read, or a file cannot be written
   */
  public static Multipart read(InputStream in, String contentType, Limits limits)
      throws IOException {
    if (!contentType.split(";", 2)[0].strip().equalsIgnoreCase(TYPE)) {
      throw new ProtocolException(UNSUPPORTED_MEDIA_TYPE, "the body is no multipart/form-data");
    }
    String boundary = Fields.parameter(contentType, "boundary");
    if (!boundary.matches("[\\x20-\\x7e]{0,69}[\\x21-\\x7e]")) { // RFC 2046 §5.1.1
      throw new ProtocolException(BAD_REQUEST, "malformed boundary of the form");
    }
    MultipartReader reader = new MultipartReader(in, boundary, limits);
    List<Part> parts = new ArrayList<>();
    try {
      reader.readTo(parts);
    } catch (IOException | RuntimeException | Error failure) {
      parts.forEach(Part::delete);
      throw failure;
    }
    return new Multipart(parts);
  }

  /**
   * The parts, in the order in which they were sent.
   *
   * @return parts
   */
  public List<Part> parts() {
    return parts;
  }

  /**
   * The first part of a name.
   *
   * @param name name of the form's field
   * @return the part
   */
  public Optional<Part> part(String name) {
    return parts.stream().filter(part -> part.name().equals(name)).findFirst();
  }

  /** Deletes the files that were not moved away. */
  @Override
  public void close() {
    parts.forEach(Part::delete);
  }
}
