package io.quintet;

/** Options of which one is not valid beside another. */
final class DisagreeingOptions {
  private DisagreeingOptions() {}

  /**
   * Refuses the first that does not fit another.
   *
   * @throws IllegalArgumentException in one sentence that names both
   */
  static void refuse(Options options) {
    if (options.lowWatermarkBytes() < 0
        || options.lowWatermarkBytes() > options.highWatermarkBytes()) {
      throw new IllegalArgumentException(
          "option lowWatermarkBytes is "
              + options.lowWatermarkBytes()
              + "; valid are 0 to highWatermarkBytes, which is "
              + options.highWatermarkBytes());
    }
    if (options.tlsCertificate().isEmpty()
        && !(options.tlsKey().isEmpty() && options.tlsPassword().isEmpty())) {
      throw new IllegalArgumentException(
          "option "
              + (options.tlsKey().isEmpty()
                  ? "tlsPassword is given"
                  : "tlsKey is " + options.tlsKey())
              + "; valid without tlsCertificate is none");
    }
    if (!options.takeover().isEmpty() && options.host().equals("unix:" + options.takeover())) {
      throw new IllegalArgumentException(
          "option takeover is "
              + options.takeover()
              + "; valid is another path than that of option host");
    }
  }
}
