package io.quintet.testkit;

import io.quintet.ServerBuilder;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.codec.Session;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Reply;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A codec that counts the requests that are taken of each client, and what becomes of replies:
 * whatever a handler gives is encoded or dropped, once.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class ReplyLedger<Q, R> implements Codec<Q, R> {
  private final Codec<Q, R> codec;
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong encoded = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong takenOfAll = new AtomicLong();

  /** How many handlers began on each thread, by its name. */
  private final Map<String, Integer> begun = new ConcurrentHashMap<>();

  private final Map<Integer, Integer> taken = new ConcurrentHashMap<>();

  /** Requests that were taken, compared by identity; some codecs give one object for many. */
  private final Map<Q, Taken> requests = Collections.synchronizedMap(new IdentityHashMap<>());

  /** What was taken last of each connection, compared by identity. */
  private final Map<Object, Taken> last = Collections.synchronizedMap(new IdentityHashMap<>());

  private final Map<Integer, String> hosts = new ConcurrentHashMap<>();
  private boolean mixed;

  /** How long a request may wait for a worker; 0 is no limit. */
  private long queueNanos;

  private int count;
  private @Nullable SimulatedMachine machine;
  private @Nullable Conduct conduct;

  /** What became of a request. */
  private static final class Taken {
    private int decoded;
    private long decodedNanos;
    private int begun;
    private Object connection = this;
    private boolean inline;
    private boolean ordered;

    /** Whether it is one of the short requests, for which workers may be reserved. */
    private boolean brief;

    /** Whether the codec gives the object for many requests, so that little is known of it. */
    private boolean shared;

    /** The one before it on its connection, and the one behind it, if that was taken. */
    private @Nullable Taken before;

    private @Nullable Taken next;

    /** Whether its answer came when its time was up. */
    private boolean late;

    /** Whether one behind it was handled before it, though their order matters on workers. */
    private boolean isPassed(Taken behind) {
      boolean matters = (ordered || behind.ordered) && !inline && !behind.inline;
      return matters && behind.begun > 0 && !shared && !behind.shared;
    }
  }

  ReplyLedger(Codec<Q, R> codec) {
    this.codec = codec;
  }

  /** Where it is used, and what is known of the connections there. */
  void in(SimulatedMachine where, Conduct known) {
    machine = where;
    conduct = known;
  }

  /** Some requests are handled on the loop, and some only behind the one before. */
  void mix() {
    mixed = true;
  }

  /** Workers handle nothing that has waited longer. */
  void waitsFor(long nanos) {
    queueNanos = nanos;
  }

  /** The same handler, each of whose runs is judged, and whose replies are counted. */
  Handler<Q, R> counted(Handler<Q, R> handler) {
    Handler<Q, R> answering = answering(handler);
    return request -> {
      begins(request);
      return answering.handle(request);
    };
  }

  /**
   * The same handler, which begins at once and answers when it is let.
   *
   * @param owing gets each reply and what answers it
   */
  AsyncHandler<Q, R> counted(Handler<Q, R> handler, BiConsumer<Reply<R>, Runnable> owing) {
    Handler<Q, R> answering = answering(handler);
    return (request, reply) -> {
      begins(request);
      owing.accept(reply, () -> answer(answering, request, reply));
    };
  }

  private static <Q, R> void answer(Handler<Q, R> handler, Q request, Reply<R> reply) {
    R value;
    try {
      value = handler.handle(request);
    } catch (Exception failure) {
      reply.fail(failure);
      return;
    }
    if (value == null) {
      reply.fail(new NullPointerException("the handler's reply"));
    } else {
      reply.send(value);
    }
  }

  /** A handler that answers for one that has begun before. */
  private Handler<Q, R> answering(Handler<Q, R> handler) {
    return request -> {
      R reply = handler.handle(request);
      if (reply != null) {
        given.incrementAndGet();
      }
      Taken known = requests.get(request);
      if (known != null) {
        known.late = isTimeUp(known);
      }
      return reply;
    };
  }

  /** A handler begins: once for each request that was taken, and not when its time is up. */
  private void begins(Q request) {
    Taken known = requests.get(request);
    if (machine == null) {
      return;
    }
    begun.merge(machine.turns().current().name, 1, Integer::sum);
    if (known != null && known.next != null && known.isPassed(known.next)) {
      machine.violation("a request is handled before the one in front of it", null);
    }
    if (known == null || ++known.begun > known.decoded) {
      machine.violation(
          "a handler runs again, or for what is no request: " + codec.describe(request), null);
    } else if (isTimeUp(known)) {
      machine.violation(
          "a handler begins when its time is up already: " + codec.describe(request), null);
    } else if (hasWaitedTooLong(known)) {
      machine.violation(
          "a worker handles what has waited too long: " + codec.describe(request), null);
    } else if (isReservedFromIt(known)) {
      machine.violation(
          "a worker that is reserved for short requests handles a long one: "
              + codec.describe(request),
          null);
    }
  }

  /** One may have to, where a call failed with which the last other worker ended. */
  private boolean isReservedFromIt(Taken known) {
    return !known.brief
        && !known.shared
        && machine.turns().current().name.contains("reserved")
        && !machine.isStruck();
  }

  /** The same server, told which requests are short. */
  ServerBuilder toldWhichAreShort(ServerBuilder server) {
    return server.shortRequests(
        Object.class,
        request -> {
          Taken known = requests.get(request);
          return known != null && known.brief;
        });
  }

  private boolean isTimeUp(Taken known) {
    return conduct != null && !known.shared && conduct.hasGivenUp(known.connection);
  }

  private boolean hasWaitedTooLong(Taken known) {
    return queueNanos > 0
        && !known.shared
        && !machine.turns().current().name.contains("loop")
        && machine.nanos() - known.decodedNanos > queueNanos;
  }

  boolean isBalanced() {
    return given.get() == encoded.get() + dropped.get();
  }

  @Override
  public String toString() {
    return "%d replies were given, %d encoded and %d dropped"
        .formatted(given.get(), encoded.get(), dropped.get());
  }

  @Override
  public String name() {
    return codec.name();
  }

  /** Requests that were decoded of what came from a port. */
  int taken(int port) {
    return taken.getOrDefault(port, 0);
  }

  /** The same, of all connections. */
  long takenOfAll() {
    return takenOfAll.get();
  }

  /**
   * Handlers that began on a thread of a name, or on those whose names begin with it and a dash.
   */
  long begunOn(String thread) {
    return begun.entrySet().stream()
        .filter(each -> (each.getKey() + "-").startsWith(thread + "-"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private void take(Peer from) {
    takenOfAll.incrementAndGet();
    if (from.address().orElse(null) instanceof InetSocketAddress address) {
      taken.merge(address.getPort(), 1, Integer::sum);
      hosts.put(address.getPort(), address.getAddress().getHostAddress());
    } else if (from.address().orElse(null) instanceof UnixDomainSocketAddress local) {
      taken.merge(Integer.valueOf(local.getPath().getFileName().toString()), 1, Integer::sum);
    }
  }

  /** The address that clients with a port were taken to have; empty if that is not known. */
  String host(int port) {
    return hosts.getOrDefault(port, "");
  }

  @Override
  public Decoder<Q> decoder() {
    Decoder<Q> decoder = codec.decoder();
    return new Decoder<>() {
      @Override
      public @Nullable Q decode(Input in) {
        Q request = decoder.decode(in);
        if (request != null) {
          take(in.peer());
          Taken known = requests.get(request);
          if (known == null) {
            known = new Taken();
            requests.put(request, known);
          } else {
            known.shared = true;
          }
          known.decoded++;
          known.decodedNanos = machine == null ? 0 : machine.nanos();
          known.connection = in.peer();
          count++;
          known.brief = count % 2 == 0;
          known.inline = mixed && count % 3 == 0;
          known.ordered = mixed && count % 4 == 0;
          known.before = last.put(in.peer(), known);
          if (known.before != null) {
            known.before.next = known;
          }
        }
        return request;
      }

      @Override
      public Outcome outcome() {
        return decoder.outcome();
      }

      @Override
      public byte @Nullable [] interim() {
        return decoder.interim();
      }

      @Override
      public ProtocolException refusing(ProtocolException cause) {
        return decoder.refusing(cause);
      }

      @Override
      public void end() {
        decoder.end();
      }
    };
  }

  @Override
  public Encoder<Q, R> encoder() {
    Encoder<Q, R> encoder = codec.encoder();
    return new Encoder<>() {
      @Override
      public void encode(Q request, R reply, Output out) {
        int before = out.length();
        encoder.encode(request, reply, out);
        encoded.incrementAndGet();
        isWritten(before, out);
        if (out.parts() instanceof ReplyParts rest) {
          out.goOn(counted(rest));
        }
        if (out.session() instanceof Session next) {
          out.become(new CountedSession(next));
        }
        Taken known = requests.get(request);
        if (machine != null && known != null && known.late && !known.shared) {
          machine.violation("what is answered when the time is up is sent", null);
        }
      }

      @Override
      public void encodeFailure(Q request, Throwable failure, Output out) {
        int before = out.length();
        encoder.encodeFailure(request, failure, out);
        isWritten(before, out);
      }

      @Override
      public void encodeRefusal(ProtocolException refusal, Output out) {
        int before = out.length();
        encoder.encodeRefusal(refusal, out);
        isWritten(before, out);
      }
    };
  }

  /** The same parts, with what is written of them counted. */
  private ReplyParts counted(ReplyParts parts) {
    return new ReplyParts() {
      @Override
      public Flow.Publisher<byte[]> publisher() {
        return parts.publisher();
      }

      @Override
      public void encode(byte[] part, Output out) {
        int before = out.length();
        parts.encode(part, out);
        isWritten(before, out);
      }

      @Override
      public void encodeEnd(Output out) {
        int before = out.length();
        parts.encodeEnd(out);
        isWritten(before, out);
      }

      @Override
      public void drop() {
        parts.drop();
      }
    };
  }

  /** The same session, with what it writes counted. */
  private final class CountedSession implements Session {
    private final Session session;

    CountedSession(Session session) {
      this.session = session;
    }

    @Override
    public void open(Link link) {
      session.open(link);
    }

    @Override
    public void receive(Input in) {
      session.receive(in);
    }

    @Override
    public boolean isHolding() {
      return session.isHolding();
    }

    @Override
    public boolean hasOutput() {
      return session.hasOutput();
    }

    @Override
    public void write(Output out) {
      int before = out.length();
      session.write(out);
      isWritten(before, out);
    }

    @Override
    public boolean isConcluding() {
      return session.isConcluding();
    }

    @Override
    public void conclude() {
      session.conclude();
    }

    @Override
    public void finish() {
      session.finish();
    }

    @Override
    public boolean keepAlive() {
      return session.keepAlive();
    }

    @Override
    public void refuse(ProtocolException cause) {
      session.refuse(cause);
    }

    @Override
    public void giveUp() {
      session.giveUp();
    }

    @Override
    public void lost() {
      session.lost();
    }

    @Override
    public String toString() {
      return session.toString();
    }
  }

  /** The thread that has the turn will send it next, to one connection. */
  private void isWritten(int before, Output out) {
    if (machine != null) {
      machine.turns().current().written += Math.max(out.length() - before, 0);
    }
  }

  @Override
  public void drop(R reply) {
    dropped.incrementAndGet();
    codec.drop(reply);
  }

  @Override
  public List<String> applicationProtocols() {
    return codec.applicationProtocols();
  }

  @Override
  public boolean isLast(Q request) {
    return codec.isLast(request);
  }

  @Override
  public boolean isInline(Q request) {
    Taken known = requests.get(request);
    return codec.isInline(request) || known != null && known.inline;
  }

  @Override
  public boolean isOrdered(Q request) {
    Taken known = requests.get(request);
    return codec.isOrdered(request) || known != null && known.ordered;
  }

  @Override
  public String describe(Q request) {
    return codec.describe(request);
  }

  @Override
  public Q detach(Q request) {
    Q detached = codec.detach(request);
    Taken known = detached == request ? null : requests.get(request);
    if (known != null) {
      known.decoded--;
      Taken moved = requests.computeIfAbsent(detached, _ -> new Taken());
      moved.decoded++;
      moved.connection = known.connection;
      moved.ordered = known.ordered;
      moved.inline = known.inline;
      moved.brief = known.brief;
      moved.decodedNanos = known.decodedNanos;
      last.put(moved.connection, moved);
      if (known.before != null) {
        known.before.next = moved;
      }
    }
    return detached;
  }
}
