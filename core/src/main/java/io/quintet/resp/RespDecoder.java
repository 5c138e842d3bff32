package io.quintet.resp;

import io.quintet.codec.Decoder;
import io.quintet.codec.Gatherer;
import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes commands out of bytes. Each phase consumes what is its own and sets the next one, so that
 * nothing is looked at again but the short line of a length.
 */
final class RespDecoder implements Decoder<RespCommand> {
  /** Longest line of a length: a sign, the digits of a long, and the line's end. */
  private static final int LENGTH_LINE_BYTES_MAX = 24;

  /** Words for which room is made on the word of a count. */
  private static final int WORDS_FIRST = 16;

  private static final int CUT = -1;

  /** What comes next of a command. */
  @FunctionalInterface
  private interface Phase {
    /** Takes its part, and says whether that has arrived whole. */
    boolean take(Input in);
  }

  private final Resp.Limits limits;
  private final Gatherer word = new Gatherer();
  private final Phase atStart = this::start;
  private final Phase atLength = this::length;
  private final Phase inWord = this::word;

  private Phase phase = atStart;
  private List<byte[]> words = List.of();
  private int wordsMissing;
  private int bytes;

  /** Bytes of an incomplete inline command that were searched for its end. */
  private int searched;

  /** A command that is to be given. */
  private @Nullable RespCommand complete;

  /** What the line that was read last says. */
  private long number;

  RespDecoder(Resp.Limits limits) {
    this.limits = limits;
  }

  @Override
  public @Nullable RespCommand decode(Input in) {
    while (complete == null && phase.take(in)) {
      // on to the next part
    }
    RespCommand command = complete;
    complete = null;
    return command;
  }

  @Override
  public Outcome outcome() {
    if (phase == inWord) {
      return Outcome.NEED_CONTENT;
    }
    return phase == atStart && searched == 0 ? Outcome.IDLE : Outcome.NEED_HEAD;
  }

  private boolean start(Input in) {
    if (in.remaining() == 0) {
      return false;
    }
    if (in.peek(0) != '*') {
      return inline(in);
    }
    int end = numberLine(in, "multibulk");
    if (end == CUT) {
      return false;
    }
    if (number > limits.wordsMax()) {
      throw malformed("invalid multibulk length");
    }
    in.skip(end);
    if (number > 0) { // an empty one is passed over, as Redis does
      wordsMissing = (int) number;
      words = new ArrayList<>(Math.min(wordsMissing, WORDS_FIRST));
      bytes = 0;
      phase = atLength;
    }
    return true;
  }

  private boolean length(Input in) {
    if (in.remaining() == 0) {
      return false;
    }
    if (in.peek(0) != '$') {
      char found = (char) (in.peek(0) & 0xff);
      throw malformed("expected '$', got '" + (found < ' ' || found > '~' ? '?' : found) + "'");
    }
    int end = numberLine(in, "bulk");
    if (end == CUT) {
      return false;
    }
    if (number < 0 || number > limits.wordBytesMax() || bytes + number > limits.bytesMax()) {
      throw malformed("invalid bulk length");
    }
    in.skip(end);
    bytes += (int) number;
    if (in.remaining() >= number + 2) {
      whole(in, in.take((int) number));
    } else {
      word.expect((int) number);
      phase = inWord;
    }
    return true;
  }

  private boolean word(Input in) {
    if (!word.take(in) || in.remaining() < 2) {
      return false;
    }
    whole(in, word.finish());
    return true;
  }

  /** A word has arrived, and so has its line end. */
  private void whole(Input in, byte[] taken) {
    if (in.peek(0) != '\r' || in.peek(1) != '\n') {
      throw malformed("bulk longer than its length");
    }
    in.skip(2);
    words.add(taken);
    wordsMissing--;
    phase = atLength;
    if (wordsMissing == 0) {
      complete = new RespCommand(words.toArray(byte[][]::new), in.peer());
      words = List.of();
      phase = atStart;
    }
  }

  /** Reads a line of a sign and a number; gives its length with its end, or CUT. */
  private int numberLine(Input in, String what) {
    int most = Math.min(in.remaining(), LENGTH_LINE_BYTES_MAX);
    boolean negative = most > 1 && in.peek(1) == '-';
    int first = negative ? 2 : 1;
    long value = 0;
    for (int at = first; at < most; at++) {
      byte b = in.peek(at);
      if (b == '\r' && at > first) {
        if (at + 1 == in.remaining()) {
          return CUT;
        }
        if (in.peek(at + 1) != '\n') {
          throw malformed("invalid " + what + " length");
        }
        number = negative ? -value : value;
        return at + 2;
      }
      if (b < '0' || b > '9') {
        throw malformed("invalid " + what + " length");
      }
      value = Math.min(value * 10 + (b - '0'), Integer.MAX_VALUE); // more than any limit
    }
    if (most == LENGTH_LINE_BYTES_MAX) {
      throw malformed("invalid " + what + " length");
    }
    return CUT;
  }

  /** A line of words, as one types it. */
  private boolean inline(Input in) {
    int end = in.indexOf((byte) '\n', searched);
    if ((end < 0 ? in.remaining() : end) > limits.inlineBytesMax()) {
      throw malformed("too big inline request");
    }
    if (end < 0) {
      searched = in.remaining();
      return false;
    }
    searched = 0;
    byte[] line = in.take(end + 1);
    boolean carriageReturn = end > 0 && line[end - 1] == '\r';
    List<byte[]> split = InlineWords.split(line, carriageReturn ? end - 1 : end);
    if (split == null) {
      throw malformed("unbalanced quotes in request");
    }
    if (split.size() > limits.wordsMax()) {
      throw malformed("too big inline request");
    }
    if (!split.isEmpty()) {
      RespCommand command = new RespCommand(split.toArray(byte[][]::new), in.peer());
      if (isOfHttp(command)) {
        throw malformed("this is not HTTP");
      }
      complete = command;
    }
    return true;
  }

  /**
   * What a browser was made to send may have commands in its content: as Redis does, the connection
   * ends before.
   */
  private static boolean isOfHttp(RespCommand command) {
    return command.is("POST") || command.name().startsWith("HOST:");
  }

  private static ProtocolException malformed(String what) {
    return new ProtocolException(0, "Protocol error: " + what);
  }
}
