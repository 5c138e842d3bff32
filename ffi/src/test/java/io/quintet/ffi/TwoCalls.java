package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;

/** A process in which three threads open an eventfd and close it, for watching its calls. */
final class TwoCalls {
  private TwoCalls() {}

  public static void main(String[] arguments) throws InterruptedException {
    twoCalls();
    Thread.ofPlatform().name("another one").start(TwoCalls::twoCalls).join();
    Thread.startVirtualThread(TwoCalls::twoCalls).join();
  }

  private static void twoCalls() {
    LinuxCalls linux = LinuxCalls.open();
    linux.files().close(linux.events().eventfd(0, Linux.EFD_CLOEXEC()));
  }
}
