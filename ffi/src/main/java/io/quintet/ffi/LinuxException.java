package io.quintet.ffi;

/**
 * A call that failed and had no way to go on, for callers who want an exception rather than a
 * number.
 */
public final class LinuxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The error number. */
  private final int errno;

  private LinuxException(String what, long result, String hint) {
    super(what + ": " + Errno.describe(result) + (hint.isEmpty() ? "" : ": " + hint));
    this.errno = (int) -result;
  }

  /**
   * Passes a good result on.
   *
   * @param result what a call returned
   * @param what what was tried, with its address or descriptor, for example {@code bind 0.0.0.0:80}
   * @return the result, at least 0
   * @throws LinuxException if the result is a negated error number
   */
  public static int check(int result, String what) {
    return (int) check((long) result, what);
  }

  /**
   * Passes a good result on.
   *
   * @param result what a call returned
   * @param what what was tried, with its address or descriptor
   * @return the result, at least 0
   * @throws LinuxException if the result is a negated error number
   */
  public static long check(long result, String what) {
    return check(result, what, "");
  }

  /**
   * Passes a good result on.
   *
   * @param result what a call returned
   * @param what what was tried, with its address or descriptor
   * @param hint what the user may do, or an empty text
   * @return the result, at least 0
   * @throws LinuxException if the result is a negated error number
   */
  public static long check(long result, String what, String hint) {
    if (result < 0) {
      throw new LinuxException(what, result, hint);
    }
    return result;
  }

  /**
   * The error number.
   *
   * @return positive, for example 13 for EACCES
   */
  public int errno() {
    return errno;
  }
}
