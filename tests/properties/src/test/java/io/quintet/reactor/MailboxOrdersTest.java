package io.quintet.reactor;

import io.quintet.kernel.Kernel;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a mailbox does in every order of its threads' steps is what it does in some order of whole
 * calls: no mail is lost or doubled, the oldest comes first, and each sleep is ended by one signal,
 * from the sender that finds it.
 */
@Tag("orders")
public class MailboxOrdersTest {
  private static final String OWNER = "the owner's calls are one after the other";

  private final ThreadLocal<Boolean> signalled = ThreadLocal.withInitial(() -> false);
  private final Mailbox mailbox = new Mailbox("mailbox", kernel());
  private boolean dozing;

  private static final class Letter extends Mail {
    private final int number;

    Letter(int number) {
      this.number = number;
    }

    @Override
    public void deliver() {
      throw new IllegalStateException("it is looked at only");
    }
  }

  /** Makes an eventfd, and notes who writes to it. */
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
                    yield 0L;
                  }
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "toString" -> "kernel";
                  default -> throw new IllegalStateException(method.getName());
                });
  }

  /** Gives whether this sender wrote to the eventfd. */
  @Operation
  public boolean post(@Param(gen = IntGen.class, conf = "1:9") int number) {
    signalled.set(false);
    mailbox.post(new Letter(number));
    return signalled.get();
  }

  @Operation(nonParallelGroup = OWNER)
  public boolean doze() {
    dozing = dozing || mailbox.doze();
    return dozing;
  }

  @Operation(nonParallelGroup = OWNER)
  public void wake() {
    dozing = false;
    mailbox.wake();
  }

  @Operation(nonParallelGroup = OWNER)
  public List<Integer> take() {
    List<Integer> numbers = new ArrayList<>();
    Mail mail = dozing ? null : mailbox.take();
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

    public boolean post(int number) {
      boolean signals = asleep;
      asleep = false;
      mail.add(number);
      return signals;
    }

    public boolean doze() {
      if (!dozing) {
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
