package io.quintet.specs.explore;

import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Program;
import io.quintet.specs.explore.engine.Step;
import io.quintet.specs.explore.model.Streamed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Follows on the model of a reply that comes in parts what became of one at a server: each
 * transition of it, and of the place that it fills, is one that the model allows there. What cannot
 * be seen is guessed, as {@link ModelReplay} does. Not for several threads at once.
 */
public final class StreamReplay {
  /** In more parts than the model has none is followed to its end. */
  public static final int PARTS_MAX = 100;

  private final Model model;
  private final Program program;
  private final long[] enabled;

  private StreamReplay(Model model) {
    this.model = model;
    program = new Program(model);
    enabled = new long[program.words()];
  }

  /**
   * Of the machines that there are.
   *
   * @param parts how many a publisher has at most, 1 to {@link #PARTS_MAX}
   * @param machines a machine by its id
   * @return follows any number of replies, one after the other
   */
  public static StreamReplay of(int parts, Function<String, Machine> machines) {
    return new StreamReplay(Streamed.noted(parts, machines));
  }

  /**
   * The same, of a model that is wrong: an effect is left out of it.
   *
   * @param parts how many a publisher has at most
   * @param machines a machine by its id
   * @param command what the name of the commands contains that lack it
   * @param variable variable that they leave as it is
   * @return follows replies
   */
  public static StreamReplay lacking(
      int parts, Function<String, Machine> machines, String command, String variable) {
    Model model = Streamed.noted(parts, machines);
    model.forget(command, variable);
    return new StreamReplay(model);
  }

  /**
   * A state of the model.
   *
   * @param owed what is to be seen yet of the steps that led to it, by agent
   */
  private record Place(byte[] state, List<Owed> owed) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Place(byte[] otherState, List<Owed> otherOwed)
          && Arrays.equals(state, otherState)
          && owed.equals(otherOwed);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(state) + owed.hashCode();
    }
  }

  /** What an agent does yet of a step that others may come between. */
  private record Owed(String agent, List<String> notes) {}

  /** Where a command leads to, and which events machines take on the way. */
  private record Way(String agent, byte[] state, List<String> taken) {}

  /** Runs a command. */
  private static final class Ways implements Step.Runner {
    private final String agent;
    private final List<Way> all = new ArrayList<>();
    private List<String> taken = new ArrayList<>();

    Ways(String agent) {
      this.agent = agent;
    }

    @Override
    public void branch(@Nullable Step way, byte[] state) {
      List<String> before = taken;
      taken = new ArrayList<>(before);
      byte[] copy = state.clone();
      Step step = way;
      while (step != null && step != Step.Stop.STOP) {
        step = step.perform(copy, this);
      }
      if (step == null) {
        all.add(new Way(agent, copy, List.copyOf(taken)));
      }
      taken = before;
    }

    @Override
    public void breaks(Rule rule, String where, byte[] state) {
      // no way on
    }

    @Override
    public void takes(Effect.Note note) {
      taken.add(note.taken());
    }
  }

  /**
   * Follows one reply from when its first part is asked for.
   *
   * @param seen transitions in their order, such as {@code stream waiting PART} and {@code reply
   *     detached ANSWER}
   * @return where the model does not allow what was seen; empty if nowhere
   */
  public Optional<String> replay(List<String> seen) {
    int width = model.names().size() + 7 & ~7;
    Place first = new Place(Arrays.copyOf(model.initial(), width), List.of());
    Set<Place> places = closed(List.of(first));
    for (int at = 0; at < seen.size(); at++) {
      List<Place> next = new ArrayList<>();
      for (Place place : places) {
        seen(seen.get(at), place, next);
      }
      if (next.isEmpty()) {
        return Optional.of(divergence(seen, at, places));
      }
      places = closed(next);
    }
    return Optional.empty();
  }

  private void seen(String note, Place place, List<Place> into) {
    for (Owed each : place.owed) {
      if (each.notes.getFirst().equals(note)) {
        into.add(new Place(place.state, without(place.owed, each)));
      }
    }
    for (Way way : ways(place)) {
      if (!way.taken.isEmpty() && way.taken.getFirst().equals(note)) {
        List<Owed> owed = new ArrayList<>(place.owed);
        if (way.taken.size() > 1) {
          owed.add(new Owed(way.agent, way.taken.subList(1, way.taken.size())));
        }
        into.add(new Place(way.state, List.copyOf(owed)));
      }
    }
  }

  private static List<Owed> without(List<Owed> owed, Owed seen) {
    List<Owed> left = new ArrayList<>(owed);
    left.remove(seen);
    if (seen.notes.size() > 1) {
      left.add(new Owed(seen.agent, seen.notes.subList(1, seen.notes.size())));
    }
    return List.copyOf(left);
  }

  /** What agents may do there that are not in the middle of something. */
  private List<Way> ways(Place place) {
    List<Way> all = new ArrayList<>();
    program.enabled(place.state, enabled);
    long[] now = enabled.clone();
    for (int word = 0; word < now.length; word++) {
      for (long bits = now[word]; bits != 0; bits &= bits - 1) {
        int command = (word << 6) + Long.numberOfTrailingZeros(bits);
        String agent = model.commands().get(command).agent();
        if (place.owed.stream().noneMatch(each -> each.agent.equals(agent))) {
          Ways ways = new Ways(agent);
          ways.branch(program.step(command), place.state);
          all.addAll(ways.all);
        }
      }
    }
    return all;
  }

  /** With all that may have happened unseen. */
  private Set<Place> closed(Collection<Place> from) {
    Set<Place> all = new LinkedHashSet<>(from);
    Deque<Place> left = new ArrayDeque<>(all);
    while (!left.isEmpty()) {
      Place place = Objects.requireNonNull(left.poll());
      for (Way way : ways(place)) {
        Place next = new Place(way.state, place.owed);
        if (way.taken.isEmpty() && all.add(next)) {
          left.add(next);
        }
      }
    }
    return all;
  }

  private String divergence(List<String> seen, int at, Set<Place> places) {
    StringBuilder text = new StringBuilder("the model does not allow what was seen:\n");
    seen.subList(0, at).forEach(each -> text.append("  ").append(each).append('\n'));
    text.append("? ").append(seen.get(at)).append('\n');
    Set<String> allowed = new TreeSet<>();
    for (Place place : places) {
      place.owed.forEach(each -> allowed.add(each.notes.getFirst()));
      for (Way way : ways(place)) {
        way.taken.stream().findFirst().ifPresent(allowed::add);
      }
    }
    allowed.forEach(each -> text.append("allowed: ").append(each).append('\n'));
    return text.toString();
  }
}
