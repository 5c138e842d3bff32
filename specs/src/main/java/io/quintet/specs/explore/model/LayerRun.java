package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.LayerMachine;
import io.quintet.specs.Machine;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.GeneralRule;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A transport layer of one connection as a model: its peer sends pieces or nothing, another thread
 * computes steps, the connection may be lost wherever the machine rests, and each action reports
 * any of its outcomes.
 */
public final class LayerRun {
  /** Pieces that the peer sends at most. */
  private static final int PIECES = 4;

  private static final int LOOSE = 0;
  private static final int COMPUTING = 1;
  private static final int COMPUTED = 2;

  /** What a variable holds at most. */
  private static final int STEPS_MAX = Byte.MAX_VALUE - 1;

  private final Model model = new Model();
  private final Machine layer;
  private final Instance machine;
  private final int sent = model.variable("sent", 0);
  private final int unread = model.variable("unread", 0);
  private final int step = model.variable("step", LOOSE);
  private final int lost = model.variable("lost", 0);

  /** Actions in a row that the loop's thread has not come back from. */
  private final int row = model.variable("row", 0);

  private final int rowMax;

  /** For each outcome that an invariant names, whether it was reported. */
  private final Map<String, Integer> reported = new LinkedHashMap<>();

  private LayerRun(Machine layer) {
    this.layer = layer;
    rowMax = Math.min(layer.states().size() * layer.events().size(), STEPS_MAX);
    layer.states().values().stream()
        .flatMap(state -> state.invariant().stream())
        .forEach(name -> reported.computeIfAbsent(name, n -> model.variable("reported_" + n, 0)));
    machine = new Instance(model, "layer", layer, this::act);
    commands();
    model.close();
  }

  /**
   * The model of a layer.
   *
   * @param layer its machine
   * @return the model
   * @throws IllegalArgumentException if it is none of a layer
   */
  public static Model of(Machine layer) {
    LayerMachine.require(layer);
    return new LayerRun(layer).model;
  }

  private void commands() {
    model.command("loop", "begin", not(machine.exists()), machine.begin());
    model.command(
        "peer",
        "send",
        all(machine.isAlive(), less(sent, PIECES)),
        set(sent, plus(sent, 1)),
        set(unread, plus(unread, 1)));
    model.command(
        "computers", "compute", all(is(step, COMPUTING), is(lost, 0)), set(step, COMPUTED));
    model.command(
        "loop",
        "receive",
        all(
            is(machine.pending, 0),
            machine.takes(LayerMachine.RECEIVED),
            not(is(unread, 0)),
            is(lost, 0)),
        set(unread, minus(unread, 1)),
        machine.next(LayerMachine.RECEIVED));
    model.command(
        "loop",
        "go on",
        all(is(machine.pending, 0), is(step, COMPUTED), is(lost, 0), machine.isAlive()),
        set(step, LOOSE),
        machine.next(LayerMachine.COMPUTED));
    model.command(
        "deadline",
        "pass",
        all(is(machine.pending, 0), machine.isAlive(), is(lost, 0)),
        set(lost, 1),
        machine.next(LayerMachine.LOST));
    machine.commands(model, "loop", YES, this::act, rested());
    model.inTheMiddle("loop", not(is(machine.pending, 0)));
    model.done(machine.isEnded());
  }

  private List<Effect> rested() {
    List<Effect> effects = new ArrayList<>();
    effects.add(set(row, 0));
    effects.add(onlyIf(machine.takes(LayerMachine.COMPUTED), set(step, COMPUTING)));
    layer
        .states()
        .forEach(
            (name, state) ->
                state
                    .invariant()
                    .forEach(
                        outcome ->
                            effects.add(
                                onlyIf(
                                    machine.in(name),
                                    check(
                                        is(reported.get(outcome), 1),
                                        LayerRule.REPORTED_BEFORE,
                                        name + " without " + outcome)))));
    return effects;
  }

  private List<Effect> act(String action) {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(less(row, rowMax), GeneralRule.ACTIONS_END, action));
    effects.add(set(row, plus(row, 1)));
    List<Effect.Way> ways = new ArrayList<>();
    for (String outcome : layer.actions().get(action).outcomes()) {
      List<Effect> way = new ArrayList<>(List.of(machine.next(outcome)));
      if (reported.containsKey(outcome)) {
        way.add(set(reported.get(outcome), 1));
      }
      ways.add(when(YES, way));
    }
    if (!ways.isEmpty()) {
      effects.add(choice(ways));
    }
    return effects;
  }
}
