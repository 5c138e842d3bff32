package io.quintet.loop;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket on the loop that accepts from it: the actions of {@code
 * specs/machines/listener.json}. The loop's thread alone.
 */
final class Listener extends Registration<ListenerEvent, ListenerAction> {
  private static final Transitions<ListenerEvent, ListenerAction> MACHINE =
      Transitions.of(Specs.machine("listener"), ListenerEvent.class, ListenerAction.class);
  private static final Rests<ListenerEvent> RESTS = new Rests<>(MACHINE, ListenerEvent.class);

  private int budget;
  private int accepted;
  private long failure;

  Listener(Loop loop) {
    super(loop, MACHINE);
  }

  @Override
  Rests<ListenerEvent> rests() {
    return RESTS;
  }

  @Override
  void readable() {
    budget = loop.limits().acceptBudget();
    fire(ListenerEvent.READABLE);
  }

  @Override
  void writable() {
    throw new IllegalStateException("a listener waits for no EPOLLOUT");
  }

  @Override
  void hungUp() {
    fire(ListenerEvent.HANGUP);
  }

  /** A descriptor has become free. */
  void connectionClosed() {
    fire(ListenerEvent.CONNECTION_CLOSED);
  }

  void drain() {
    budget = Integer.MAX_VALUE;
    fire(ListenerEvent.DRAIN);
  }

  @Override
  void abort() {
    fire(ListenerEvent.ABORT);
  }

  @Override
  void restedInDrain() {
    // a listener that drains does not rest
  }

  @Override
  void settle() {
    // a listener holds nothing
  }

  @Override
  @Nullable ListenerEvent perform(ListenerAction action) {
    return switch (action) {
      case ACCEPT -> accept();
      case PLACE -> {
        loop.adopt(accepted);
        yield ListenerEvent.PLACED;
      }
      case PAUSE -> {
        loop.report("accept4", fd(), failure);
        yield null;
      }
      case FAIL -> {
        loop.report("accept4", fd(), failure);
        destroy();
        yield null;
      }
      case CLOSE -> {
        destroy();
        yield null;
      }
    };
  }

  private ListenerEvent accept() {
    if (budget == 0) {
      return ListenerEvent.BUDGET_SPENT;
    }
    budget--;
    int result = loop.kernel().accept4(fd(), Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC());
    if (result >= 0) {
      accepted = result;
      return ListenerEvent.ACCEPTED;
    }
    failure = result;
    return switch (Dispositions.of(Call.ACCEPT4, result)) {
      case WOULD_BLOCK -> ListenerEvent.WOULD_BLOCK;
      case RETRY -> ListenerEvent.RETRY;
      case PAUSE -> ListenerEvent.LIMIT;
      case CLOSE, FATAL -> ListenerEvent.FAILED;
    };
  }

  @Override
  void destroy() {
    release();
    loop.listenerClosed(this);
  }
}
