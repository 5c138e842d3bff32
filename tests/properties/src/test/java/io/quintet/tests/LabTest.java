package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.quintet.codec.Line;
import io.quintet.testkit.QuintetProperties;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code quintet lab}, as a browser sees it and a person uses it. */
@OwnProcesses
class LabTest {
  private static final Path PICTURES = Path.of("target").toAbsolutePath();
  private static final int SECONDS = 120;
  private static final String EVERY = "[...lab.panels.values()].every(({panel: p}) => ";
  private static final String THREADS = "[...p.threads.values()]";

  @TempDir private Path folder;

  /** The command, until it is closed. */
  private static final class Lab implements AutoCloseable {
    private final Command.Running running;
    final String url;

    Lab(String... more) throws Exception {
      List<String> arguments = new ArrayList<>(List.of("lab"));
      arguments.addAll(List.of(more));
      running = Command.begin(arguments.toArray(String[]::new));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (!running.out().contains("\n")) {
        assertTrue(System.nanoTime() < end, () -> "no lab: " + running.err());
        Thread.onSpinWait();
      }
      url = running.out().substring(running.out().indexOf("http")).strip();
    }

    private List<ProcessHandle> processes() {
      return ProcessHandle.of(running.pid()).stream().flatMap(ProcessHandle::descendants).toList();
    }

    /** SIGTERM ends all of it. */
    void end() throws Exception {
      List<ProcessHandle> backends = processes();
      assertTrue(backends.size() >= 1, "backends are processes");
      Command.run("kill", "-TERM", Long.toString(running.pid()));
      assertEquals(0, running.awaitEnd().exit(), running.err());
      assertFalse(running.err().contains("Exception"), running.err());
      for (ProcessHandle backend : backends) {
        backend.onExit().get(SECONDS, TimeUnit.SECONDS);
      }
    }

    @Override
    public void close() {
      running.close();
    }
  }

  private Browser open(Lab lab) throws Exception {
    Browser browser = new Browser(folder);
    browser.see(1600, 1250, false, false, false);
    browser.open(lab.url);
    browser.until("document.body.dataset.batches > 10", SECONDS);
    return browser;
  }

  private static void assertContent(Browser browser) {
    assertEquals(List.of(), browser.complaints);
  }

  /** Transitions by their number in the record. */
  private static TreeMap<Long, List<String>> bySequence(JsonArray told) {
    TreeMap<Long, List<String>> all = new TreeMap<>();
    for (JsonElement each : told) {
      List<String> words = new ArrayList<>();
      each.getAsJsonArray().forEach(word -> words.add(word.getAsString()));
      all.put(Long.parseLong(words.removeFirst()), words);
    }
    return all;
  }

  /** The first in which they differ; empty if there is none. */
  private static String difference(
      SortedMap<Long, List<String>> happened, SortedMap<Long, List<String>> shown) {
    TreeSet<Long> all = new TreeSet<>(happened.keySet());
    all.addAll(shown.keySet());
    for (long sequence : all) {
      if (!Objects.equals(happened.get(sequence), shown.get(sequence))) {
        return "%d: %s happened, %s is shown; %d happened, %d are shown"
            .formatted(
                sequence,
                happened.get(sequence),
                shown.get(sequence),
                happened.size(),
                shown.size());
      }
    }
    return "";
  }

  private static JsonArray recorded(Lab lab) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(lab.url + "recorded")).build();
      return JsonParser.parseString(
              client.send(request, HttpResponse.BodyHandlers.ofString()).body())
          .getAsJsonArray();
    }
  }

  @Test
  void whatThePageShowsIsWhatTheMachinesHaveRecorded() throws Exception {
    Command.needs("chromium");
    try (Lab lab = new Lab("--set", "connections=0");
        Browser browser = open(lab)) {
      browser.until(EVERY + "p.clients.size === 0 && p.connections.size === 0)", SECONDS);
      recorded(lab);
      browser.set("#control-connections", 8);
      browser.until(EVERY + "p.counts.transitions > 200)", SECONDS);
      browser.set("#control-connections", 0);
      browser.until(EVERY + "p.clients.size === 0 && p.connections.size === 0)", SECONDS);
      TreeMap<Long, List<String>> happened = bySequence(recorded(lab));
      long first = happened.firstKey();
      long last = happened.lastKey();
      String inProcess = "lab.log.filter(([, t]) => !t.thread.includes('/'))";
      browser.until(inProcess + ".some(([, t]) => t.sequence >= " + last + ")", SECONDS);
      TreeMap<Long, List<String>> shown =
          bySequence(
              browser
                  .value(
                      inProcess
                          + ".map(([, t]) => [t.sequence, t.machine, t.from, t.event, t.action,"
                          + " t.to])")
                  .getAsJsonArray());
      assertTrue(happened.size() > 800, happened.size() + " transitions");
      assertEquals("", difference(happened, shown.subMap(first, true, last, true)));
      // Those of backends are recorded in their processes, and told from there.
      assertTrue(
          browser.value("lab.log.filter(([, t]) => t.thread.includes('/')).length").getAsInt()
              > 150);
      assertContent(browser);
      lab.end();
    }
  }

  @Test
  void eachControlDoesWhatItSays() throws Exception {
    Command.needs("chromium");
    try (Lab lab = new Lab();
        Browser browser = open(lab)) {
      browser.set("#control-connections", 12);
      browser.until(EVERY + "p.clients.size === 12)", SECONDS);
      browser.set("#control-rate", 200);
      browser.until(EVERY + "p.rate > 120)", SECONDS);
      browser.set("#control-rate", 40);
      browser.set("#control-cost", 30_000);
      browser.set("#control-handler", 1);
      browser.until(EVERY + THREADS + ".some(t => t.handling === '/work?micros=30000'))", SECONDS);
      browser.set("#control-handler", 2);
      browser.until(EVERY + THREADS + ".some(t => t.handling === '/sleep?millis=30'))", SECONDS);
      browser.set("#control-handler", 0);
      browser.set("#control-slow-time", 70);
      browser.set("#control-slow", 60);
      browser.until(EVERY + THREADS + ".some(t => t.handling === '/sleep?millis=70'))", SECONDS);
      browser.set("#control-slow", 0);
      browser.set("#control-rate", 300);
      browser.set("#control-hot", 25);
      browser.value(
          "lab.panels.forEach(({panel: p}) => p.connections.forEach(c => c.requests = 0))");
      String asked = "(p.connections.get(c.port)?.requests ?? 0)";
      String sum = "[...p.clients.values()].filter(c => c.index %s 3).reduce((s, c) => s + %s, 0)";
      browser.until(
          EVERY
              + sum.formatted("<", asked)
              + " > 100 && "
              + sum.formatted("<", asked)
              + " > 3 * "
              + sum.formatted(">=", asked)
              + ")",
          SECONDS);
      browser.set("#control-hot", 0);
      browser.set("#control-rate", 60);
      browser.set("#control-readers", 50);
      browser.until(
          EVERY + "[...p.connections.values()].some(c => c.state === 'congested'))", SECONDS);
      browser.set("#control-readers", 0);
      browser.set("#control-backlog", 7);
      browser.until(
          EVERY + "p.accepts.length && p.accepts.every(([, most]) => most === 7))", SECONDS);
      browser.set("#control-loops", 3);
      browser.set("#control-workers", 4);
      browser.until("lab.panels.get('load-balanced').panel.threads.size === 5", SECONDS);
      browser.until("lab.panels.get('multi-thread').panel.threads.size === 4", SECONDS);
      browser.until("lab.panels.get('multi-process').panel.threads.size === 4", SECONDS);
      browser.until("lab.panels.get('reuseport').panel.accepts.length === 3", SECONDS);
      assertContent(browser);
    }
  }

  @Test
  void eachFailureIsProvokedAndSeen() throws Exception {
    Command.needs("chromium");
    try (Lab lab = new Lab();
        Browser browser = open(lab)) {
      browser.click("#failure-head-of-line");
      String held = THREADS + ".some(t => t.handling === '/sleep?millis=%d')";
      browser.until(EVERY + held.formatted(300) + ")", SECONDS);
      browser.click("#failure-hung-loop");
      browser.until(EVERY + held.formatted(4000) + ")", SECONDS);
      browser.until("lab.panels.get('single-thread').panel.figures.waiting > 12", SECONDS);
      browser.picture(PICTURES.resolve("lab-hung.png"));
      browser.click("#failure-accept-overflow");
      String single = "lab.panels.get('single-thread').panel";
      browser.until(
          single + ".accepts.some(([waiting, most]) => waiting > most && most === 4)", SECONDS);
      browser.until("[..." + single + ".clients.values()].some(c => c.state === 1)", SECONDS);
      browser.picture(PICTURES.resolve("lab-overflow.png"));
      browser.click("#failure-descriptors-used-up");
      String front = "p.id === 'multi-process' || ";
      browser.until(EVERY + front + THREADS + ".some(t => t.listener === 'paused'))", SECONDS);
      browser.until(EVERY + front + "p.accepts.some(([waiting]) => waiting > 0))", SECONDS);
      browser.picture(PICTURES.resolve("lab-emfile.png"));
      browser.click("#failure-nothing");
      browser.until(
          EVERY + THREADS + ".every(t => t.listener !== 'paused') && p.connections.size >= 24)",
          SECONDS);
      browser.value("lab.log.length = 0");
      browser.click("#failure-killed-backend");
      String told = "lab.log.some(([, t]) => t.machine === 'backend' && t.event === '%s')";
      browser.until(told.formatted("EXITED"), SECONDS);
      browser.until(told.formatted("READY"), SECONDS);
      browser.click("#failure-imbalance");
      browser.until(EVERY + THREADS + ".some(t => t.handling === '/work?micros=3000'))", SECONDS);
      browser.click("#failure-slow-readers");
      browser.until(
          EVERY + "[...p.connections.values()].some(c => c.state === 'congested'))", SECONDS);
      browser.click("#failure-connection-churn");
      browser.value("lab.panels.forEach(({panel: p}) => p.counts.accepted = 0)");
      browser.until(EVERY + "p.counts.accepted > 30)", SECONDS);
      browser.click("#failure-overload");
      browser.until(EVERY + "p.figures.waiting > 20 && p.figures.p99 > 100000)", SECONDS);
      assertContent(browser);
      lab.end();
    }
  }

  @Test
  void aThreadAndAConnectionSayWhatTheyDo() throws Exception {
    Command.needs("chromium");
    try (Lab lab = new Lab();
        Browser browser = open(lab)) {
      browser.until(EVERY + "p.counts.transitions > 50)", SECONDS);
      browser.picture(PICTURES.resolve("lab.png"));
      browser.value("document.querySelector('#panel-load-balanced .threads button').focus()");
      browser.press("Enter", 13);
      browser.until("document.getElementById('body').textContent.includes('recv(')", SECONDS);
      browser.press("Escape", 27);
      browser.until("document.getElementById('details').hidden", SECONDS);
      String at =
          browser
              .value(
                  "(() => { const s = lab.panels.get('multi-thread').scene; const d = s.dots.get(3);"
                      + " const r = s.canvas.getBoundingClientRect(); return (r.x + d.x) + ' ' + (r.y"
                      + " + d.y); })()")
              .getAsString();
      browser.click(Double.parseDouble(at.split(" ")[0]), Double.parseDouble(at.split(" ")[1]));
      browser.until("document.querySelector('#body .here')", SECONDS);
      browser.until(
          "document.getElementById('body').textContent.includes('--RECEIVED / ')", SECONDS);
      browser.picture(PICTURES.resolve("lab-connection.png"));
      browser.press("Escape", 27);
      browser.see(1600, 1250, false, true, false);
      browser.picture(PICTURES.resolve("lab-dark.png"));
      browser.see(390, 844, true, false, true);
      assertFalse(
          browser.value("document.documentElement.scrollWidth > window.innerWidth").getAsBoolean());
      browser.picture(PICTURES.resolve("lab-phone.png"));
      assertContent(browser);
    }
    assertTrue(Files.size(PICTURES.resolve("lab.png")) > 50_000, "a picture of it is kept");
  }

  /** Two chapters in each build, all with {@code -Dquintet.tour=all}. */
  @Test
  void theTourMeasuresWhatItTells() throws Exception {
    Command.needs("chromium");
    boolean all = System.getProperty("quintet.tour", "").equals("all");
    List<Integer> chapters = all ? List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9) : List.of(2, 7);
    List<Integer> answers = List.of(1, 1, 1, 0, 1, 1, 1, 1, 1, 0);
    try (Lab lab = new Lab();
        Browser browser = open(lab)) {
      browser.click("#tour-begin");
      assertEquals(10, browser.value("lab.chapters.length").getAsInt());
      List<Integer> measured = new ArrayList<>();
      for (int chapter : chapters) {
        browser.value("lab.tour.at(" + chapter + ")");
        browser.click("#chapter-choices button");
        browser.until("lab.tour.state === 'answered'", SECONDS);
        measured.add(browser.value("lab.tour.answer").getAsInt());
        String told =
            browser.value("document.getElementById('chapter-told').innerText").getAsString();
        System.out.println((chapter + 1) + ": " + told);
        assertTrue(told.contains(measured.getLast() == 0 ? "As you" : "Otherwise than"), told);
      }
      browser.picture(PICTURES.resolve("lab-tour.png"));
      for (int i = 0; i < chapters.size(); i++) {
        boolean byChance = chapters.get(i) == 6; // the kernel's hash decides
        assertTrue(
            byChance || answers.get(chapters.get(i)).equals(measured.get(i)),
            chapters + " were answered by " + measured);
      }
      assertContent(browser);
    }
  }

  @Test
  void runningServersAreRearranged() throws Exception {
    Command.needs("chromium");
    try (Lab lab = new Lab();
        Browser browser = open(lab)) {
      String single = "lab.panels.get('single-thread').panel";
      browser.until(single + ".rate > 0", SECONDS);
      browser.value(single + ".counts.transitions = 0");
      browser.click("#rearrange-load-balanced");
      browser.until(single + ".topology === 'load-balanced'", SECONDS);
      browser.set("#control-churn", 1); // a connection stays with its old loop until it ends
      browser.until(
          "[..."
              + single
              + ".threads.values()].some(t => t.name.includes('worker') && t.calls.some("
              + "call => call.startsWith('handler')))",
          SECONDS);
      browser.until("lab.panels.get('reuseport').panel.topology === 'load-balanced'", SECONDS);
      browser.until(
          "document.getElementById('refusals').textContent.includes('multi-process cannot')",
          SECONDS);
      assertEquals(0, browser.value(single + ".counts.lost").getAsInt(), "clients lost nothing");
      assertContent(browser);
    }
  }

  /** A run in which a broken server was found out, told by a process of its own. */
  private Path toldRun() throws Exception {
    Path file = folder.resolve("trace.json");
    Command.Result result =
        Command.run(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dquintet.root=" + System.getProperty("quintet.root"),
            "-Dquintet.record=1024",
            "-Dquintet.interleaving=true",
            "-Dquintet.bug=SWAPPED_REPLIES",
            "-cp",
            System.getProperty("java.class.path"),
            ToldRun.class.getName(),
            file.toString());
    assertEquals(0, result.exit(), result.err());
    assertTrue(result.out().strip().matches("\\d+"), result.out());
    return file;
  }

  @Test
  void theRunOfABrokenServerIsGoneThroughToAndFro() throws Exception {
    Command.needs("chromium");
    try (Lab lab = new Lab("--trace", toldRun().toString());
        Browser browser = new Browser(folder)) {
      browser.see(1200, 1250, false, false, false);
      browser.open(lab.url + "#100");
      browser.until("document.body.dataset.ready", SECONDS);
      String seen = "document.querySelector('main').innerText";
      String before = browser.value(seen).getAsString();
      assertTrue(before.contains("Broken: client "), before);
      browser.press("ArrowRight", 39);
      browser.until("lab.at() === 101", SECONDS);
      String after = browser.value(seen).getAsString();
      assertFalse(after.equals(before));
      browser.press("End", 35);
      browser.until("lab.at() === lab.steps().length", SECONDS);
      assertTrue(browser.value(seen).getAsString().contains("A rule is broken here."));
      browser.picture(PICTURES.resolve("lab-violation.png"));
      browser.value("lab.go(100)");
      assertEquals(before, browser.value(seen).getAsString());
      browser.click("#next");
      assertEquals(after, browser.value(seen).getAsString());
      browser.value("lab.go(lab.steps().findIndex(s => s.step.name === 'accept4') + 1)");
      browser.until("document.getElementById('man').textContent.includes('accept4(2)')", SECONDS);
      browser.value("lab.go(lab.steps().findIndex(s => s.step.machine === 'connection') + 1)");
      browser.until("document.querySelector('#machine .here').textContent === 'serving'", SECONDS);
      browser.picture(PICTURES.resolve("lab-step.png"));
      browser.value("lab.go(1)");
      browser.click("#play");
      browser.until("lab.at() > 5", SECONDS);
      String unknown =
          "lab.steps().filter(s => s.step.kind === 'other').map(s => s.text).filter(t =>"
              + " /[(=]|-->/.test(t)).join()";
      assertEquals("", browser.value(unknown).getAsString(), "steps that are not understood");
      assertContent(browser);
    }
  }

  @Test
  void aSeedIsToldTheSameWayEachTime() throws Exception {
    QuintetProperties<?, ?> lines = QuintetProperties.of(Line.codec(), line -> line);
    lines.topologies("multi-thread");
    Path once = folder.resolve("once.json");
    Path again = folder.resolve("again.json");
    assertFalse(lines.tell(3, once));
    assertFalse(lines.tell(3, again));
    assertEquals(Files.readString(once), Files.readString(again));
    Files.writeString(again, "{}");
    Command.Result result = Command.quintet("lab", "--trace", again.toString());
    assertEquals(2, result.exit());
    assertTrue(result.err().contains("option --trace is " + again + "; valid is"), result.err());
  }

  @Test
  void pagesOfOtherSitesHaveNoSay() throws Exception {
    try (Lab lab = new Lab("--set", "connections=1");
        HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest.Builder set =
          HttpRequest.newBuilder(URI.create(lab.url + "set"))
              .POST(HttpRequest.BodyPublishers.ofString("{\"rate\":1}"));
      HttpResponse.BodyHandler<String> text = HttpResponse.BodyHandlers.ofString();
      assertEquals(405, client.send(set.build(), text).statusCode());
      set.header("Content-Type", "application/json");
      assertEquals(200, client.send(set.build(), text).statusCode());
      HttpRequest wrong =
          set.copy().POST(HttpRequest.BodyPublishers.ofString("{\"rate\":5000}")).build();
      assertEquals("control rate is 5000; valid are 0 to 500\n", client.send(wrong, text).body());
      try (Client other = new Client(URI.create(lab.url).getPort())) {
        other.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        assertTrue(other.receiveLine().contains(" 403 "));
      }
      lab.end();
    }
  }
}
