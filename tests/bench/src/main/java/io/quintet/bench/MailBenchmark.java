package io.quintet.bench;

import io.quintet.io.Poller;
import io.quintet.kernel.LinuxKernel;
import io.quintet.reactor.Mail;
import io.quintet.reactor.Waker;
import java.lang.foreign.Arena;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Mail between two threads, there and back; one operation is one way. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MailBenchmark {
  private static final int WAYS = 2;

  /** How a thread is reached. */
  public enum Way {
    /** A loop's mailbox, looked into without sleep. */
    MAILBOX_AWAKE(AwakeMailbox::new),
    /** A loop's mailbox, whose owner sleeps in epoll_wait(2). */
    MAILBOX_ASLEEP(AsleepMailbox::new),
    /** The JDK's ConcurrentLinkedQueue, looked into without sleep. */
    QUEUE_AWAKE(AwakeQueue::new),
    /** The JDK's LinkedBlockingQueue, whose owner is parked. */
    QUEUE_ASLEEP(AsleepQueue::new);

    private final Supplier<Place> place;

    Way(Supplier<Place> place) {
      this.place = place;
    }
  }

  /** Where one thread is reached by another. */
  private interface Place {
    void post(Letter letter);

    /** Waits for something. Its owner alone. */
    Letter take();

    default void close() {
      // most places are memory alone
    }
  }

  private static final class Letter extends Mail {
    @Override
    public void deliver() {
      throw new IllegalStateException("it is taken out and sent back");
    }
  }

  /** Which way. */
  @Param public Way way;

  private final Letter letter = new Letter();
  private volatile boolean over;
  private Place here;
  private Place there;
  private Thread partner;

  /** Starts the thread that sends back what comes. */
  @Setup
  public void setUp() {
    here = way.place.get();
    there = way.place.get();
    partner = Thread.ofPlatform().start(this::answer);
  }

  private void answer() {
    boolean last = false;
    while (!last) {
      Letter taken = there.take();
      last = over; // before it goes back: what is sent when all is over comes back too
      here.post(taken);
    }
  }

  /**
   * Ends the other thread.
   *
   * @throws InterruptedException if told to end
   */
  @TearDown
  public void tearDown() throws InterruptedException {
    over = true;
    exchange();
    partner.join();
    here.close();
    there.close();
  }

  /**
   * There and back.
   *
   * @return what came back
   */
  @Benchmark
  @OperationsPerInvocation(WAYS)
  public Object exchange() {
    there.post(letter);
    return here.take();
  }

  private abstract static class MailboxPlace implements Place {
    private final Arena arena = Arena.ofShared();
    final Waker wakeable = Waker.open("benchmark", new LinuxKernel(), arena);

    @Override
    public void post(Letter letter) {
      wakeable.mailbox().post(letter);
    }

    @Override
    public Letter take() {
      Mail mail = wakeable.mailbox().take();
      while (mail == null) {
        idle();
        mail = wakeable.mailbox().take();
      }
      return (Letter) mail;
    }

    abstract void idle();

    @Override
    public void close() {
      wakeable.mailbox().close(arena);
      wakeable.poller().close();
      arena.close();
    }
  }

  private static final class AwakeMailbox extends MailboxPlace {
    @Override
    void idle() {
      Thread.onSpinWait();
    }
  }

  private static final class AsleepMailbox extends MailboxPlace {
    @Override
    void idle() {
      wakeable.poller().await(wakeable.mailbox().doze() ? Poller.NO_TIMEOUT : 0);
      wakeable.mailbox().wake();
    }
  }

  private static final class AwakeQueue implements Place {
    private final Queue<Letter> queue = new ConcurrentLinkedQueue<>();

    @Override
    public void post(Letter letter) {
      queue.add(letter);
    }

    @Override
    public Letter take() {
      Letter taken = queue.poll();
      while (taken == null) {
        Thread.onSpinWait();
        taken = queue.poll();
      }
      return taken;
    }
  }

  private static final class AsleepQueue implements Place {
    private final BlockingQueue<Letter> queue = new LinkedBlockingQueue<>();

    @Override
    public void post(Letter letter) {
      queue.add(letter);
    }

    @Override
    public Letter take() {
      try {
        return queue.take();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts a measurement", e);
      }
    }
  }
}
