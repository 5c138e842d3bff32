package io.quintet.cli;

/**
 * Patterns of KEYS: {@code *}, {@code ?}, {@code [a-z]}, {@code [^a]}, and a backslash before any.
 */
final class Glob {
  private final String glob;
  private final String text;

  /** Where the pattern goes on behind what was matched last. */
  private int next;

  private Glob(String glob, String text) {
    this.glob = glob;
    this.text = text;
  }

  static boolean matches(String glob, String text) {
    return new Glob(glob, text).matches();
  }

  /** A star that has matched too little is given one character more; only the last one need be. */
  private boolean matches() {
    int at = 0;
    int star = -1;
    int taken = 0;
    int in = 0;
    while (at < text.length()) {
      if (in < glob.length() && glob.charAt(in) == '*') {
        star = in++;
        taken = at;
      } else if (in < glob.length() && matchesOne(in, text.charAt(at))) {
        in = next;
        at++;
      } else if (star >= 0) {
        in = star + 1;
        at = ++taken;
      } else {
        return false;
      }
    }
    while (in < glob.length() && glob.charAt(in) == '*') {
      in++;
    }
    return in == glob.length();
  }

  private boolean matchesOne(int in, char c) {
    char first = glob.charAt(in);
    if (first == '[') {
      return matchesSet(in + 1, c);
    }
    boolean escaped = first == '\\' && in + 1 < glob.length();
    next = escaped ? in + 2 : in + 1;
    return escaped ? glob.charAt(in + 1) == c : first == '?' || first == c;
  }

  private boolean matchesSet(int from, char c) {
    boolean not = from < glob.length() && glob.charAt(from) == '^';
    int at = not ? from + 1 : from;
    boolean found = false;
    while (at < glob.length() && glob.charAt(at) != ']') {
      at += glob.charAt(at) == '\\' && at + 1 < glob.length() ? 1 : 0;
      char low = glob.charAt(at);
      boolean range = at + 2 < glob.length() && glob.charAt(at + 1) == '-';
      char high = range ? glob.charAt(at + 2) : low;
      found |= c >= Math.min(low, high) && c <= Math.max(low, high);
      at += range ? 3 : 1;
    }
    next = Math.min(at + 1, glob.length());
    return found != not;
  }
}
