package io.quintet.cli;

import io.quintet.Pattern;
import java.util.Iterator;

/** The patterns that {@code --pattern} takes, for help and completion. */
final class PatternIds implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Pattern.five().stream().map(Pattern::id).iterator();
  }
}
