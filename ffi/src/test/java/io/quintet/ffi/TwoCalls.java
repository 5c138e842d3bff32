package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;

/** A process that opens an eventfd and closes it, for watching its calls. */
final class TwoCalls {
  private TwoCalls() {}

  public static void main(String[] arguments) {
    LinuxCalls linux = LinuxCalls.open();
    linux.files().close(linux.events().eventfd(0, Linux.EFD_CLOEXEC()));
  }
}
