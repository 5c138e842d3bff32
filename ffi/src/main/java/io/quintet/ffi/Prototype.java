package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A call as a manual page declares it: {@code ssize_t getrandom(void *buf, size_t buflen, unsigned
 * int flags)}. A pointer is a {@code long}.
 *
 * @param name of the function
 * @param result what it returns, empty for void
 * @param arguments those that are declared
 * @param variadic whether more may follow
 */
record Prototype(
    String name, Optional<MemoryLayout> result, List<MemoryLayout> arguments, boolean variadic) {
  private static final Pattern DECLARATION =
      Pattern.compile("(?:extern\\s+)?(.*[\\s*])(\\w+)\\s*\\(([^()]*)\\)\\s*;?", Pattern.DOTALL);

  /** Words that do not change how a value is passed. */
  private static final Pattern QUALIFIER =
      Pattern.compile("\\b(?:const|volatile|register|(?:__)?restrict|_Nullable)\\b");

  private static final Set<String> INTS =
      words(
          "char short int signed unsigned bool int32_t uint32_t __s32 __u32 s32 u32 pid_t uid_t"
              + " gid_t id_t mode_t socklen_t clockid_t key_t idtype_t timer_t mqd_t");

  private static final Set<String> LONGS =
      words(
          "long size_t ssize_t off_t off64_t loff_t int64_t uint64_t __s64 __u64 s64 u64 nfds_t"
              + " dev_t ino_t time_t clock_t rlim_t intptr_t uintptr_t aio_context_t");

  private static Set<String> words(String text) {
    return Set.of(text.split(" "));
  }

  /**
   * Reads a declaration.
   *
   * @throws IllegalArgumentException with one sentence where it cannot be read
   */
  static Prototype parse(String text) {
    Matcher declaration = DECLARATION.matcher(QUALIFIER.matcher(text).replaceAll(" ").strip());
    if (!declaration.matches()) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is no declaration; valid is one as in a manual page,"
              + " \"int dup2(int oldfd, int newfd)\"");
    }
    String returned = declaration.group(1).strip();
    Optional<MemoryLayout> result =
        returned.equals("void") ? Optional.empty() : Optional.of(layout(returned, text));
    List<MemoryLayout> arguments = new ArrayList<>();
    boolean variadic = false;
    for (String argument : declaration.group(3).strip().split("\\s*,\\s*")) {
      switch (argument.strip()) {
        case "", "void" -> {
          // none
        }
        case "..." -> variadic = true;
        default -> arguments.add(layout(argument.strip(), text));
      }
    }
    return new Prototype(declaration.group(2), result, List.copyOf(arguments), variadic);
  }

  /** How a value is passed whose type is given, with or without the name of a parameter. */
  private static MemoryLayout layout(String declared, String text) {
    if (declared.contains("*") || declared.contains("[")) {
      return JAVA_LONG;
    }
    List<String> words = List.of(declared.split("\\s+"));
    return number(words)
        .or(() -> number(words.subList(0, words.size() - 1)))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\""
                        + text
                        + "\": how \""
                        + declared
                        + "\" is passed is not known; valid are pointers and the names of integers"
                        + " in manual pages, such as int, size_t, off_t, pid_t"));
  }

  private static Optional<MemoryLayout> number(List<String> words) {
    if (words.isEmpty()) {
      return Optional.empty();
    }
    if (words.stream().anyMatch(LONGS::contains)
        && words.stream().allMatch(word -> LONGS.contains(word) || INTS.contains(word))) {
      return Optional.of(JAVA_LONG);
    }
    boolean small =
        words.getFirst().equals("enum") && words.size() == 2
            || words.stream().allMatch(INTS::contains);
    return small ? Optional.of(JAVA_INT) : Optional.empty();
  }
}
