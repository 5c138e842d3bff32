package io.quintet.tests;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What servers of this process log meanwhile. */
final class ServerLog extends Handler implements AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger("io.quintet");

  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  ServerLog() {
    LOGGER.addHandler(this);
  }

  @Override
  public void publish(LogRecord line) {
    records.add(line);
  }

  /** The lines with a text. */
  List<String> linesWith(String text) {
    return records.stream().map(LogRecord::getMessage).filter(m -> m.contains(text)).toList();
  }

  /** What was thrown, of the first line with a text. */
  Throwable thrownWith(String text) {
    return records.stream()
        .filter(line -> line.getMessage().contains(text))
        .findFirst()
        .orElseThrow()
        .getThrown();
  }

  @Override
  public void flush() {
    // nothing is kept back
  }

  @Override
  public void close() {
    LOGGER.removeHandler(this);
  }
}
