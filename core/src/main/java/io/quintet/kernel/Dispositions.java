package io.quintet.kernel;

import io.quintet.ffi.Errno;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** What follows from a call's error: {@code specs/dispositions.json} as a table. Any thread. */
public final class Dispositions {
  /** The calls whose errors the table foresees. */
  public enum Call {
    /** accept4(2). */
    ACCEPT4,
    /** recv(2). */
    RECV,
    /** send(2). */
    SEND,
    /** recvmsg(2). */
    RECVMSG,
    /** sendmsg(2). */
    SENDMSG,
    /** shutdown(2). */
    SHUTDOWN,
    /** read(2) of an eventfd. */
    READ,
    /** epoll_ctl(2) of a listener, which can wait for something else than its descriptor. */
    EPOLL_CTL_OF_LISTENER("epoll_ctl of a listener"),
    /** connect(2) to a server that may be there or not. */
    CONNECT_TO_SERVER("connect to the server before"),
    /** eventfd(2) that keeps or finds room for another descriptor. */
    EVENTFD_FOR_ROOM("eventfd that keeps room"),
    /** epoll_wait(2). */
    EPOLL_WAIT;

    private final String row;
    private final Disposition[] byErrno = new Disposition[ERRNO_MAX + 1];

    Call() {
      row = name().toLowerCase(Locale.ROOT);
    }

    Call(String row) {
      this.row = row;
    }

    /**
     * Where it stands in the table.
     *
     * @return the name of its row
     */
    public String row() {
      return row;
    }
  }

  private static final int ERRNO_MAX = 4095; // what a system call can return, errno(3)

  static {
    Map<String, Map<String, Disposition>> table = Specs.dispositions();
    for (Call call : Call.values()) {
      Arrays.fill(call.byErrno, Disposition.FATAL);
      table
          .get(call.row)
          .forEach((name, what) -> call.byErrno[Errno.valueOf(name).number()] = what);
    }
  }

  private Dispositions() {}

  /**
   * What follows from a failed call.
   *
   * @param call the call
   * @param result its result, the negated error number
   * @return what follows; FATAL for an error that the table does not foresee
   */
  public static Disposition of(Call call, long result) {
    return call.byErrno[(int) -result & ERRNO_MAX];
  }
}
