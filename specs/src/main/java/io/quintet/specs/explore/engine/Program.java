package io.quintet.specs.explore.engine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A model's commands, made quick, with an index of those that may go on in a state. */
public final class Program {
  /** Variables that the index looks at. */
  private static final int INDEXED = 24;

  private final Condition.Maker maker = new Condition.Maker();
  private final Condition[] guards;
  private final Condition[] wanted;
  private final @Nullable Step[] steps;
  private final int[] agents;
  private final int[] variables;

  /** For each of those and each of its values, by {@link Condition#place}, a bit a command. */
  private final long[][][] may;

  private final int words;

  public Program(Model model) {
    List<Model.Command> commands = model.commands();
    List<String> names = model.fair();
    guards = new Condition[commands.size()];
    wanted = new Condition[commands.size()];
    steps = new Step[commands.size()];
    agents = new int[commands.size()];
    for (int i = 0; i < guards.length; i++) {
      Model.Command command = commands.get(i);
      guards[i] = maker.of(command.guard());
      wanted[i] = maker.of(command.wanted());
      steps[i] = Step.of(command.effects(), null, maker);
      agents[i] = names.indexOf(model.fair(command));
    }
    words = guards.length + 63 >> 6;
    variables = mostAsked(model.names().size());
    may = new long[variables.length][64][words];
    for (int v = 0; v < variables.length; v++) {
      for (int command = 0; command < guards.length; command++) {
        long mask = mask(guards[command], variables[v]);
        for (int value = 0; value < 64; value++) {
          may[v][value][command >> 6] |= (mask >>> value & 1) << command;
        }
      }
    }
  }

  public Condition condition(Term term) {
    return maker.of(term);
  }

  public int size() {
    return guards.length;
  }

  public int agent(int command) {
    return agents[command];
  }

  public @Nullable Step step(int command) {
    return steps[command];
  }

  public boolean isEnabled(int command, byte[] state) {
    return guards[command].holds(state);
  }

  public int words() {
    return words;
  }

  /** Sets the bits of commands that go on in a state. */
  public void enabled(byte[] state, long[] into) {
    Arrays.fill(into, -1L);
    into[words - 1] = -1L >>> (words << 6) - guards.length;
    for (int v = 0; v < variables.length; v++) {
      long[] these = may[v][Condition.place(state[variables[v]])];
      for (int word = 0; word < words; word++) {
        into[word] &= these[word];
      }
    }
    for (int word = 0; word < words; word++) {
      for (long left = into[word]; left != 0; left &= left - 1) {
        int command = (word << 6) + Long.numberOfTrailingZeros(left);
        if (!guards[command].holds(state)) {
          into[word] &= ~(1L << command);
        }
      }
    }
  }

  /** A bit for each agent that could go on if nobody else were in the middle of something. */
  public long wanting(byte[] state) {
    long mask = 0;
    for (int i = 0; i < wanted.length; i++) {
      if ((mask >>> agents[i] & 1) == 0 && wanted[i].holds(state)) {
        mask |= 1L << agents[i];
      }
    }
    return mask;
  }

  private int[] mostAsked(int count) {
    int[] asked = new int[count];
    for (Condition guard : guards) {
      if (guard instanceof Condition.In(int index, long _)) {
        asked[index]++;
      } else if (guard instanceof Condition.AllOf all) {
        for (int index : all.indexes()) {
          asked[index]++;
        }
      }
    }
    return IntStream.range(0, count)
        .boxed()
        .filter(variable -> asked[variable] > 0)
        .sorted(Comparator.comparingInt(variable -> -asked[variable]))
        .limit(INDEXED)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The values that a guard allows to a variable, if it says that. */
  private static long mask(Condition guard, int variable) {
    if (guard == Condition.NEVER) {
      return 0;
    }
    if (guard instanceof Condition.In(int index, long mask)) {
      return index == variable ? mask : -1L;
    }
    if (guard instanceof Condition.AllOf all) {
      for (int i = 0; i < all.indexes().length; i++) {
        if (all.indexes()[i] == variable) {
          return all.masks()[i];
        }
      }
    }
    return -1L;
  }
}
