package io.quintet.cli;

import io.quintet.Pattern;
import java.util.Iterator;
import java.util.stream.Stream;

/** The patterns that {@code --pattern} takes, for help and completion. */
final class PatternIds implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Stream.of(Pattern.values()).map(Pattern::id).iterator();
  }
}
