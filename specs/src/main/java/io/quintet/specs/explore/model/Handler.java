package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import java.util.List;

/** The handlers of a connection that answer after they have returned. */
final class Handler {
  // An answer had its effect before it is seen, without mail or with it.
  static final int SEEN_LATER = 2;
  static final int TOLD_LATER = 3;

  private final Composition composition;
  private final Connection c;
  private final Model model;
  private final Bounds bounds;

  Handler(Composition composition, Connection c) {
    this.composition = composition;
    model = composition.model;
    bounds = composition.bounds;
    this.c = c;
  }

  void commands() {
    for (int k = 0; k <= bounds.requests(); k++) {
      answers(k);
    }
  }

  private void answers(int k) {
    model.command(
        "handlers",
        "answer late " + c.number + k,
        all(is(c.running.get(k), 1), is(c.needed, 0)),
        set(c.running.get(k), 0),
        c.answeredElsewhere(k));
    if (composition.follows) {
      model.command(
          "handlers",
          "answer late, as was seen " + c.number + k,
          any(is(c.running.get(k), SEEN_LATER), is(c.running.get(k), TOLD_LATER)),
          onlyIf(is(c.running.get(k), TOLD_LATER), c.mail(c.replyMail)),
          set(c.running.get(k), 0));
    }
    if (bounds.silent()) {
      model.command(
          "chance",
          "never answer " + c.number + k,
          all(is(c.running.get(k), 1), is(c.mute, 0)),
          set(c.running.get(k), 0),
          set(c.mute, 1));
    }
  }

  /** A handler asks for the rest of its request; that is mail for whoever owns the connection. */
  void contentCommands() {
    model.command(
        "handlers",
        "want content " + c.number,
        all(is(c.body, 1), is(c.wanted, 0), c.owes(), is(c.closed, 0)),
        Effect.join(List.of(set(c.wanted, 1)), c.postToOwner(c.replyMail)));
  }
}
