package io.quintet.specs.explore.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A model in Promela, for the checker spin: a process for each agent, an atomic step a command. */
public final class Promela {
  private final Model model;
  private final StringBuilder text = new StringBuilder();

  private Promela(Model model) {
    this.model = model;
  }

  public static String of(Model model) {
    return new Promela(model).write();
  }

  private String write() {
    List<String> names = model.names();
    for (int i = 0; i < names.size(); i++) {
      text.append("byte ").append(names.get(i)).append(" = ");
      text.append(model.initialValues().get(i)).append(";\n");
    }
    text.append("#define done ").append(model.done().promela(names)).append("\n");
    for (String agent : model.agents()) {
      String name = agent.replaceAll("[^A-Za-z0-9]", "_").toLowerCase(Locale.ROOT);
      text.append("active proctype agent_").append(name).append("() {\nend: do\n");
      for (Model.Command command : model.commands()) {
        if (command.agent().equals(agent)) {
          text.append(":: atomic { ").append(command.guard().promela(names)).append(" ->");
          KnownValues known = new KnownValues();
          known.learn(command.guard());
          steps(command.effects(), known);
          text.append(" }\n");
        }
      }
      text.append("od }\n");
    }
    text.append("ltl ends { <> done }\n");
    return text.toString();
  }

  /** Effects, at least one step of them. */
  private void steps(List<Effect> effects, KnownValues known) {
    int before = text.length();
    effects(effects, known);
    if (text.length() == before) {
      text.append(" skip;");
    }
  }

  /** What is known to hold anyway is left out, and ways that nothing takes: gcc has less to do. */
  private void effects(List<Effect> effects, KnownValues known) {
    List<String> checks = new ArrayList<>();
    for (Effect effect : effects) {
      if (!(effect instanceof Effect.Check || effect instanceof Effect.Note)) {
        asserted(checks);
      }
      switch (effect) {
        case Effect.Set set -> {
          Term value = known.reduced(set.value());
          known.set(set.index(), value);
          text.append(' ').append(model.names().get(set.index())).append(" = ");
          text.append(value.promela(model.names())).append(';');
        }
        case Effect.Check check -> {
          Term holds = known.reduced(check.holds());
          if (!isTrue(holds)) {
            checks.add(holds.promela(model.names()));
          }
        }
        case Effect.Note _ -> {
          // only a replay asks for it
        }
        case Effect.Choice choice -> choice(choice, known);
      }
    }
    asserted(checks);
  }

  private void choice(Effect.Choice choice, KnownValues known) {
    List<Effect.Way> ways =
        choice.ways().stream()
            .map(way -> Effect.when(known.reduced(way.guard()), way.effects()))
            .filter(way -> !way.guard().equals(Term.NO))
            .toList();
    if (ways.isEmpty()) {
      text.append(" false;");
    } else if (ways.size() == 1 && isTrue(ways.getFirst().guard())) {
      effects(ways.getFirst().effects(), known);
    } else {
      List<KnownValues> ends = new ArrayList<>();
      text.append(" if");
      for (Effect.Way way : ways) {
        KnownValues there = known.copy();
        there.learn(way.guard());
        ends.add(there);
        text.append(" :: ").append(way.guard().promela(model.names())).append(" ->");
        steps(way.effects(), there);
      }
      text.append(" fi;");
      known.goOnFrom(ends);
    }
  }

  private static boolean isTrue(Term term) {
    return term instanceof Term.Constant constant && constant.value() != 0;
  }

  /** Checks that follow each other are one step. */
  private void asserted(List<String> checks) {
    if (!checks.isEmpty()) {
      text.append(" assert(").append(String.join(" && ", checks)).append(");");
      checks.clear();
    }
  }
}
