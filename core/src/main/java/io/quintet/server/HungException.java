package io.quintet.server;

/** Where a thread is that does not end, as its stack. */
final class HungException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HungException(StackTraceElement[] where) {
    super("where it hangs");
    setStackTrace(where);
  }
}
