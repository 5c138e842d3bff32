package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a mailbox does in every order of its threads' steps is what it does in some order of whole
 * calls: no mail is lost or doubled, the oldest comes first, each sleep is ended by one signal,
 * from the sender that finds it, and mail that comes once it is closed is refused.
 */
@Tag("orders")
public class MailboxOrdersTest {
  private static final String OWNER = "the owner's calls are one after the other";

  private final ThreadLocal<Boolean> signalled = ThreadLocal.withInitial(() -> false);

  /** What the eventfd counts. */
  private final AtomicLong counted = new AtomicLong();

  private final Mailbox mailbox = new Mailbox("mailbox", kernel());
  private final List<Integer> cleared = new ArrayList<>();
  private boolean dozing;
  private volatile boolean closed;

  /** What has become of a letter. */
  enum Posted {
    /** It is there. */
    LEFT,
    /** Likewise, and its sender has written to the eventfd. */
    SIGNALLED,
    /** The mailbox is closed. */
    REFUSED
  }

  private final class Letter extends Mail {
    private final int number;

    Letter(int number) {
      this.number = number;
    }

    @Override
    public void undelivered() {
      cleared.add(number);
    }

    @Override
    public void deliver() {
      throw new IllegalStateException("it is looked at only");
    }
  }

  /** An eventfd, of which is noted who writes to it. */
  private Kernel kernel() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "eventfd" -> 3;
                  case "signal" -> {
                    signalled.set(true);
                    assertFalse(closed, "a sender writes to a descriptor that is closed");
                    counted.incrementAndGet();
                    yield 0L;
                  }
                  case "read" -> read((long) arguments[1]);
                  case "close" -> {
                    closed = true;
                    yield 0;
                  }
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "toString" -> "kernel";
                  default -> throw new IllegalStateException(method.getName());
                });
  }

  /** As read(2) of an eventfd that does not block. */
  private long read(long buffer) {
    long count = counted.getAndSet(0);
    if (count == 0) {
      return -Linux.EAGAIN();
    }
    MemorySegment.ofAddress(buffer).reinterpret(Long.BYTES).set(ValueLayout.JAVA_LONG, 0, count);
    return Long.BYTES;
  }

  @Operation
  public Posted post(@Param(gen = IntGen.class, conf = "1:9") int number) {
    signalled.set(false);
    if (!mailbox.post(new Letter(number))) {
      return Posted.REFUSED;
    }
    return signalled.get() ? Posted.SIGNALLED : Posted.LEFT;
  }

  @Operation(nonParallelGroup = OWNER)
  public boolean doze() {
    dozing = dozing || (!closed && mailbox.doze());
    return dozing;
  }

  @Operation(nonParallelGroup = OWNER)
  public void wake() {
    dozing = false;
    mailbox.wake();
  }

  /** Gives the mail that nobody will deliver. Who sleeps does not close. */
  @Operation(nonParallelGroup = OWNER)
  public List<Integer> close() {
    cleared.clear();
    if (!closed && !dozing) {
      mailbox.close(Arena.ofAuto());
    }
    return List.copyOf(cleared);
  }

  @Operation(nonParallelGroup = OWNER)
  public List<Integer> take() {
    List<Integer> numbers = new ArrayList<>();
    Mail mail = dozing || closed ? null : mailbox.take();
    while (mail != null) {
      numbers.add(((Letter) mail).number);
      mail = mail.next;
    }
    return numbers;
  }

  /** A mailbox of one thread. */
  public static final class InTurn {
    private final List<Integer> mail = new ArrayList<>();
    private boolean dozing;
    private boolean asleep;
    private volatile boolean closed;

    public Posted post(int number) {
      if (closed) {
        return Posted.REFUSED;
      }
      boolean signals = asleep;
      asleep = false;
      mail.add(number);
      return signals ? Posted.SIGNALLED : Posted.LEFT;
    }

    public List<Integer> close() {
      closed = !dozing || closed;
      return take();
    }

    public boolean doze() {
      if (!dozing && !closed) {
        dozing = mail.isEmpty();
        asleep = dozing;
      }
      return dozing;
    }

    public void wake() {
      dozing = false;
      asleep = false;
    }

    public List<Integer> take() {
      List<Integer> taken = List.of();
      if (!dozing) {
        taken = List.copyOf(mail);
        mail.clear();
      }
      return taken;
    }
  }

  @Test
  void everyOrderOfStepsIsAnOrderOfCalls() {
    new ModelCheckingOptions()
        .sequentialSpecification(InTurn.class)
        .iterations(20)
        .invocationsPerIteration(500)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(0)
        .actorsAfter(2)
        .check(MailboxOrdersTest.class);
  }

  /** The sender that ends the last sleep is between its exchange and its write. */
  @Test
  void theDescriptorIsClosedBehindTheLastSender() throws NoSuchMethodException {
    Actor doze = new Actor(MailboxOrdersTest.class.getMethod("doze"), List.of());
    Actor wake = new Actor(MailboxOrdersTest.class.getMethod("wake"), List.of());
    Actor close = new Actor(MailboxOrdersTest.class.getMethod("close"), List.of());
    Method post = MailboxOrdersTest.class.getMethod("post", int.class);
    new ModelCheckingOptions()
        .sequentialSpecification(InTurn.class)
        .iterations(0)
        .invocationsPerIteration(2_000)
        .addCustomScenario(
            new ExecutionScenario(
                List.of(doze),
                List.of(
                    List.of(wake, close),
                    List.of(new Actor(post, List.of(1))),
                    List.of(new Actor(post, List.of(2)))),
                List.of(),
                null))
        .check(MailboxOrdersTest.class);
  }

  @Test
  void threadsThatRunAtOnceKeepTheSameOrders() {
    new StressOptions()
        .sequentialSpecification(InTurn.class)
        .iterations(10)
        .invocationsPerIteration(500)
        .threads(2)
        .actorsPerThread(3)
        .check(MailboxOrdersTest.class);
  }
}
