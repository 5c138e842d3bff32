package io.quintet.testkit;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.service.Handler;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a codec and a handler answer to a stream that is there at once, in one thread. */
final class Reference {
  private static final ProtocolException LATE = ProtocolException.late("request too slow");
  private static final ProtocolException EXCESS = ProtocolException.excess("too many connections");

  /** What a server tells a handler's failure from: it was too slow, or something else. */
  private static final List<Exception> FAILURES =
      List.of(new TimeoutException("too slow"), new IllegalStateException("stopped"));

  private static final int OUTPUT_BYTES = 4096;

  private Reference() {}

  /** Where replies are written, however long they are. */
  private static final class Written {
    private final ByteArrayOutputStream before = new ByteArrayOutputStream();
    private final Output out = new Output(OUTPUT_BYTES, this::spill);

    /** Begins a reply, which may be the last. */
    Output begin(boolean last) {
      out.begin(this::spill, SimulatedKernel.EPOCH_SECONDS, last);
      return out;
    }

    /** Begins one that stands alone. */
    Output beginAnew(boolean last) {
      before.reset();
      out.clear();
      return begin(last);
    }

    private void spill(Output full) {
      before.writeBytes(full.toBytes());
      full.clear();
    }

    int length() {
      return before.size() + out.length();
    }

    byte[] bytes() {
      spill(out);
      return before.toByteArray();
    }

    byte[] from(int start) {
      return Arrays.copyOfRange(bytes(), start, length());
    }
  }

  /** How a stream is cut: how many bytes come at once behind those that have come. */
  @FunctionalInterface
  private interface Cut {
    /** Every byte comes alone. */
    Cut BYTES = (_, from) -> from + 1;

    /** All of it comes at once. */
    Cut NONE = (stream, _) -> stream.length;

    /** Behind the first byte of a line comes the rest of it, so that it is looked at once whole. */
    Cut LINES =
        (stream, from) -> {
          int to = from;
          if (from == 0 || stream[from - 1] == '\n') {
            return from + 1;
          }
          while (to < stream.length && stream[to] != '\n') {
            to++;
          }
          return to + 1;
        };

    int next(byte[] stream, int from);
  }

  /** The replies to a stream. */
  static <Q, R> Replies replies(Codec<Q, R> codec, Handler<Q, R> handler, byte[] stream) {
    Written other = new Written();
    List<Replies.Reading> readings =
        Stream.of(Cut.BYTES, Cut.NONE, Cut.LINES)
            .map(cut -> new Read<>(codec, handler, stream, cut, other).reading())
            .toList();
    codec.encoder().encodeRefusal(codec.decoder().refusing(EXCESS), other.beginAnew(false));
    return new Replies(readings, other.bytes());
  }

  /** A stream that is read in pieces, and answered. */
  private static final class Read<Q, R> {
    private final Codec<Q, R> codec;
    private final Handler<Q, R> handler;
    private final Decoder<Q> decoder;
    private final Arriving<Q> arriving;
    private final Encoder<Q, R> encoder;
    private final Written out = new Written();
    private final Written other;
    private final List<Replies.Exchange> exchanges = new ArrayList<>();

    /** Whether a reply has changed the protocol. */
    private boolean changed;

    /** What is encoded besides goes through an output that others use too. */
    Read(Codec<Q, R> codec, Handler<Q, R> handler, byte[] stream, Cut cut, Written other) {
      this.other = other;
      this.codec = codec;
      this.handler = handler;
      this.decoder = codec.decoder();
      this.encoder = codec.encoder();
      this.arriving = new Arriving<>(decoder, stream, cut);
    }

    Replies.Reading reading() {
      byte[] end = {};
      List<byte[]> late = new ArrayList<>();
      try {
        if (!answer()) {
          late.add(refused(decoder.refusing(LATE)));
        }
      } catch (ProtocolException refusal) {
        end = refused(refusal);
      }
      Conversation frames =
          changed ? Conversation.of(arriving.stream, arriving.in.position()) : null;
      return new Replies.Reading(List.copyOf(exchanges), end, List.copyOf(late), frames);
    }

    byte[] refused(ProtocolException cause) {
      encoder.encodeRefusal(cause, other.beginAnew(false));
      return other.bytes();
    }

    /** Gives whether the connection ends behind one of the replies. */
    private boolean answer() {
      Draining draining = null;
      Begun begun = null;
      while (true) {
        Q request;
        try {
          request = arriving.next(draining);
        } finally {
          if (begun != null) {
            exchanges.add(begun.ended());
          }
        }
        if (request == null) {
          return draining != null && draining.endsConnection();
        }
        boolean last = codec.isLast(request);
        begun = new Begun(request);
        ReplyParts parts = out.out.parts();
        draining = parts == null ? null : new Draining(parts, out.out);
        changed = out.out.session() != null;
        if (changed || draining == null && (last || out.out.ended())) {
          exchanges.add(begun.ended());
          return true;
        }
      }
    }

    /** A reply that has begun. */
    private final class Begun {
      private final Q request;
      private final int readBytes = arriving.arrived;
      private final int from = out.length();
      private final int headEnd;
      private final boolean inParts;
      private @Nullable R reply;
      private @Nullable Exception failure;

      Begun(Q request) {
        this.request = request;
        try {
          reply = Objects.requireNonNull(handler.handle(request), "the handler's reply");
          encoder.encode(request, reply, out.begin(false));
        } catch (Exception failed) {
          failure = failed;
          encoder.encodeFailure(request, failed, out.begin(false));
        }
        headEnd = out.length();
        inParts = out.out.parts() != null;
      }

      /**
       * All of it has come. What may stand in its place is encoded only now, since a request takes
       * no more content once it is answered.
       */
      Replies.Exchange ended() {
        List<Replies.Other> others = new ArrayList<>();
        for (Exception cause : FAILURES) {
          others.addAll(failed(cause, Replies.Allowance.FAILURE));
        }
        if (failure == null) {
          others.add(last());
        } else {
          others.addAll(failed(failure, Replies.Allowance.EARLY_END));
        }
        return new Replies.Exchange(readBytes, out.from(from), List.copyOf(others), inParts);
      }

      /** A failure, and the same where it is the last. */
      private List<Replies.Other> failed(Exception cause, Replies.Allowance with) {
        encoder.encodeFailure(request, cause, other.beginAnew(false));
        boolean always = other.out.ended();
        byte[] bytes = other.bytes();
        encoder.encodeFailure(request, cause, other.beginAnew(true));
        return List.of(
            new Replies.Other(bytes, always, always, with),
            new Replies.Other(other.bytes(), other.out.ended(), always, with));
      }

      /** The same where it is the last. */
      private Replies.Other last() {
        encoder.encode(request, reply, other.beginAnew(true));
        boolean ends = other.out.ended() || inParts;
        byte[] head = other.bytes();
        byte[] rest = out.from(headEnd);
        byte[] bytes = Arrays.copyOf(head, head.length + rest.length);
        System.arraycopy(rest, 0, bytes, head.length, rest.length);
        return new Replies.Other(bytes, ends, false, Replies.Allowance.EARLY_END);
      }
    }
  }

  /** A stream that comes in pieces, and what is decoded of it. */
  private static final class Arriving<Q> {
    private final Decoder<Q> decoder;
    private final byte[] stream;
    private final Cut cut;
    private final Input in;
    private int arrived;

    Arriving(Decoder<Q> decoder, byte[] stream, Cut cut) {
      this.decoder = decoder;
      this.stream = stream;
      this.cut = cut;
      this.in = new Input(stream.length);
    }

    /** The next request, or null where there is none, or the connection ends before it. */
    @Nullable Q next(@Nullable Draining draining) {
      while (draining == null || !draining.endsConnection()) {
        boolean ofGiven = decoder.outcome().isOfGiven();
        Q request = in.remaining() > 0 ? decoder.decode(in) : null;
        if (request != null) {
          return request;
        }
        if (ofGiven && !decoder.outcome().isOfGiven() && in.remaining() > 0) {
          continue; // behind the content
        }
        if (arrived == stream.length) {
          decoder.end();
          return null;
        }
        int piece = Math.min(cut.next(stream, arrived), stream.length) - arrived;
        System.arraycopy(stream, arrived, in.array(), arrived, piece);
        arrived += piece;
        in.present(in.position(), arrived);
      }
      return null;
    }
  }

  /** A reply that comes in parts, as they are published. */
  private static final class Draining implements Flow.Subscriber<byte[]> {
    private final ReplyParts parts;
    private final Output out;
    private boolean failed;
    private boolean complete;

    Draining(ReplyParts parts, Output out) {
      this.parts = parts;
      this.out = out;
      parts.publisher().subscribe(this);
    }

    boolean hasFailed() {
      return failed;
    }

    boolean endsConnection() {
      return failed || complete && out.ended();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(byte[] part) {
      parts.encode(part, out);
    }

    @Override
    public void onError(Throwable failure) {
      failed = true;
    }

    @Override
    public void onComplete() {
      complete = true;
      parts.encodeEnd(out);
    }
  }
}
