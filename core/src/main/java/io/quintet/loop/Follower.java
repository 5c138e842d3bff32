package io.quintet.loop;

import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import io.quintet.metrics.Counts;
import java.util.List;

/** A loop's way to the front that hands it connections. The loop's thread alone. */
final class Follower implements Control.User {
  /** One descriptor of so many is left to others, up to {@link #SPARE_MAX}. */
  private static final int SPARE_OF = 16;

  private static final int SPARE_MAX = 3;

  /** Numbers beside what the loop counts: {@link #answer}. */
  private static final int MORE = 3;

  private final Loop loop;
  private final Control uplink;
  private final Runnable drain;
  private final long[] numbers;
  private final int descriptorsMax;

  /** Connections that have ended since the front was told. */
  private int ended;

  /**
   * No way yet.
   *
   * @param drain has this process answer what is in flight, and end in time
   */
  Follower(Loop loop, Runnable drain) {
    this.loop = loop;
    this.drain = drain;
    this.uplink = new Control(loop);
    this.descriptorsMax = loop.kernel().descriptorsMax();
    uplink.use(this);
    this.numbers = new long[numbers(loop.replyKinds())];
  }

  /** How many numbers an answer has. */
  static int numbers(List<String> replyKinds) {
    return Counts.size(replyKinds.size()) + MORE;
  }

  int open(int control) {
    return uplink.open(control);
  }

  void close() {
    if (!uplink.isEnded()) {
      answer(0); // the last that it has to tell
      uplink.abort();
    }
  }

  /** Whether connections may wait that were handed over. */
  boolean isFull() {
    return uplink.isFull();
  }

  void descriptorFreed() {
    uplink.roomFreed();
  }

  /**
   * A process that has half of what it may have open is asked for a few more each time, since other
   * threads open files for a moment, as the JVM does.
   */
  @Override
  public boolean hasRoom() {
    // Those below the control socket's number were open before it: the kernel gives the lowest.
    if (uplink.fd() + loop.load() < descriptorsMax / 2) {
      return true;
    }
    int[] probes = new int[1 + Math.min(descriptorsMax / SPARE_OF, SPARE_MAX)];
    int free = 0;
    int result = 0;
    while (free < probes.length && (result = loop.kernel().eventfd(0, Linux.EFD_CLOEXEC())) >= 0) {
      probes[free++] = result;
    }
    for (int i = 0; i < free; i++) {
      loop.kernel().close(probes[i]);
    }
    if (free < probes.length) {
      loop.paused("eventfd, which stands for a connection,", -1, result);
    }
    return free == probes.length;
  }

  @Override
  public void paused() {
    answer(0);
  }

  /**
   * Tells the front what was counted.
   *
   * @param question the number by which it asked
   */
  private void answer(long question) {
    loop.counts().copyTo(numbers);
    int at = numbers.length - MORE;
    numbers[at] = loop.cpu().nanos(loop.kernel());
    numbers[at + 1] = loop.queuedBytes();
    numbers[at + 2] = loop.load();
    uplink.send(Control.Kind.ANSWER, question, numbers);
  }

  void connectionEnded() {
    ended++;
  }

  /** Tells the front, which counts what each backend has. */
  void tell() {
    if (ended > 0) {
      long result = send(Control.Kind.ENDED, ended);
      ended = result < 0 ? ended : 0; // otherwise with the next that end
    }
  }

  private long send(Control.Kind kind, long value) {
    return uplink.send(kind, value, DescriptorMessage.NO_DESCRIPTOR);
  }

  @Override
  public void message(Control.Kind kind, long value, int descriptor) {
    switch (kind) {
      case CONNECTION -> {
        if (descriptor == DescriptorMessage.NO_DESCRIPTOR) {
          loop.report("recvmsg", -1, -Linux.EMFILE()); // the kernel has closed it, recvmsg(2)
          ended++;
        } else {
          loop.handed(descriptor);
        }
      }
      case DRAIN -> drain.run();
      case PING -> answer(value);
      case ANSWER, ENDED, LISTENER, RELIEVED, GONE ->
          throw new IllegalStateException("a front does not send " + kind);
    }
  }

  /** The front is gone: what is in flight is answered, then nobody needs this process. */
  @Override
  public void parted() {
    drain.run();
  }
}
