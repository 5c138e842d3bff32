package io.quintet.memcached;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Decoder;
import io.quintet.codec.Gatherer;
import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import io.quintet.memcached.MemcachedCommand.Storing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Takes commands out of bytes: a line, and for some a value behind it. */
final class MemcachedDecoder implements Decoder<MemcachedCommand> {
  private static final int LINE_BYTES_MAX = 8192;
  private static final int KEY_BYTES_MAX = 250;
  private static final long FLAGS_MAX = 0xffffffffL;
  private static final MemcachedReply ERROR = new MemcachedReply.Line("ERROR");
  private static final MemcachedReply BAD_LINE =
      new MemcachedReply.Line("CLIENT_ERROR bad command line format");
  private static final MemcachedReply BAD_DELTA =
      new MemcachedReply.Line("CLIENT_ERROR invalid numeric delta argument");
  private static final MemcachedReply BAD_EXPIRY =
      new MemcachedReply.Line("CLIENT_ERROR invalid exptime argument");
  private static final MemcachedReply BAD_DELETE =
      new MemcachedReply.Line(
          "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]");

  private final int valueBytesMax;
  private final Gatherer value = new Gatherer();

  /** The command whose value comes next. */
  private MemcachedCommand.@Nullable Store storing;

  /**
   * Bytes of a value that is too large, and of its line end, which are dropped; and its command.
   */
  private long dropping;

  private MemcachedCommand.@Nullable TooLarge dropped;

  private int searched;

  MemcachedDecoder(int valueBytesMax) {
    this.valueBytesMax = valueBytesMax;
  }

  @Override
  public @Nullable MemcachedCommand decode(Input in) {
    if (dropping > 0) {
      return drop(in);
    }
    if (storing != null) {
      return value(in, storing);
    }
    int end = in.indexOf((byte) '\n', searched);
    if ((end < 0 ? in.remaining() : end) > LINE_BYTES_MAX) {
      throw new ProtocolException(0, "line longer than " + LINE_BYTES_MAX + " bytes");
    }
    if (end < 0) {
      searched = in.remaining();
      return null;
    }
    searched = 0;
    boolean carriageReturn = end > 0 && in.peek(end - 1) == '\r';
    String line = in.takeText(carriageReturn ? end - 1 : end, ISO_8859_1);
    in.skip(carriageReturn ? 2 : 1);
    return line(words(line), in);
  }

  @Override
  public Outcome outcome() {
    if (storing != null || dropping > 0) {
      return Outcome.NEED_CONTENT;
    }
    return searched == 0 ? Outcome.IDLE : Outcome.NEED_HEAD;
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      int end = line.indexOf(' ', at);
      end = end < 0 ? line.length() : end;
      if (end > at) {
        words.add(line.substring(at, end));
      }
      at = end + 1;
    }
    return words;
  }

  private @Nullable MemcachedCommand line(List<String> words, Input in) {
    String name = words.isEmpty() ? "" : words.getFirst();
    return switch (name) {
      case "get", "gets" -> get(words, name.equals("gets"));
      case "set" -> store(words, Storing.SET, in);
      case "add" -> store(words, Storing.ADD, in);
      case "replace" -> store(words, Storing.REPLACE, in);
      case "append" -> store(words, Storing.APPEND, in);
      case "prepend" -> store(words, Storing.PREPEND, in);
      case "cas" -> store(words, Storing.CAS, in);
      case "delete" -> delete(words);
      case "incr" -> count(words, false);
      case "decr" -> count(words, true);
      case "touch" -> touch(words);
      case "flush_all" -> flush(words);
      case "verbosity" -> verbosity(words);
      case "version" -> words.size() == 1 ? new MemcachedCommand.Version() : malformed(ERROR);
      case "quit" -> words.size() == 1 ? new MemcachedCommand.Quit() : malformed(ERROR);
      default -> unknown(words);
    };
  }

  /** What a browser was made to send would have commands in it. */
  private static MemcachedCommand unknown(List<String> words) {
    String first = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    boolean request = words.size() > 1 && words.getLast().startsWith("HTTP/");
    if (request || first.equals("post") || first.startsWith("host:")) {
      throw new ProtocolException(0, "this is not HTTP");
    }
    return malformed(ERROR);
  }

  private static MemcachedCommand malformed(MemcachedReply answer) {
    return malformed(answer, false);
  }

  private static MemcachedCommand malformed(MemcachedReply answer, boolean noReply) {
    return new MemcachedCommand.Malformed(answer, noReply);
  }

  private static MemcachedCommand get(List<String> words, boolean withVersions) {
    List<String> keys = List.copyOf(words.subList(1, words.size()));
    if (keys.isEmpty()) {
      return malformed(ERROR);
    }
    return keys.stream().allMatch(MemcachedDecoder::isKey)
        ? new MemcachedCommand.Get(keys, withVersions)
        : malformed(BAD_LINE);
  }

  /** {@code delete key [0] [noreply]}, with the time that it once had. */
  private static MemcachedCommand delete(List<String> words) {
    int count = words.size() > 2 && words.get(2).equals("0") ? 3 : 2;
    boolean noReply = isNoReply(words, count) || isNoReply(words, 3);
    if (isCommand(words, count, noReply)) {
      return new MemcachedCommand.Delete(words.get(1), noReply);
    }
    return words.size() < 2 ? malformed(ERROR) : malformed(BAD_DELETE, noReply);
  }

  private static MemcachedCommand count(List<String> words, boolean down) {
    boolean noReply = isNoReply(words, 3);
    if (!isCommand(words, 3, noReply)) {
      return words.size() < 3 ? malformed(ERROR) : malformed(BAD_LINE, noReply);
    }
    try {
      long delta = Long.parseUnsignedLong(words.get(2));
      return new MemcachedCommand.Count(words.get(1), delta, down, noReply);
    } catch (NumberFormatException e) {
      return malformed(BAD_DELTA, noReply);
    }
  }

  private static MemcachedCommand touch(List<String> words) {
    boolean noReply = isNoReply(words, 3);
    if (!isCommand(words, 3, noReply)) {
      return words.size() < 3 ? malformed(ERROR) : malformed(BAD_LINE, noReply);
    }
    try {
      return new MemcachedCommand.Touch(words.get(1), Long.parseLong(words.get(2)), noReply);
    } catch (NumberFormatException e) {
      return malformed(BAD_EXPIRY, noReply);
    }
  }

  /** {@code flush_all [delay] [noreply]}. */
  private static MemcachedCommand flush(List<String> words) {
    boolean noReply = isNoReply(words, 1) || isNoReply(words, 2);
    int count = words.size() - (noReply ? 1 : 0);
    try {
      long delay = count == 1 ? 0 : Long.parseLong(words.get(1));
      return count > 2 ? malformed(BAD_LINE, noReply) : new MemcachedCommand.Flush(delay, noReply);
    } catch (NumberFormatException e) {
      return malformed(BAD_EXPIRY, noReply);
    }
  }

  /** {@code verbosity level [noreply]}. */
  private static MemcachedCommand verbosity(List<String> words) {
    boolean noReply = isNoReply(words, 2);
    if (words.size() != (noReply ? 3 : 2)) {
      return words.size() < 2 ? malformed(ERROR) : malformed(BAD_LINE, isNoReply(words, 3));
    }
    try {
      return new MemcachedCommand.Verbosity(Long.parseLong(words.get(1)), noReply);
    } catch (NumberFormatException e) {
      return malformed(BAD_LINE, noReply || isNoReply(words, 1));
    }
  }

  /** {@code set key flags exptime bytes [version] [noreply]}, and the value behind it. */
  private @Nullable MemcachedCommand store(List<String> words, Storing how, Input in) {
    int count = how == Storing.CAS ? 6 : 5;
    if (words.size() < count) {
      return malformed(ERROR);
    }
    boolean noReply = isNoReply(words, count);
    long bytes;
    try {
      if (!isCommand(words, count, noReply)) {
        throw new NumberFormatException();
      }
      bytes = Long.parseLong(words.get(4));
      long flags = Long.parseLong(words.get(2));
      if (bytes < 0 || flags < 0 || flags > FLAGS_MAX) {
        throw new NumberFormatException();
      }
      storing =
          new MemcachedCommand.Store(
              how,
              words.get(1),
              flags,
              Long.parseLong(words.get(3)),
              new byte[0],
              how == Storing.CAS ? Long.parseUnsignedLong(words.get(5)) : 0,
              noReply);
    } catch (NumberFormatException e) {
      // Where a value ends whose length is not known nobody can tell.
      throw new ProtocolException(0, "bad command line format");
    }
    if (bytes > valueBytesMax) {
      dropping = bytes + 2;
      dropped = new MemcachedCommand.TooLarge(how, words.get(1), noReply);
      storing = null;
      return in.remaining() > 0 ? drop(in) : null;
    }
    value.expect((int) bytes);
    return value(in, storing);
  }

  private @Nullable MemcachedCommand drop(Input in) {
    int count = (int) Math.min(dropping, in.remaining());
    in.skip(count);
    dropping -= count;
    return dropping > 0 ? null : dropped;
  }

  private @Nullable MemcachedCommand value(Input in, MemcachedCommand.Store head) {
    if (!value.take(in) || in.remaining() < 2) {
      return null;
    }
    if (in.peek(0) != '\r' || in.peek(1) != '\n') {
      throw new ProtocolException(0, "bad data chunk");
    }
    in.skip(2);
    storing = null;
    return new MemcachedCommand.Store(
        head.how(),
        head.key(),
        head.flags(),
        head.expiry(),
        value.finish(),
        head.version(),
        head.noReply());
  }

  private static boolean isNoReply(List<String> words, int at) {
    return words.size() == at + 1 && words.get(at).equals("noreply");
  }

  private static boolean isCommand(List<String> words, int count, boolean noReply) {
    return words.size() == (noReply ? count + 1 : count) && isKey(words.get(1));
  }

  private static boolean isKey(String word) {
    return word.length() <= KEY_BYTES_MAX && word.chars().allMatch(c -> c > ' ' && c != 0x7f);
  }
}
