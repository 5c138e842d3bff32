package io.quintet.web;

import io.quintet.codec.ProtocolException;
import io.quintet.codec.Streams;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The files below a folder: with entity tags and dates, conditional requests (RFC 9110 §13), one
 * range or several (§14), and the index of a folder. Immutable; any thread that may block may use
 * it.
 *
 * <p>A path leads to a file below the folder or to nothing. Names that begin with a dot are not
 * served, but for {@code .well-known} (RFC 8615). Symbolic links are followed where the file that
 * they lead to at last is below the folder and has no such name either. Who may write into the
 * folder is trusted: a folder that is replaced by a link in the very moment of a request is
 * followed.
 *
 * <p>Files of more than 64 KiB are sent as they are read, by a virtual thread, as fast as their
 * client takes them.
 */
public final class StaticFiles {
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int PERMANENT_REDIRECT = 308;
  private static final int NOT_MODIFIED = 304;
  private static final int NOT_FOUND = 404;
  private static final int NOT_SATISFIABLE = 416;

  /** Longest content that is read before it is sent, in bytes. */
  private static final int WHOLE_MAX = 64 << 10;

  private static final String INDEX = "index.html";
  private static final String WELL_KNOWN = ".well-known";
  private static final byte[] NO_BODY = {};

  private final Path folder;
  private final String cacheControl;

  private StaticFiles(Path folder, String cacheControl) {
    this.folder = folder;
    this.cacheControl = cacheControl;
  }

  /**
   * The files below a folder.
   *
   * @param folder a folder that exists
   * @return the files
   * @throws IOException if it is no folder, or cannot be looked at
   */
  public static StaticFiles in(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (!Files.isDirectory(real)) {
      throw new IOException(folder + " is no folder");
    }
    return new StaticFiles(real, "");
  }

  /**
   * These files, with what caches may do with them.
   *
   * @param value the field Cache-Control, RFC 9111 §5.2, for example {@code max-age=3600}
   * @return other files
   */
  public StaticFiles cached(String value) {
    return new StaticFiles(folder, value);
  }

  /**
   * Answers GET or HEAD for a path below the folder.
   *
   * @param request the request
   * @param path decoded, without a slash in front
   * @return the response
   * @throws ProtocolException with code 404 if there is no such file, with 412 if a condition of
   *     the request is not met
   * @throws IOException if a file that is there cannot be read
   */
  public HttpResponse answer(WebRequest request, String path) throws IOException {
    boolean asFolder = path.isEmpty() || path.endsWith("/");
    Optional<Path> found = find(path);
    if (found.isPresent() && Files.isDirectory(found.get())) {
      if (!asFolder) {
        return toFolder(request.request());
      }
      found = find(path + INDEX);
      asFolder = false;
    }
    if (found.isEmpty() || asFolder || !Files.isReadable(found.get())) {
      throw notFound();
    }
    BasicFileAttributes is =
        Files.readAttributes(found.get(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!is.isRegularFile()) {
      throw notFound();
    }
    return answer(request.request(), found.get(), is);
  }

  private static ProtocolException notFound() {
    return new ProtocolException(NOT_FOUND, "Nothing is found here.");
  }

  /** A folder's own links are relative to its name with a slash. */
  private static HttpResponse toFolder(HttpRequest request) {
    if (request.path().startsWith("//")) {
      throw notFound(); // it would lead to another host, RFC 3986 §4.2
    }
    String query = request.query().map(text -> "?" + text).orElse("");
    return HttpResponse.of(
        PERMANENT_REDIRECT, List.of(Map.entry("Location", request.path() + "/" + query)), NO_BODY);
  }

  /** What a path leads to below the folder. */
  private Optional<Path> find(String path) {
    String name = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    for (String segment : name.split("/", -1)) {
      if (!name.isEmpty() && (segment.isEmpty() || isHidden(segment))) {
        return Optional.empty();
      }
    }
    try {
      Path real = folder.resolve(name).toRealPath();
      if (!real.startsWith(folder)) {
        return Optional.empty();
      }
      for (Path each : folder.relativize(real)) {
        if (isHidden(each.toString())) {
          return Optional.empty();
        }
      }
      return Optional.of(real);
    } catch (IOException | InvalidPathException nothing) {
      return Optional.empty();
    }
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") && !name.equals(WELL_KNOWN);
  }

  private HttpResponse answer(HttpRequest request, Path file, BasicFileAttributes is)
      throws IOException {
    Instant now = Instant.now();
    Instant time = is.lastModifiedTime().toInstant();
    Instant modified = HttpDates.seconds(time.isAfter(now) ? now : time); // RFC 9110 §8.8.2.1
    String etag = etag(is);
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    fields.add(Map.entry("ETag", etag));
    fields.add(Map.entry("Last-Modified", HttpDates.format(modified)));
    if (!cacheControl.isEmpty()) {
      fields.add(Map.entry("Cache-Control", cacheControl));
    }
    Conditions conditions = new Conditions(request, etag, modified, now);
    int status = conditions.status();
    if (status == NOT_MODIFIED) {
      return HttpResponse.of(status, fields, NO_BODY);
    }
    if (status != Conditions.MET) {
      throw new ProtocolException(status, "The file is another one than the condition asks for.");
    }
    fields.add(Map.entry("Accept-Ranges", "bytes"));
    Optional<List<ByteRange>> ranges =
        conditions.range().flatMap(field -> ByteRange.parse(field, is.size()));
    if (ranges.isEmpty()) {
      fields.add(Map.entry("Content-Type", ContentTypes.of(file.getFileName().toString())));
      return sent(request, OK, fields, FileContent.whole(file, is));
    }
    return ranges.get().isEmpty()
        ? HttpResponse.text(NOT_SATISFIABLE, "The file has none of these ranges.\n")
            .withHeader("Content-Range", "bytes */" + is.size())
        : partial(request, fields, file, is, ranges.get());
  }

  private static HttpResponse partial(
      HttpRequest request,
      List<Map.Entry<String, String>> fields,
      Path file,
      BasicFileAttributes is,
      List<ByteRange> ranges)
      throws IOException {
    String type = ContentTypes.of(file.getFileName().toString());
    if (ranges.size() == 1) {
      fields.add(Map.entry("Content-Type", type));
      fields.add(Map.entry("Content-Range", ranges.getFirst().contentRange(is.size())));
      return sent(request, PARTIAL, fields, FileContent.of(file, is, ranges.getFirst()));
    }
    String boundary = FileContent.boundary();
    fields.add(Map.entry("Content-Type", "multipart/byteranges; boundary=" + boundary));
    return sent(request, PARTIAL, fields, FileContent.of(file, is, ranges, type, boundary));
  }

  private static HttpResponse sent(
      HttpRequest request, int status, List<Map.Entry<String, String>> fields, FileContent content)
      throws IOException {
    long length = content.length();
    if (request.method().equals("HEAD")) {
      return HttpResponse.of(status, fields, NO_BODY).announcing(length);
    }
    return length <= WHOLE_MAX
        ? HttpResponse.of(status, fields, content.read())
        : HttpResponse.streaming(status, fields, Streams.written(content::writeTo), length);
  }

  /** Another one whenever the length or the time of modification is another. */
  private static String etag(BasicFileAttributes is) {
    long nanos = is.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    return "\"" + Long.toHexString(nanos) + "-" + Long.toHexString(is.size()) + "\"";
  }
}
