package io.quintet.cli;

import com.google.gson.Gson;
import io.quintet.Pattern;
import io.quintet.ffi.LinuxException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Servers of the five patterns with the same load on each, and what they do, told in batches: each
 * transition of their machines, each connection's way, what each thread does. Any thread.
 */
final class Lab implements AutoCloseable {
  private static final Gson GSON = new Gson();
  private static final long BATCH_MILLIS = 50;
  private static final int BATCHES_MAX = 200;
  private static final int THREADS_EVERY = 4;
  private static final int FIGURES_EVERY = 10;
  private static final int OVERFLOW_CLIENTS = 30;
  private static final String HANG = "/sleep?millis=4000";
  private static final long HOLD_MILLIS = 1_000;

  private final ExecutorService deeds =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("quintet-lab-deeds").factory());

  private final Thread teller = Thread.ofPlatform().name("quintet-lab").unstarted(this::tell);
  private final SocketQueues queues = new SocketQueues();

  // Guarded by this.
  private final List<LabPanel> panels = new ArrayList<>();
  private final Deque<String> batches = new ArrayDeque<>();
  private final Map<String, Integer> transitions = new LinkedHashMap<>();
  private Map<LabControl, Integer> settings = LabControl.standards();
  private List<Object[]> newTransitions = new ArrayList<>();
  private long number;
  private long era;
  private String doing = "";

  /** How many of the things that were asked for are done. */
  private int done;

  /** Which servers could not be rearranged, and why. */
  private String refusals = "";

  private boolean closed;

  /** Starts the servers and their clients. */
  Lab(Map<LabControl, Integer> first) {
    settings.putAll(first);
    startPanels();
    teller.start();
  }

  private synchronized void startPanels() {
    try {
      for (Pattern pattern : Pattern.five()) {
        panels.add(new LabPanel(pattern.id(), settings));
      }
    } catch (RuntimeException | Error e) {
      panels.forEach(LabPanel::close);
      throw e;
    }
    era++;
  }

  /** Sets controls by their names; the servers start anew where one asks for that. */
  void set(Map<String, Integer> changes) {
    Map<LabControl, Integer> checked = new EnumMap<>(LabControl.class);
    changes.forEach(
        (id, value) -> {
          LabControl control = LabControl.of(id);
          checked.put(control, control.checked(value));
        });
    later("sets " + String.join(", ", changes.keySet()), () -> apply(checked));
  }

  /** Has something go wrong. */
  void provoke(String id) {
    LabFailure failure = LabFailure.of(id);
    Map<LabControl, Integer> wanted = LabControl.standards();
    wanted.putAll(failure.settings);
    later(
        "provokes " + id,
        () -> {
          apply(wanted);
          perform(failure.deed);
        });
  }

  /** Arranges each server of one process otherwise while it serves. */
  void rearrange(String id) {
    if (Pattern.five().stream().noneMatch(pattern -> pattern.id().equals(id))) {
      throw new IllegalArgumentException("pattern " + id + " does not exist");
    }
    later(
        "rearranges as " + id,
        () -> {
          List<LabPanel> all;
          synchronized (this) {
            all = List.copyOf(panels);
            refusals = "";
          }
          for (LabPanel panel : all) {
            refuse(panel.rearrange(id));
          }
        });
  }

  private void later(String what, Runnable deed) {
    deeds.execute(
        () -> {
          say(what);
          try {
            deed.run();
          } finally {
            done();
          }
        });
  }

  private synchronized void refuse(String why) {
    refusals += why.isEmpty() ? "" : why + "\n";
  }

  private synchronized void say(String what) {
    doing = what;
  }

  private synchronized void done() {
    doing = "";
    done++;
  }

  private void apply(Map<LabControl, Integer> changes) {
    boolean restarts = false;
    Map<LabControl, Integer> next;
    synchronized (this) {
      for (Map.Entry<LabControl, Integer> change : changes.entrySet()) {
        restarts |=
            change.getKey().restarts && !settings.get(change.getKey()).equals(change.getValue());
      }
      next = new EnumMap<>(settings);
      next.putAll(changes);
      settings = next;
      if (!restarts) {
        panels.forEach(panel -> panel.set(next));
        return;
      }
    }
    restart();
  }

  private synchronized void restart() {
    if (!closed) {
      panels.forEach(LabPanel::close);
      panels.clear();
      startPanels();
    }
  }

  private void perform(LabFailure.Deed deed) {
    List<LabPanel> all;
    int threads;
    synchronized (this) {
      all = List.copyOf(panels);
      threads = Math.max(settings.get(LabControl.LOOPS), settings.get(LabControl.WORKERS));
    }
    switch (deed) {
      case NONE -> {}
      case HANG_ONE -> all.forEach(panel -> panel.ask(HANG, 1));
      case OVERFLOW -> {
        all.forEach(panel -> panel.ask(HANG, 4 * threads));
        awaitHeldUp(all);
        all.forEach(panel -> panel.ask("/", OVERFLOW_CLIENTS));
      }
      case KILL -> all.forEach(LabPanel::kill);
    }
  }

  private static void awaitHeldUp(List<LabPanel> all) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS);
    while (System.nanoTime() < end && !all.stream().allMatch(LabPanel::isHandling)) {
      Thread.onSpinWait();
    }
  }

  private void tell() {
    try {
      while (true) {
        synchronized (this) {
          if (closed) {
            return;
          }
          batches.add(GSON.toJson(batch()));
          if (batches.size() > BATCHES_MAX) {
            batches.remove();
          }
          notifyAll();
          wait(BATCH_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Map<String, Object> batch() {
    Map<Integer, SocketQueues.Queues> waiting;
    try {
      waiting = queues.read();
    } catch (LinuxException e) {
      waiting = Map.of(); // a kernel without inet_diag
    }
    Map<String, Object> told = new LinkedHashMap<>();
    Map<String, Object> all = new LinkedHashMap<>();
    for (LabPanel panel : panels) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("events", panel.events().stream().map(this::coded).toList());
      one.put("clients", panel.clients());
      SocketQueues.Queues own = waiting.getOrDefault(panel.port(), new SocketQueues.Queues());
      one.put("halfOpen", own.halfOpen());
      one.put("accepts", own.accepts());
      if (number % THREADS_EVERY == 0) {
        one.put("threads", panel.threads());
      }
      if (number % FIGURES_EVERY == 0) {
        one.put("figures", panel.figures());
      }
      all.put(panel.pattern, one);
    }
    number++;
    told.put("number", number);
    told.put("era", era);
    told.put("at", LabThread.micros());
    told.put("doing", doing);
    told.put("done", done);
    told.put("refusals", refusals);
    told.put("settings", settingsById());
    told.put("transitions", newTransitions);
    told.put("panels", all);
    newTransitions = new ArrayList<>();
    return told;
  }

  private Map<String, Integer> settingsById() {
    Map<String, Integer> byId = new LinkedHashMap<>();
    settings.forEach((control, value) -> byId.put(control.id(), value));
    return byId;
  }

  /** A transition is a number after the first time. */
  private Object[] coded(Object[] event) {
    if (!event[0].equals("t")) {
      return event;
    }
    Object[] coded = event.clone();
    coded[4] =
        transitions.computeIfAbsent(
            (String) event[4],
            name -> {
              int next = transitions.size();
              List<Object> words = new ArrayList<>(List.of((Object[]) name.split("\\|", -1)));
              words.addFirst(next);
              newTransitions.add(words.toArray());
              return next;
            });
    return coded;
  }

  /**
   * All that a page needs to begin.
   *
   * @param text as JSON
   * @param number of the last batch that is in it
   */
  record Beginning(String text, long number) {}

  synchronized Beginning beginning() {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("number", number);
    told.put("era", era);
    List<Object[]> names = new ArrayList<>();
    transitions.forEach(
        (name, id) -> {
          List<Object> words = new ArrayList<>(List.of((Object[]) name.split("\\|", -1)));
          words.addFirst(id);
          names.add(words.toArray());
        });
    told.put("transitions", names);
    told.put("settings", settingsById());
    Map<String, Object> all = new LinkedHashMap<>();
    for (LabPanel panel : panels) {
      Map<String, Object> one = new HashMap<>();
      one.put("address", panel.address());
      one.put("connections", panel.connections());
      one.put("threads", panel.threads());
      all.put(panel.pattern, one);
    }
    told.put("panels", all);
    return new Beginning(GSON.toJson(told), number);
  }

  /**
   * The batch after one, waited for; null once the lab is closed, or if it is forgotten already.
   */
  synchronized @Nullable String after(long last) throws InterruptedException {
    while (!closed && number <= last) {
      wait();
    }
    long first = number - batches.size() + 1;
    if (closed || last + 1 < first) {
      return null;
    }
    return batches.stream().skip(last + 1 - first).findFirst().orElseThrow();
  }

  /** Ends clients, servers, processes and threads. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    deeds.close();
    boolean interrupted = false;
    try {
      teller.join();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    synchronized (this) {
      panels.forEach(LabPanel::close);
      panels.clear();
    }
    queues.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
