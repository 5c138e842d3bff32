package io.quintet;

import java.util.List;

/** The values that an option takes, and the one that it has where none is given. */
sealed interface OptionValues {
  /** Whose value is a text that others judge. */
  record Text(String standard, String valid) implements OptionValues {
    @Override
    public Object read(String name, Object given) {
      return String.valueOf(given);
    }
  }

  /** One of some words, the first where none is given. */
  record Choice(List<String> words) implements OptionValues {
    Choice(String... words) {
      this(List.of(words));
    }

    @Override
    public Object standard() {
      return words.getFirst();
    }

    @Override
    public String valid() {
      return String.join(", ", words);
    }

    @Override
    public Object read(String name, Object given) {
      String word = String.valueOf(given);
      if (!words.contains(word)) {
        throw refused(name, given, "are " + valid());
      }
      return word;
    }
  }

  /** True or false. */
  record Flag(Boolean standard) implements OptionValues {
    @Override
    public String valid() {
      return "true, false";
    }

    @Override
    public Object read(String name, Object given) {
      String word = String.valueOf(given);
      if (!word.equals("true") && !word.equals("false")) {
        throw refused(name, given, "are " + valid());
      }
      return word.equals("true");
    }
  }

  /** A whole number, of any type or as its digits. */
  record Whole(int least, int most, String valid, Integer standard) implements OptionValues {
    Whole(int least, int most, int standard) {
      this(least, most, least + " to " + most, standard);
    }

    /** Up to another option, which {@link Options} judges once both are known. */
    static Whole upTo(String other, int standard) {
      return new Whole(Integer.MIN_VALUE, Integer.MAX_VALUE, "0 to " + other, standard);
    }

    @Override
    public Object read(String name, Object given) {
      int number;
      try {
        number = Math.toIntExact(Long.parseLong(String.valueOf(given)));
      } catch (NumberFormatException | ArithmeticException e) {
        throw new IllegalArgumentException(
            "option " + name + " is " + given + "; valid is a whole number", e);
      }
      if (number < least || number > most) {
        throw refused(name, number, "are " + valid);
      }
      return number;
    }
  }

  /** The value where none is given. */
  Object standard();

  /** All values, in words. */
  String valid();

  /**
   * The value that was given, of the option's own type.
   *
   * @throws IllegalArgumentException in one sentence that says what would be valid
   */
  Object read(String name, Object given);

  private static IllegalArgumentException refused(String name, Object given, String valid) {
    return new IllegalArgumentException("option " + name + " is " + given + "; valid " + valid);
  }
}
