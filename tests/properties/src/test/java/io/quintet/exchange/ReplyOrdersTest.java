package io.quintet.exchange;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.reactor.MailTaken;
import java.util.concurrent.TimeoutException;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the place of a reply does in every order of its threads' steps is what it does in some order
 * of whole calls: one answer is taken, the loop is told of it once, and what is not sent is
 * released.
 */
@Tag("orders")
public class ReplyOrdersTest {
  private static final String LOOP = "the loop's calls are one after the other";

  /** What becomes of an answer. */
  enum Sent {
    /** It is in its place. */
    TAKEN,
    /** Nobody wants it: it is released. */
    RELEASED,
    /** The request was answered before. */
    REFUSED
  }

  private final ThreadLocal<Integer> released = ThreadLocal.withInitial(() -> 0);
  private final Connection connection = new Connection();
  private final Exchange<String, String> place = Exchange.to(connection, "request");
  private boolean returned;
  private boolean abandoned;

  /** Whether the loop has found the reply ready when it looked. */
  private boolean seen;

  private final class Connection extends LoneConnection {
    @Override
    public void drop(String request, String reply) {
      released.set(Integer.parseInt(reply));
    }
  }

  @Operation
  public Sent send(@Param(gen = IntGen.class, conf = "1:9") int number) {
    released.set(0);
    try {
      place.send(Integer.toString(number));
      return released.get() == number ? Sent.RELEASED : Sent.TAKEN;
    } catch (IllegalStateException answeredBefore) {
      return Sent.REFUSED;
    }
  }

  /** The handler has returned, as far as the loop is concerned. */
  @Operation(nonParallelGroup = LOOP)
  public void returned() {
    if (!returned) {
      returned = true;
      place.handlerReturned();
      seen = place.isReady();
    }
  }

  @Operation(nonParallelGroup = LOOP)
  public void giveUp() {
    if (returned && !abandoned) {
      place.giveUp(new TimeoutException());
      seen |= place.isReady();
    }
  }

  /** Gives the answer that is released. */
  @Operation(nonParallelGroup = LOOP)
  public int abandon() {
    released.set(0);
    if (!abandoned) {
      abandoned = true;
      place.abandon();
    }
    return released.get();
  }

  /** The loop has seen the answer itself, or is told of it, once. */
  @Validate
  public void theLoopLearnsOfTheAnswer() {
    long told = MailTaken.from(connection.loop()).stream().filter(place::equals).count();
    assertTrue(told <= 1, "told " + told + " times");
    assertTrue(seen || told == 1 || !place.isReady(), "nobody encodes it");
  }

  /** A place of one thread. */
  public static final class InTurn {
    private int answer;
    private boolean filled;
    private boolean unwanted;
    private boolean returned;
    private boolean abandoned;

    public Sent send(int number) {
      if (filled) {
        return unwanted ? Sent.RELEASED : Sent.REFUSED;
      }
      filled = true;
      answer = number;
      return Sent.TAKEN;
    }

    public void returned() {
      returned = true;
    }

    public void giveUp() {
      if (returned && !abandoned) {
        unwanted = true;
        filled = true;
      }
    }

    public int abandon() {
      int left = abandoned ? 0 : answer;
      abandoned = true;
      unwanted |= !filled;
      filled = true;
      return left;
    }
  }

  @Test
  void everyOrderOfStepsIsAnOrderOfCalls() {
    new ModelCheckingOptions()
        .sequentialSpecification(InTurn.class)
        .iterations(15)
        .invocationsPerIteration(300)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(0)
        .actorsAfter(2)
        .check(ReplyOrdersTest.class);
  }
}
