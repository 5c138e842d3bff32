package io.quintet.testkit;

import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client may get for what it sends: the replies to its requests in order, and a refusal
 * where the stream ends in one. What else may stand in their place depends on what became of the
 * server and of the connection.
 *
 * @param readings the stream read in pieces of several sizes, byte by byte first: a request that is
 *     not whole may be found wrong in one and not in another
 * @param excess what a connection gets that is one too many
 */
record Replies(List<Reading> readings, byte[] excess) {
  /** What may happen to what a client gets, beside the right replies to all that it sends. */
  enum Allowance {
    /** The last request never gets whole, and is refused in the end. */
    LATE,
    /** The connection is one too many, and gets that in place of all. */
    EXCESS,
    /** A reply may be the last, and says so where the protocol can; the end may come behind any. */
    EARLY_END,
    /**
     * Connections end when they are old: a reply may be the last, and says so where the protocol
     * can. The end comes behind such a reply, and where it cannot say so behind any.
     */
    AGED,
    /** A failure may stand in place of a reply, or break off one that comes in parts. */
    FAILURE,
    /** The connection breaks, anywhere. */
    CUT,
    /** Handlers run beside the connection: what they send behind its end goes nowhere. */
    ELSEWHERE
  }

  /**
   * What one request is answered.
   *
   * @param readBytes bytes of the stream that were read when it was given
   * @param right its reply
   * @param others what may stand in its place: the same reply where it is the last, and failures
   * @param inParts whether the reply comes in parts, so that it may break off
   */
  record Exchange(int readBytes, byte[] right, List<Other> others, boolean inParts) {
    /** Whether the reply says so where it is the last. */
    private boolean saysLast() {
      return others.stream()
          .anyMatch(
              other ->
                  other.with == Allowance.EARLY_END
                      && other.ends
                      && !Arrays.equals(other.bytes, right));
    }
  }

  /**
   * What may stand in place of a reply.
   *
   * @param bytes what it is
   * @param ends whether the connection ends with it
   * @param always whether it ends so though replies behind it are owed
   * @param with what must be allowed for that
   */
  record Other(byte[] bytes, boolean ends, boolean always, Allowance with) {}

  /**
   * What was found in what a client got.
   *
   * @param requests how many are answered, at most; {@link #WRONG} if it cannot be, {@link #ALL} if
   *     no more could be
   * @param saidLast whether a reply said that it was the last
   */
  record Answered(int requests, boolean saidLast) {}

  /**
   * A way to read the stream.
   *
   * @param exchanges its requests and their replies
   * @param end the refusal behind them, or nothing
   * @param late what stands there where the last request never gets whole
   * @param conversation what follows in place of requests, if the protocol is changed
   */
  record Reading(
      List<Exchange> exchanges,
      byte[] end,
      List<byte[]> late,
      @Nullable Conversation conversation) {
    /** The replies to all of it, as far as they are sure to come. */
    int length() {
      int frames = conversation == null ? 0 : conversation.lengthAtLeast();
      return exchanges.stream().mapToInt(each -> each.right.length).sum() + end.length + frames;
    }

    /** Of the replies. */
    private int repliesLength() {
      return exchanges.stream().mapToInt(each -> each.right.length).sum() + end.length;
    }
  }

  /** No reply was taken that could be right. */
  static final int WRONG = -1;

  /** Nothing more was owed, or nothing could come behind a reply. */
  static final int ALL = Integer.MAX_VALUE;

  static final Replies NONE =
      new Replies(List.of(new Reading(List.of(), new byte[0], List.of(), null)), new byte[0]);

  /** The same to a stream that stands behind so many bytes that are no requests. */
  Replies behind(int bytes) {
    List<Reading> later =
        readings.stream()
            .map(
                reading ->
                    new Reading(
                        reading.exchanges.stream()
                            .map(
                                each ->
                                    new Exchange(
                                        each.readBytes + bytes,
                                        each.right,
                                        each.others,
                                        each.inParts))
                            .toList(),
                        reading.end,
                        reading.late,
                        reading.conversation == null ? null : reading.conversation.behind(bytes)))
            .toList();
    return new Replies(later, excess);
  }

  /** Bytes of the replies to all of it, if it is read byte by byte. */
  int length() {
    return readings.getFirst().length();
  }

  /** As many bytes of replies come however the stream is read. */
  int lengthAtLeast() {
    return readings.stream().mapToInt(Reading::length).min().orElseThrow();
  }

  /** Requests that were given when so many bytes of the stream were read. */
  int requestsIn(int bytes) {
    return (int)
        readings.getFirst().exchanges.stream().filter(each -> each.readBytes <= bytes).count();
  }

  /** Where the request ends, or its head, that is the next behind so many bytes of the stream. */
  int nextRequestAt(int bytes) {
    Reading reading = readings.getFirst();
    Conversation frames = reading.conversation;
    return reading.exchanges.stream()
        .mapToInt(Exchange::readBytes)
        .filter(end -> end > bytes)
        .findFirst()
        .orElse(frames == null ? Integer.MAX_VALUE : frames.nextFrameAt(bytes));
  }

  /** What follows the requests, if the protocol is changed. */
  @Nullable Conversation conversation() {
    return readings.getFirst().conversation;
  }

  /** Where frames begin in the right replies. */
  int framesAt() {
    return readings.getFirst().repliesLength();
  }

  /** The same with another conversation. */
  Replies with(Conversation other) {
    return new Replies(
        readings.stream()
            .map(each -> new Reading(each.exchanges, each.end, each.late, other))
            .toList(),
        excess);
  }

  /** Requests in all of it that can be answered. */
  int requests() {
    return readings.stream().mapToInt(each -> each.exchanges.size()).max().orElseThrow();
  }

  /** The right replies, as a text. */
  byte[] right() {
    Reading reading = readings.getFirst();
    byte[] all = new byte[reading.repliesLength()];
    int at = 0;
    for (Exchange each : reading.exchanges) {
      System.arraycopy(each.right, 0, all, at, each.right.length);
      at += each.right.length;
    }
    System.arraycopy(reading.end, 0, all, at, reading.end.length);
    return all;
  }

  /**
   * Whether a client may have got something, and nothing behind it.
   *
   * @param allowed what may have happened
   */
  Answered answered(byte[] got, Set<Allowance> allowed) {
    if (allowed.contains(Allowance.EXCESS) && isEnd(got, 0, excess, allowed)) {
      return new Answered(ALL, true);
    }
    int most = WRONG;
    boolean saidLast = false;
    for (Reading reading : readings) {
      Search search = new Search(reading, got, allowed);
      most = Math.max(most, search.from(0, 0));
      saidLast |= search.saidLast;
    }
    return new Answered(most, saidLast);
  }

  private static boolean isEnd(byte[] got, int at, byte[] end, Set<Allowance> allowed) {
    int left = got.length - at;
    return (left == end.length || left < end.length && allowed.contains(Allowance.CUT))
        && stands(got, at, end, left);
  }

  private static boolean stands(byte[] got, int at, byte[] what, int length) {
    return Arrays.mismatch(got, at, at + length, what, 0, length) < 0;
  }

  /** A search for the replies to one reading in what a client got. */
  private static final class Search {
    private final Reading reading;
    private final byte[] got;
    private final Set<Allowance> allowed;
    private final BitSet seen = new BitSet();
    private boolean saidLast;

    Search(Reading reading, byte[] got, Set<Allowance> allowed) {
      this.reading = reading;
      this.got = got;
      this.allowed = allowed;
    }

    /** Looks at what was got behind so many replies. Gives how many there are in the end. */
    int from(int replies, int at) {
      if (seen.get(replies * (got.length + 1) + at)) {
        return WRONG; // it led nowhere before, or has been counted
      }
      seen.set(replies * (got.length + 1) + at);
      boolean mayEnd =
          allowed.contains(Allowance.EARLY_END)
              || allowed.contains(Allowance.CUT)
              || allowed.contains(Allowance.AGED) && mayEndUnsaid(replies);
      int most = at == got.length && mayEnd ? replies : WRONG;
      if (replies == reading.exchanges.size() && reading.conversation != null) {
        boolean right = reading.conversation.mayGive(got, at, before(at));
        saidLast |= right;
        return right ? replies : WRONG;
      }
      if (replies == reading.exchanges.size()) {
        return isRightEnd(at) ? replies : most;
      }
      Exchange exchange = reading.exchanges.get(replies);
      most = Math.max(most, behind(replies, at, exchange.right, false));
      for (Other other : exchange.others) {
        if (isAllowed(other)) {
          int taken = behind(replies, at, other.bytes, other.ends);
          most = Math.max(most, taken != WRONG && other.always ? ALL : taken);
        }
      }
      boolean breaksOff = exchange.inParts && allowed.contains(Allowance.FAILURE);
      return most == WRONG && breaksOff && isBeginning(at, exchange) ? ALL : most;
    }

    /** A connection that was given up goes away once it has answered what it can. */
    private Set<Allowance> before(int at) {
      if (!allowed.contains(Allowance.FAILURE) || isRightUntil(at)) {
        return allowed;
      }
      Set<Allowance> more = EnumSet.copyOf(allowed);
      more.add(Allowance.EARLY_END);
      return more;
    }

    /** No failure stands in place of a reply. */
    private boolean isRightUntil(int at) {
      int from = 0;
      for (Exchange each : reading.exchanges) {
        if (from + each.right.length > at || !stands(got, from, each.right, each.right.length)) {
          return false;
        }
        from += each.right.length;
      }
      return from == at;
    }

    private boolean isAllowed(Other other) {
      return allowed.contains(other.with)
          || other.with == Allowance.EARLY_END && allowed.contains(Allowance.AGED);
    }

    /** Behind a reply for which the protocol has no word that it is the last. */
    private boolean mayEndUnsaid(int replies) {
      return replies > 0 && !reading.exchanges.get(replies - 1).saysLast();
    }

    /** Of the reply, also where it says that it is the last. */
    private boolean isBeginning(int at, Exchange exchange) {
      return isBeginning(at, exchange.right)
          || exchange.others.stream()
              .filter(other -> other.with == Allowance.EARLY_END && isAllowed(other))
              .anyMatch(other -> isBeginning(at, other.bytes));
    }

    private boolean isBeginning(int at, byte[] of) {
      int left = got.length - at;
      return left < of.length && stands(got, at, of, left);
    }

    private int behind(int replies, int at, byte[] reply, boolean ends) {
      if (got.length - at < reply.length) {
        return allowed.contains(Allowance.CUT) && isBeginning(at, reply) ? replies : WRONG;
      }
      if (!stands(got, at, reply, reply.length)) {
        return WRONG;
      }
      int next = at + reply.length;
      if (ends) {
        saidLast |= next == got.length;
        return next == got.length ? replies + 1 : WRONG;
      }
      return from(replies + 1, next);
    }

    private boolean isRightEnd(int at) {
      if (isEnd(got, at, reading.end, allowed)) {
        return true;
      }
      return allowed.contains(Allowance.LATE)
          && reading.late.stream().anyMatch(late -> isEnd(got, at, late, allowed));
    }
  }
}
