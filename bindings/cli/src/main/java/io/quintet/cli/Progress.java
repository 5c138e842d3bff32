package io.quintet.cli;

import java.io.Console;
import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * How far a command has come: a bar where a person looks at a terminal, a line for each step
 * elsewhere. One thread.
 */
final class Progress implements AutoCloseable {
  private static final int REDRAW_MILLIS = 200;

  private final String command;
  private final PrintWriter err;
  private final @Nullable ProgressBar bar;

  /**
   * Nothing done so far.
   *
   * @param command its name
   * @param steps how many there are
   * @param err where the lines go; a bar goes to the standard error stream
   */
  Progress(String command, int steps, PrintWriter err) {
    this.command = command;
    this.err = err;
    Console console = System.console();
    this.bar =
        console != null && console.isTerminal()
            ? new ProgressBarBuilder()
                .setTaskName(command)
                .setInitialMax(steps)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .continuousUpdate()
                .clearDisplayOnFinish()
                .build()
            : null;
  }

  /** Something begins. */
  void begin(String what) {
    if (bar == null) {
      err.printf("%s: %s%n", command, what);
      err.flush();
    } else {
      bar.setExtraMessage(what);
    }
  }

  /** What began last is done. */
  void done() {
    if (bar != null) {
      bar.step();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
