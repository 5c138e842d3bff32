package io.quintet.specs.explore.engine;

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
          effects(command.effects());
          text.append(" }\n");
        }
      }
      text.append("od }\n");
    }
    text.append("ltl ends { <> done }\n");
    return text.toString();
  }

  private void effects(List<Effect> effects) {
    if (effects.isEmpty()) {
      text.append(" skip;");
    }
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.Set set ->
            text.append(' ')
                .append(model.names().get(set.index()))
                .append(" = ")
                .append(set.value().promela(model.names()))
                .append(';');
        case Effect.Check check ->
            text.append(" assert(").append(check.holds().promela(model.names())).append(");");
        case Effect.Note _ -> {
          // only a replay asks for it
        }
        case Effect.Choice choice -> {
          text.append(" if");
          for (Effect.Way way : choice.ways()) {
            text.append(" :: ").append(way.guard().promela(model.names())).append(" ->");
            effects(way.effects());
          }
          text.append(" fi;");
        }
      }
    }
  }
}
