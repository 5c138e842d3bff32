package io.quintet.tests;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What servers of this process log, while it is open. */
final class Logged implements AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger("io.quintet");

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          lines.add(entry.getMessage());
        }

        @Override
        public void flush() {
          // nothing is kept back
        }

        @Override
        public void close() {
          // nothing is open
        }
      };

  Logged() {
    LOGGER.addHandler(handler);
  }

  /** The lines that hold a text; tests beside this one log too. */
  List<String> with(String text) {
    return lines.stream().filter(line -> line.contains(text)).toList();
  }

  @Override
  public void close() {
    LOGGER.removeHandler(handler);
  }
}
