package io.quintet.ffi;

/**
 * The calls of one thread, by theme.
 *
 * <p>An instance belongs to one thread at a time: a call leaves its errno in the instance. It holds
 * a few bytes of native memory, freed when it becomes unreachable. Set {@code
 * -Dquintet.trace=strace} to see every call on standard error as strace(1) prints it; off, tracing
 * costs nothing.
 *
 * @param sockets socket(7) and what is done with one
 * @param events epoll(7), poll(2), eventfd(2), timerfd_create(2), signalfd(2)
 * @param files read(2), write(2) and the other calls on any descriptor
 * @param processes the process, its limits, its processors and its clock
 */
public record LinuxCalls(Sockets sockets, Events events, Files files, Processes processes) {
  /**
   * Calls for the calling thread.
   *
   * @return the calls
   * @throws UnsupportedOperationException on anything but Linux on x86-64 or aarch64
   */
  public static LinuxCalls open() {
    Platform.require();
    Capture capture = new Capture();
    return new LinuxCalls(
        new Sockets(capture), new Events(capture), new Files(capture), new Processes(capture));
  }
}
