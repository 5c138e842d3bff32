package io.quintet.ffi;

import java.util.List;
import java.util.function.Consumer;

/**
 * The calls of one thread, by theme.
 *
 * <p>An instance belongs to one thread at a time: a call leaves its errno in the instance. It holds
 * a few bytes of native memory, freed when it becomes unreachable. Set {@code
 * -Dquintet.trace=strace} to see every call on standard error as strace(1) prints it, or put {@link
 * #strace} around a block; off, tracing costs nothing.
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

  /**
   * Runs a block and prints each call that its thread makes there on standard error, as strace(1)
   * does.
   *
   * @param block what is watched
   */
  public static void strace(Runnable block) {
    strace(block, System.err::println);
  }

  /**
   * Runs a block and hands over each call that its thread makes there, as strace(1) prints it.
   * Calls of other threads are not seen, nor those that the JDK makes itself.
   *
   * @param block what is watched
   * @param lines receives a line for each call, such as {@code close(9) = 0}
   */
  public static void strace(Runnable block, Consumer<String> lines) {
    Strace.watch(block, lines);
  }

  /**
   * The names of all functions of the C library that are bound.
   *
   * @return names, in order
   */
  public static List<String> names() {
    Platform.require();
    return LinuxCall.names();
  }

  /**
   * One of the functions that are bound, to be called with numbers and texts.
   *
   * @param name its name, one of {@link #names}
   * @return the call
   * @throws IllegalArgumentException where no function of that name is bound
   */
  public static LinuxCall bound(String name) {
    Platform.require();
    return LinuxCall.of(name);
  }

  /**
   * Declares a function of the C library that is not bound.
   *
   * @param declaration as in its manual page: {@code ssize_t getrandom(void *buf, size_t buflen,
   *     unsigned int flags)}; integers and pointers only
   * @return the call
   * @throws IllegalArgumentException where the declaration cannot be read, or the library has no
   *     such function
   */
  public static LinuxCall define(String declaration) {
    Platform.require();
    return LinuxCall.define(declaration);
  }

  /**
   * Declares a system call for which the C library has no function, to be made by syscall(2).
   *
   * @param declaration as in its manual page
   * @param number of the system call, on this architecture
   * @return the call
   * @throws IllegalArgumentException where the declaration cannot be read
   */
  public static LinuxCall define(String declaration, long number) {
    Platform.require();
    return LinuxCall.define(declaration, number);
  }
}
