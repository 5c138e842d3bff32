package io.quintet.cli;

import io.quintet.specs.Specs;
import java.util.Iterator;

/** What a server can be started as by its name, for help and completion. */
final class ServedIds implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Specs.servedIds().iterator();
  }
}
