package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is woken by mail, and what becomes of it, step by step on one thread. */
class MailboxRulesTest {
  private final ScriptedKernel machine = new ScriptedKernel();
  private final Mailbox mailbox = new Mailbox("reader", machine.kernel());
  private final List<String> cleared = new ArrayList<>();

  private Mail named(String name) {
    return Loops.uncarried(() -> cleared.add(name));
  }

  private void signals(int count) {
    assertEquals(count, machine.calls("signal").size());
  }

  @Test
  void itIsTakenOutOldestFirst() {
    Mail first = named("1");
    Mail second = named("2");
    assertNull(mailbox.take());
    assertTrue(mailbox.post(first));
    assertTrue(mailbox.post(second));
    assertSame(first, mailbox.take());
    assertSame(second, first.next);
    assertNull(second.next);
    assertNull(mailbox.take());
    signals(0);
  }

  @Test
  void whoSleepsIsWokenOnce() {
    assertFalse(mailbox.isAsleep());
    assertTrue(mailbox.doze());
    assertTrue(mailbox.isAsleep());
    mailbox.post(named("1"));
    assertFalse(mailbox.isAsleep());
    mailbox.post(named("2"));
    signals(1);
    mailbox.wake();
    mailbox.wake();
    mailbox.post(named("3"));
    signals(0);
    mailbox.take();
    assertTrue(mailbox.doze());
    mailbox.wake();
    assertFalse(mailbox.isAsleep());
    mailbox.post(named("4"));
    signals(0);
  }

  @Test
  void whoHasMailDoesNotSleep() {
    mailbox.post(named("1"));
    assertFalse(mailbox.doze());
    assertFalse(mailbox.isAsleep());
    mailbox.wake();
    signals(0);
  }

  @Test
  void oneThatIsClosedRefusesAndClearsWhatItHas() {
    mailbox.post(named("1"));
    mailbox.post(named("2"));
    machine.calls();
    try (Arena arena = Arena.ofConfined()) {
      mailbox.close(arena);
    }
    assertEquals(List.of("1", "2"), cleared);
    assertFalse(mailbox.post(named("3")));
    assertEquals(List.of("1", "2"), cleared, "what is refused is the sender's");
    assertEquals(List.of("close " + mailbox.eventfd()), machine.calls());
  }

  @Test
  void whatWasWrittenIsReadBeforeItIsClosed() {
    for (int i = 0; i < 3; i++) {
      mailbox.doze();
      mailbox.post(named("" + i));
      mailbox.wake();
      mailbox.take();
    }
    mailbox.doze(); // nobody wakes it
    mailbox.wake();
    machine.calls();
    machine.fail("read", Linux.EAGAIN()); // a sender has not come to it yet
    try (Arena arena = Arena.ofConfined()) {
      mailbox.close(arena);
    }
    String read = "read " + mailbox.eventfd();
    assertEquals(List.of(read, read, read, read, "close " + mailbox.eventfd()), machine.calls());
  }

  @Test
  void aCounterThatCannotBeReadIsClosedAllTheSame() {
    mailbox.doze();
    mailbox.post(named("1"));
    mailbox.wake();
    machine.calls();
    machine.fail("read", Linux.EBADF());
    try (Arena arena = Arena.ofConfined()) {
      mailbox.close(arena);
    }
    assertEquals(2, machine.calls().size());
    assertEquals(List.of("1"), cleared);
    assertEquals("reader", mailbox.toString());
  }

  @Test
  void aWakerThatCannotBeMadeLeavesNothingOpen() {
    int first = machine.next();
    machine.fail("epollCtl", Linux.ENOMEM());
    Arena arena = Arena.ofShared();
    assertThrows(LinuxException.class, () -> Waker.open("one", machine.kernel(), arena));
    assertEquals(List.of("close " + (first + 1), "close " + first), machine.calls("close"));
    assertFalse(arena.scope().isAlive());
    machine.fail("eventfd", Linux.EMFILE());
    Arena second = Arena.ofShared();
    assertThrows(LinuxException.class, () -> Waker.open("two", machine.kernel(), second));
    assertEquals(List.of("close " + (first + 2)), machine.calls("close"));
    assertFalse(second.scope().isAlive());
    machine.fail("epollCreate1", Linux.EMFILE());
    Arena third = Arena.ofShared();
    assertThrows(LinuxException.class, () -> Waker.open("three", machine.kernel(), third));
    assertEquals(List.of(), machine.calls("close"));
    assertFalse(third.scope().isAlive());
  }

  @Test
  void aWakerIsRegisteredOnTheEdgeInTheFirstSlot() {
    try (Arena arena = Arena.ofShared()) {
      Waker made = Waker.open("one", machine.kernel(), arena);
      assertEquals(Linux.EPOLLIN() | Linux.EPOLLET(), machine.events(made.mailbox().eventfd()));
      machine.ready(made.mailbox().eventfd(), Linux.EPOLLIN());
      assertEquals(1, made.poller().await(0));
      assertEquals(0, made.poller().slot(0));
      assertEquals(0, made.poller().generation(0));
      assertEquals(Linux.EPOLLIN(), made.poller().bits(0));
    }
  }
}
