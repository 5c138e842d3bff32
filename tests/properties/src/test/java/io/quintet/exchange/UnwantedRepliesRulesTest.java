package io.quintet.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Line;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Reply;
import io.quintet.service.Service;
import java.io.EOFException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** What becomes of answers that nobody takes, and of those that come once too often. */
class UnwantedRepliesRulesTest {
  private static final int FD = 50;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final Map<String, Reply<String>> replies = new LinkedHashMap<>();
  private final List<String> told = new ArrayList<>();
  private final ScriptedLoop loop = loop();

  private ScriptedLoop loop() {
    ScriptedLoop made =
        new ScriptedLoop(
                machine,
                Service.later(
                    Line.codec(),
                    (line, reply) -> {
                      replies.put(line, reply);
                      switch (line) {
                        case "twice" -> {
                          reply.send("once");
                          reply.send("twice");
                        }
                        case "throws" -> {
                          reply.send("sent");
                          throw new IllegalStateException("a fault behind it");
                        }
                        case "gone" -> {
                          reply.send("sent");
                          throw new CancellationException("nobody waits");
                        }
                        default -> {
                          // it is answered later
                        }
                      }
                    }),
                Map.of())
            .listening(false);
    made.accepts(FD);
    machine.calls();
    return made;
  }

  private Reply<String> asked(String line) {
    loop.receives(FD, line + "\n");
    return replies.get(line);
  }

  /** Those that were told, also by other threads. */
  private long failures() {
    loop.turn();
    return loop.figure("failures");
  }

  private void breaks() {
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void aHandlerThatAnswersTwiceHasFailedOnce() {
    asked("twice");
    assertEquals("once\n", machine.sent());
    assertEquals(1, failures());
    assertEquals(1, machine.said().size());
  }

  @Test
  void aHandlerThatThrowsBehindItsAnswerHasFailedToo() {
    asked("throws");
    assertEquals("sent\n", machine.sent());
    assertEquals(1, failures());
    assertTrue(machine.said().getFirst().contains("a fault behind it"));
    asked("gone");
    assertEquals(2, failures(), "somebody did wait");
  }

  @Test
  void howAHandlerEndsThatNobodyWaitsForIsNoFailure() {
    Reply<String> reply = asked("a");
    breaks();
    reply.fail(new CancellationException("it was told"));
    reply.fail(new InterruptedException("it was told"));
    reply.fail(new EOFException("its content ended"));
    reply.fail(new ProtocolException(0, "its content was wrong"));
    reply.fail(new IllegalStateException("it says why", new EOFException("its content ended")));
    assertEquals(0, failures());
    reply.fail(new IllegalStateException("a fault of its own"));
    assertEquals(1, failures());
    assertTrue(machine.said().getFirst().contains("a fault of its own"));
  }

  @Test
  void norWhereItTookTooLong() {
    Reply<String> reply = asked("a");
    loop.pass(4_000 + 4_000 / 128 + 1);
    reply.fail(new CancellationException("it was told"));
    assertEquals(0, failures());
    reply.fail(new IllegalStateException("a fault of its own"));
    assertEquals(1, failures());
  }

  @Test
  void allAreToldInOrderThatNobodyWaits() {
    Reply<String> reply = asked("a");
    reply.onCancelled(() -> told.add("first"));
    reply.onCancelled(
        () -> {
          throw new IllegalStateException("it is meant to fail");
        });
    reply.onCancelled(() -> told.add("third"));
    assertEquals(List.of(), told);
    breaks();
    assertEquals(List.of("first", "third"), told);
    assertEquals(1, failures());
    reply.onCancelled(() -> told.add("late"));
    assertEquals(List.of("first", "third", "late"), told);
    assertThrows(NullPointerException.class, () -> reply.onCancelled(null));
  }

  @Test
  void whoWasAnsweredIsNotTold() {
    Reply<String> reply = asked("a");
    reply.onCancelled(() -> told.add("told"));
    reply.send("b");
    loop.turn();
    breaks();
    assertEquals(List.of(), told);
  }

  @Test
  void eachReplyHasATimeThatIsCounted() {
    asked("a").send("b");
    loop.turn();
    long all =
        ((List<?>) loop.loop().stats().get("durations")).stream().mapToLong(n -> (long) n).sum();
    assertEquals(1, all);
  }

  /** Replies that are more than a socket takes, and go on. */
  private static final class Lengthy implements Codec<String, String>, Encoder<String, String> {
    private int dropped;

    @Override
    public String name() {
      return "lengthy";
    }

    @Override
    public Decoder<String> decoder() {
      return Line.codec().decoder();
    }

    @Override
    public Encoder<String, String> encoder() {
      return this;
    }

    @Override
    public void encode(String request, String reply, Output out) {
      out.putText("x".repeat(600));
      out.goOn(
          new ReplyParts() {
            @Override
            public Flow.Publisher<byte[]> publisher() {
              throw new IllegalStateException("its turn does not come");
            }

            @Override
            public void encode(byte[] part, Output to) {
              throw new IllegalStateException("it has none");
            }

            @Override
            public void encodeEnd(Output to) {
              throw new IllegalStateException("nor an end");
            }

            @Override
            public void drop() {
              dropped++;
              if (reply.equals("bad")) {
                throw new IllegalStateException("it cannot be dropped");
              }
            }
          });
    }

    @Override
    public void encodeFailure(String request, Throwable failure, Output out) {
      out.putText("failed\n");
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      out.putText("refused\n");
    }
  }

  @Test
  void partsWhoseTurnDoesNotComeAreDropped() {
    Lengthy codec = new Lengthy();
    ScriptedLoop other =
        new ScriptedLoop(machine, Service.of(codec, line -> line), Map.of()).listening(false);
    for (String line : List.of("good", "bad")) {
      other.accepts(60);
      machine.answer("send", -Linux.EAGAIN(), -Linux.EAGAIN(), -Linux.EAGAIN());
      other.receives(60, line + "\n");
      assertEquals(Linux.EPOLLOUT(), machine.events(60));
      machine.ready(60, Linux.EPOLLHUP());
      other.turn();
      assertEquals(0, other.figure("open"));
    }
    assertEquals(2, codec.dropped);
    other.turn();
    assertEquals(1, other.figure("failures"));
  }
}
