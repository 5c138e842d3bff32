package io.quintet.reactor;

import java.util.ArrayList;
import java.util.List;

/** The mail of a loop that nobody runs. */
public final class MailTaken {
  private MailTaken() {}

  /** Takes it out, the oldest first. */
  public static List<Mail> from(LoopContext loop) {
    List<Mail> taken = new ArrayList<>();
    for (Mail mail = loop.mailbox().take(); mail != null; mail = mail.next) {
      taken.add(mail);
    }
    return taken;
  }
}
