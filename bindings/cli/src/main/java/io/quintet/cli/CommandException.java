package io.quintet.cli;

import java.io.Serial;

/** Something went wrong that one sentence explains to the user. */
final class CommandException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  CommandException(String sentence) {
    super(sentence);
  }
}
