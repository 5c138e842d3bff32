package io.quintet.testkit;

import io.quintet.ffi.linux.Linux;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A process of a simulated machine: its descriptors and its end. */
final class SimulatedProcess extends Process {
  /** Thrown out of the calls of a process that was killed, so that its threads unwind. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("the simulated process was killed", null, false, false);
    }
  }

  final int id;
  private final SimulatedMachine machine;
  private final int descriptorsMax;
  private final CompletableFuture<Process> exit = new CompletableFuture<>();
  private @Nullable Description[] table = new Description[16];
  private int openCount;
  private int status;

  /** Whether it was killed or the run is over: its threads unwind. */
  boolean dead;

  /** Whether an error was put into something that it needs: it may end, with its connections. */
  boolean isBroken;

  /** Whether its front may have closed the socket between them, so that it drains. */
  private boolean parted;

  /** Until when none of its threads gets a turn, in nanoseconds of the machine's clock. */
  long frozenUntil;

  SimulatedProcess(SimulatedMachine machine, int id, int descriptorsMax) {
    this.machine = machine;
    this.id = id;
    this.descriptorsMax = descriptorsMax;
  }

  /** The lowest free number for a description, or the negated error number. */
  int install(Description description) {
    for (int fd = 0; fd < descriptorsMax; fd++) {
      if (fd == table.length) {
        table = Arrays.copyOf(table, 2 * fd);
      }
      if (table[fd] == null) {
        table[fd] = description;
        description.references++;
        openCount++;
        if (isBroken) {
          machine.breakConnections(description, true);
        } else if (parted) {
          mayDrain(description);
        }
        return fd;
      }
    }
    return -Linux.EMFILE();
  }

  /** An error was put into the other end of its control socket. */
  void parted() {
    parted = true;
    descriptions().forEach(SimulatedProcess::mayDrain);
  }

  private static void mayDrain(Description description) {
    if (description instanceof StreamSocket stream && stream.client() != null) {
      stream.client().allow(Replies.Allowance.EARLY_END);
    }
  }

  /** Whether it may end though nobody told it to. */
  boolean mayEnd() {
    return isBroken || parted;
  }

  boolean isFull() {
    return openCount >= descriptorsMax;
  }

  /** A socket becomes a listener or a connection; the numbers that it has here stay. */
  void replace(int fd, Description description) {
    Description old = table[fd];
    old.moveWatchesTo(description);
    for (int i = 0; i < table.length; i++) {
      if (table[i] == old) {
        table[i] = description;
        description.references++;
        old.release();
      }
    }
  }

  @Nullable Description at(int fd) {
    return fd >= 0 && fd < table.length ? table[fd] : null;
  }

  int close(int fd) {
    Description description = at(fd);
    if (description == null) {
      return -Linux.EBADF();
    }
    if (isBroken) { // what is on its way by this socket ends with it
      machine.breakConnections(description, true);
    }
    table[fd] = null;
    openCount--;
    description.release();
    return 0;
  }

  /** What is open, by number. */
  List<Description> descriptions() {
    List<Description> open = new ArrayList<>();
    for (Description description : table) {
      if (description != null) {
        open.add(description);
      }
    }
    return open;
  }

  int open() {
    return openCount;
  }

  /** Ends the process: what it has open is closed by the kernel. */
  void exit(int with) {
    if (exit.isDone()) {
      return;
    }
    status = with;
    for (int fd = 0; fd < table.length; fd++) {
      if (table[fd] != null) {
        close(fd);
      }
    }
    exit.complete(this);
  }

  @Override
  public Process destroyForcibly() {
    machine.kill(this);
    return this;
  }

  @Override
  public void destroy() {
    destroyForcibly();
  }

  @Override
  public CompletableFuture<Process> onExit() {
    return exit;
  }

  @Override
  public long pid() {
    return id;
  }

  @Override
  public int waitFor() {
    throw new UnsupportedOperationException("a simulated process is waited for by onExit()");
  }

  @Override
  public int exitValue() {
    if (!exit.isDone()) {
      throw new IllegalThreadStateException("the process runs");
    }
    return status;
  }

  @Override
  public OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream getInputStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream getErrorStream() {
    return InputStream.nullInputStream();
  }
}
