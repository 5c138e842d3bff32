package io.quintet.http;

/**
 * The names that decide how a message is framed, compared in any case, a word at a time. Setting
 * bit 5 folds letters; of the bytes that a name or a value may hold, no other becomes a letter or a
 * hyphen by it. Callers have checked the length.
 */
final class Names {
  private static final long FOLD = 0x2020202020202020L;

  private static final int HOST = (int) word("host");
  private static final long CONNECTI = word("connecti");
  private static final long NNECTION = word("nnection");
  private static final long CONTENT = word("content-");
  private static final long T_LENGTH = word("t-length");
  private static final long TRANSFER = word("transfer");
  private static final long ENCODING = word("encoding");
  private static final long KEEP_ALI = word("keep-ali");
  private static final long EP_ALIVE = word("ep-alive");
  private static final int EXPE = (int) word("expe");
  private static final int PECT = (int) word("pect");
  private static final long CONTINUE_100 = word("100-cont");
  private static final long CONTINUE = word("continue");
  private static final int UPGR = (int) word("upgr");
  private static final int RADE = (int) word("rade");
  private static final int CLOS = (int) word("clos");
  private static final int CHUN = (int) word("chun");
  private static final int NKED = (int) word("nked");

  private Names() {}

  static boolean isHost(byte[] bytes, int at) {
    return four(bytes, at) == HOST;
  }

  static boolean isExpect(byte[] bytes, int at) {
    return four(bytes, at) == EXPE && four(bytes, at + 2) == PECT;
  }

  /** Digits and the hyphen have bit 5 set themselves. */
  static boolean isContinue(byte[] bytes, int at) {
    return eight(bytes, at) == CONTINUE_100 && eight(bytes, at + 4) == CONTINUE;
  }

  static boolean isConnection(byte[] bytes, int at) {
    return eight(bytes, at) == CONNECTI && eight(bytes, at + 2) == NNECTION;
  }

  static boolean isUpgrade(byte[] bytes, int at) {
    return four(bytes, at) == UPGR && four(bytes, at + 3) == RADE;
  }

  static boolean isContentLength(byte[] bytes, int at) {
    return eight(bytes, at) == CONTENT && eight(bytes, at + 6) == T_LENGTH;
  }

  static boolean isTransferEncoding(byte[] bytes, int at) {
    return eight(bytes, at) == TRANSFER && bytes[at + 8] == '-' && eight(bytes, at + 9) == ENCODING;
  }

  static boolean isClose(byte[] bytes, int at) {
    return four(bytes, at) == CLOS && (bytes[at + 4] | 0x20) == 'e';
  }

  static boolean isKeepAlive(byte[] bytes, int at) {
    return eight(bytes, at) == KEEP_ALI && eight(bytes, at + 2) == EP_ALIVE;
  }

  static boolean isChunked(byte[] bytes, int at) {
    return four(bytes, at) == CHUN && four(bytes, at + 3) == NKED;
  }

  private static long eight(byte[] bytes, int at) {
    return (long) HttpHead.LONGS.get(bytes, at) | FOLD;
  }

  private static int four(byte[] bytes, int at) {
    return (int) HttpHead.INTS.get(bytes, at) | (int) FOLD;
  }

  /** Up to eight characters as memory has them. */
  static long word(String text) {
    long word = 0;
    for (int i = 0; i < text.length(); i++) {
      word |= (long) text.charAt(i) << (8 * i);
    }
    return word;
  }
}
