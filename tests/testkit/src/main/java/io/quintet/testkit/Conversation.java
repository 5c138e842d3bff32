package io.quintet.testkit;

import io.quintet.testkit.ClientFrames.Kind;
import io.quintet.testkit.ClientFrames.Told;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client of a WebSocket may get for the frames that it sends, where each message comes back
 * ({@link Echoing}): the messages in order, to the byte; pongs in order, none behind the echo of a
 * message that followed its ping; one close frame with the right code, and nothing behind it.
 *
 * @param stream what the client sends
 * @param from where its frames begin
 * @param told what the server is told by them
 * @param frameEnds where those frames end that are whole
 * @param before bytes that the client sends in front of that stream
 */
record Conversation(byte[] stream, int from, List<Told> told, List<Integer> frameEnds, int before) {
  /** A server that drains, or has had a connection for long enough, closes so. */
  private static final int GOING_AWAY = 1001;

  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  static Conversation of(byte[] stream, int from) {
    ClientFrames frames = new ClientFrames(stream, from, Echoing.MESSAGE_MAX);
    return new Conversation(stream, from, frames.told(), frames.frameEnds(), 0);
  }

  /** The same to a stream that stands behind so many other bytes. */
  Conversation behind(int bytes) {
    return new Conversation(stream, from, told, frameEnds, before + bytes);
  }

  /** A frame of the server's. */
  private record Frame(int opcode, byte[] payload, int end) {
    int code() {
      return payload.length < 2 ? ClientFrames.NONE : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    }

    /** The frame that begins there; null where it is not whole or is none that a server sends. */
    static @Nullable Frame at(byte[] got, int at) {
      if (got.length - at < 2 || got[at + 1] < 0) {
        return null;
      }
      int length = got[at + 1];
      int more = length == 126 ? 2 : 0;
      int payload = at + 2 + more;
      if (got.length < payload) {
        return null;
      }
      if (more > 0) {
        length = (got[at + 2] & 0xff) << 8 | got[at + 3] & 0xff;
      }
      int opcode = got[at] & 0x7f;
      boolean minimal = more == 0 || length > 125;
      return got[at] < 0 && minimal && length <= got.length - payload
          ? new Frame(opcode, Arrays.copyOfRange(got, payload, payload + length), payload + length)
          : null;
    }
  }

  /** A server's frame. */
  private static byte[] frame(int opcode, byte[] payload) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0x80 | opcode);
    if (payload.length > 125) {
      bytes.write(126);
      bytes.write(payload.length >> 8);
      bytes.write(payload.length);
    } else {
      bytes.write(payload.length);
    }
    bytes.writeBytes(payload);
    return bytes.toByteArray();
  }

  private static byte[] echo(Told message) {
    return frame(message.kind() == Kind.TEXT ? 1 : 2, message.payload());
  }

  /** Those messages that come back, if nothing ends the WebSocket before. */
  private List<Told> echoed() {
    return told.stream().takeWhile(each -> !closes(each)).filter(Told::isMessage).toList();
  }

  /** Whether the WebSocket ends with it. */
  private static boolean closes(Told each) {
    return each.isLast() || each.kind() == Kind.TEXT && Echoing.closing(each.payload()) != 0;
  }

  /** Messages that the server is told of. */
  List<Told> messages() {
    return told.stream().filter(Told::isMessage).toList();
  }

  /** Bytes that come in any case, if nothing happens to the connection. */
  int lengthAtLeast() {
    return echoed().stream().mapToInt(each -> echo(each).length).sum();
  }

  /** Where the frame ends that is the next behind so many bytes that the client has sent. */
  int nextFrameAt(int bytes) {
    return frameEnds.stream()
        .mapToInt(end -> end + before)
        .filter(end -> end > bytes)
        .findFirst()
        .orElse(Integer.MAX_VALUE);
  }

  /** Whether a client may have got that, and nothing behind it. */
  boolean mayGive(byte[] got, int at, Set<Replies.Allowance> allowed) {
    return new Search(got, allowed).from(at);
  }

  /**
   * What a client sends when it has got something: it answers a close frame and a ping behind the
   * frame that it is in.
   *
   * @param got what it has got of the server's frames, and where they begin
   * @param sent bytes of the stream that it has sent
   * @param pings whether it answers the last ping
   * @return a stream with the same beginning, or the same stream
   */
  byte[] answered(byte[] got, int at, int sent, boolean pings) {
    Frame last = null;
    int next = at;
    for (Frame each = Frame.at(got, next); each != null; each = Frame.at(got, next)) {
      last = each;
      next = each.end;
    }
    boolean between = sent == from || frameEnds.contains(sent);
    int end =
        frameEnds.stream()
            .mapToInt(Integer::intValue)
            .filter(each -> each > sent)
            .findFirst()
            .orElse(Integer.MAX_VALUE);
    int cut = between ? sent : end;
    boolean over = told.stream().anyMatch(each -> each.isLast() && each.end() <= cut);
    if (last == null || cut > stream.length || over) {
      return stream;
    }
    byte[] behind = Arrays.copyOfRange(stream, cut, stream.length);
    return switch (last.opcode) {
      case CLOSE -> joined(cut, Echoing.masked(CLOSE, true, last.payload), new byte[0]);
      case PING -> pings ? joined(cut, Echoing.masked(PONG, true, last.payload), behind) : stream;
      default -> stream;
    };
  }

  private byte[] joined(int cut, byte[] frame, byte[] behind) {
    byte[] all = Arrays.copyOf(stream, cut + frame.length + behind.length);
    System.arraycopy(frame, 0, all, cut, frame.length);
    System.arraycopy(behind, 0, all, cut + frame.length, behind.length);
    return all;
  }

  /** A search for the frames in what a client got. */
  private final class Search {
    private final byte[] got;
    private final Set<Replies.Allowance> allowed;
    private final List<Told> echoed = echoed();
    private int echoes;

    /** Whether the last frame asks whether the client is there. */
    private boolean pinged;

    /** The pings of which one may be the last that was answered, plus one; 0 is none. */
    private BitSet ponged = BitSet.valueOf(new long[] {1});

    Search(byte[] got, Set<Replies.Allowance> allowed) {
      this.got = got;
      this.allowed = allowed;
    }

    boolean from(int begin) {
      int at = begin;
      while (at < got.length) {
        Frame next = Frame.at(got, at);
        if (next == null) {
          return allowed.contains(Replies.Allowance.CUT) && isBeginning(at);
        }
        at = next.end;
        if (next.opcode == CLOSE) {
          return at == got.length && isRightClose(next);
        }
        if (!isRight(next)) {
          return false;
        }
      }
      return allowed.contains(Replies.Allowance.CUT) || isRightEnd();
    }

    private boolean isRight(Frame next) {
      pinged = next.opcode == PING;
      return switch (next.opcode) {
        case PONG -> isPong(next.payload);
        case PING -> next.payload.length == 0;
        default -> isEcho(next);
      };
    }

    private boolean isEcho(Frame next) {
      if (echoes == echoed.size()) {
        return false;
      }
      Told message = echoed.get(echoes++);
      return next.opcode == (message.kind() == Kind.TEXT ? 1 : 2)
          && Arrays.equals(next.payload, message.payload())
          && answers(message);
    }

    /** Takes a pong for one of the pings that are not answered. */
    private boolean isPong(byte[] payload) {
      BitSet next = new BitSet();
      for (int ping = ponged.nextSetBit(0); ping < told.size(); ping++) {
        Told each = told.get(ping);
        if (each.kind() == Kind.PING && Arrays.equals(each.payload(), payload)) {
          next.set(ping + 1);
        }
      }
      ponged = next;
      return !next.isEmpty();
    }

    /** Whether a ping before it was answered, the last one or one behind that. */
    private boolean answers(@Nullable Told behind) {
      int last = 0;
      for (int i = 0; i < told.size() && told.get(i) != behind; i++) {
        last = told.get(i).kind() == Kind.PING ? i + 1 : last;
      }
      ponged.clear(0, last);
      return !ponged.isEmpty();
    }

    private boolean isRightClose(Frame close) {
      if (close.code() == GOING_AWAY
          && close.payload.length == 2
          && allowed.contains(Replies.Allowance.EARLY_END)) {
        return true;
      }
      boolean elsewhere = allowed.contains(Replies.Allowance.ELSEWHERE);
      boolean listener = false; // only the first message that asks for it closes
      for (Told each : told) {
        if (!closes(each) || listener && !each.isLast()) {
          continue;
        }
        boolean inTurn = elsewhere && each.isLast() || echoes == echoed.size();
        if (inTurn && isCode(each, close)) {
          return answers(each);
        }
        if (!elsewhere) {
          return false;
        }
        listener = true;
      }
      return false;
    }

    private static boolean isCode(Told each, Frame close) {
      int code = each.isLast() ? each.code() : Echoing.closing(each.payload());
      boolean says = each.kind() == Kind.WRONG;
      return close.code() == code && says == close.payload.length > 2;
    }

    /**
     * Without a close frame: the client has ended its half without one, or did not answer a ping.
     */
    private boolean isRightEnd() {
      boolean halfClosed = !allowed.contains(Replies.Allowance.LATE);
      boolean forgone = halfClosed && allowed.contains(Replies.Allowance.ELSEWHERE);
      boolean nothingEndsIt = forgone ? told.stream().noneMatch(Told::isLast) : isUnclosed();
      return nothingEndsIt
          && (halfClosed || pinged)
          && (forgone || echoes == echoed.size())
          && answers(null);
    }

    private boolean isUnclosed() {
      return told.stream().noneMatch(Conversation::closes);
    }

    /** Of a frame that may come next. */
    private boolean isBeginning(int at) {
      byte[] left = Arrays.copyOfRange(got, at, got.length);
      if (left.length == 1) {
        return Set.of(0x81, 0x82, 0x88, 0x89, 0x8a).contains(left[0] & 0xff);
      }
      if (echoes < echoed.size() && isBeginning(left, echo(echoed.get(echoes)))) {
        return true;
      }
      return (left[0] & 0xff) == (0x80 | CLOSE)
          || told.stream()
              .filter(each -> each.kind() == Kind.PING)
              .anyMatch(each -> isBeginning(left, frame(PONG, each.payload())));
    }

    private static boolean isBeginning(byte[] left, byte[] of) {
      return left.length <= of.length && Arrays.mismatch(left, of) == left.length
          || Arrays.equals(left, of);
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Told each : told) {
      text.append(' ').append(each.kind());
      text.append(
          each.kind().compareTo(Kind.CLOSE) < 0
              ? " \"" + new String(each.payload(), StandardCharsets.ISO_8859_1) + '"'
              : " " + each.code());
    }
    return "frames:" + text;
  }
}
