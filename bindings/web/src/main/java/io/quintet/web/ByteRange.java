package io.quintet.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of bytes, RFC 9110 §14.
 *
 * @param first the first byte, from 0
 * @param last the last one
 */
record ByteRange(long first, long last) {
  /** Most ranges that are sent; who asks for more gets all. */
  static final int RANGES_MAX = 16;

  private static final Pattern UNIT = Pattern.compile("(?i)bytes=(.*)", Pattern.DOTALL);
  private static final Pattern SPEC = Pattern.compile("([0-9]*)-([0-9]*)");
  private static final int DIGITS_MAX = 18;

  long length() {
    return last - first + 1;
  }

  /** RFC 9110 §14.4. */
  String contentRange(long of) {
    return "bytes " + first + "-" + last + "/" + of;
  }

  /**
   * The ranges that a field asks for.
   *
   * @param field the field Range
   * @param length how long all is, in bytes
   * @return those that are there, none if that is so of all; empty if the field does not count: it
   *     is malformed, or asks for more ranges or bytes than are worth it, §14.2
   */
  static Optional<List<ByteRange>> parse(String field, long length) {
    Matcher unit = UNIT.matcher(field.strip());
    if (!unit.matches()) {
      return Optional.empty();
    }
    List<ByteRange> ranges = new ArrayList<>();
    boolean any = false;
    long total = 0;
    for (String each : unit.group(1).split(",", -1)) {
      String text = each.strip();
      if (text.isEmpty()) {
        continue; // §5.6.1.2
      }
      Matcher spec = SPEC.matcher(text);
      if (!spec.matches() || text.equals("-")) {
        return Optional.empty();
      }
      any = true;
      long first = number(spec.group(1));
      long last = number(spec.group(2));
      if (first >= 0 && last >= 0 && last < first) {
        return Optional.empty();
      }
      ByteRange range =
          first < 0
              ? new ByteRange(Math.max(length - last, 0), length - 1)
              : new ByteRange(first, last < 0 ? length - 1 : Math.min(last, length - 1));
      if (range.first < length && range.length() > 0) {
        ranges.add(range);
        total += range.length();
      }
      if (ranges.size() > RANGES_MAX || (ranges.size() > 1 && total > length)) {
        return Optional.empty();
      }
    }
    return any ? Optional.of(List.copyOf(ranges)) : Optional.empty();
  }

  /** A number, or -1 for none; one that is too large is as large as can be. */
  private static long number(String digits) {
    if (digits.isEmpty()) {
      return -1;
    }
    String plain = digits.replaceFirst("^0+(?=.)", "");
    return plain.length() > DIGITS_MAX ? Long.MAX_VALUE : Long.parseLong(plain);
  }
}
