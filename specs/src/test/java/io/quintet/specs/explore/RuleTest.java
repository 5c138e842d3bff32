package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.explore.model.AdaptationRule;
import io.quintet.specs.explore.model.Bounds;
import java.io.StringReader;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No rule is one that cannot fail: for each there is a machine, which the reader takes, with a
 * transition that breaks it. Where the reader's own rule about actions that end a machine stands
 * before, that is taken away first, and the machine is said to be unended.
 */
@Execution(ExecutionMode.CONCURRENT)
class RuleTest {
  private static final int STATES_MAX = 1_000_000;

  /** Those of sessions that are broken behind more states than others. */
  private static final Set<String> LATER =
      Set.of(
          "CONVERSING",
          "SAID_IS_WRITTEN",
          "GIVEN_UP_CONCLUDES",
          "END_IS_TOLD",
          "END_TOLD_ONCE",
          "CLOSE_IS_WRITTEN");

  private static final int SESSION_STATES_MAX = 15_000;

  /** Those of sessions that have many states. */
  private static final Set<String> LARGE = Set.of("broadcasts", "listeners");

  private static final int LARGE_STATES_MAX = 300_000;

  private static final String BROKEN =
      """
      TRANSITION_FOR_EACH_EVENT | single-thread | requests | connection lingering READABLE dropped
      OUTCOME_FOR_EACH_ACTION | multi-process | shortage | backend spawning SPAWN_FAILED to starting does admit
      ACTIONS_END | single-thread | requests | loop flushing FLUSHED to flushing does flush
      CLOSED_IS_FINAL | multi-process | leaving | control open ABORT to receiving does pause
      END_COMES | single-thread | requests | connection lingering END_OF_STREAM to lingering does nothing
      DRAIN_TOLD_ONCE | load-balanced | aborts | server aborting LOOP_STOPPED does drain
      STOP_TOLD_ONCE | load-balanced | upheaval | server releasing WORKER_STOPPED does stopWorkers
      NOTHING_CUT_EARLY | load-balanced | aborts | server draining LOOP_STOPPED to aborting
      ONE_WAKE_UP_A_SLEEP | load-balanced | requests | mailbox-wakeup asleep WAKE does signal
      MAIL_LOADS | load-balanced | requests | mailbox-wakeup asleep POST to asleep
      LOADED_HAS_MAIL | load-balanced | requests | mailbox-wakeup asleep WAKE to loaded
      TAKEN_IS_AWAKE | load-balanced | requests | mailbox-wakeup loaded TAKE to asleep
      CLOSED_MAILBOX_STAYS_CLOSED | single-thread | requests | mailbox-wakeup awake CLOSE to awake
      NO_MAIL_TO_ONESELF | single-thread | parts | reply answered RETURN to encoded does post
      WAITING_IS_TAKEN | load-balanced/shared | queues | worker parking FOUND to dozing does doze
      WHO_WAITS_IS_ACCEPTED | single-thread | leaving | listener listening READABLE to yielding does yieldPlace
      PAUSES_END | single-thread | leaving | listener counting DUE to paused does nothing
      LISTENING_WAITS_FOR_NONE | single-thread | leaving | listener accepting IN_VAIN to listening
      PAUSED_STANDS_IN_LINE | single-thread | leaving | listener yielding YIELDED to counting does countDown
      WORKING_DOES_NOT_FAIL | single-thread | leaving | listener stalled ABORT does fail
      FAILURE_IS_REPORTED | single-thread | faults | listener probing HANGUP does close
      ONE_OWNER | single-thread | leaving | listener stalled AFTER_ACCEPT_PAUSE to accepting does place
      QUEUED_IS_NOT_LOST | single-thread | clients | listener listening DRAIN to closed does close
      CLOSED_ONCE | single-thread | requests | connection unended; idle READABLE to lingering does close
      TAKEN_IS_ANSWERED | single-thread | requests | connection awaiting READABLE to parting
      DISCARDS_ONCE | single-thread | requests | connection lingering DISCARDED does discard
      STALLED_HAS_QUEUED | single-thread | leaving | listener draining IN_VAIN to stalled
      TURN_IS_TAKEN | single-thread | limits | listener paused TURN to paused does nothing
      FULL_WAITS | multi-process | standstill | control full HANGUP to open
      ANSWERED_IN_TIME | load-balanced | silence | connection crowded AFTER_HANDLER dropped
      READ_TO_ITS_END | single-thread | requests | connection partial RECEIVED does readOn
      OPEN_BEHIND_LAST_REPLY | single-thread | requests | connection leaving WOULD_BLOCK to closed does close
      DECODED_IS_HANDLED | single-thread | requests | connection serving REQUEST to flushing does flush
      HANDLED_ONCE | single-thread | requests | connection serving END_OF_STREAM does handle
      INTERRUPTED_IS_REPEATED | single-thread | requests | connection pausing RETRY to blocked does nothing
      READ_IS_READABLE | single-thread | requests | connection partial RECEIVED does readOn
      PLACED_WAITED | single-thread | requests | connection finishing REPLY_READY does place
      GIVEN_UP_WAS_OWED | single-thread | silence | connection idle AFTER_IDLE to ending does giveUp
      GIVEN_UP_IS_OWED_NO_MORE | single-thread | silence | reply detached OVERDUE to answered
      DEADLINES_END | single-thread | silence | connection congested AFTER_WRITE_STALL to ending does reply
      REFUSAL_IS_LAST | single-thread | trouble | connection ending REFUSED does refuse
      REFUSAL_SAYS_WHY | single-thread | silence | connection finishing AFTER_HANDLER does refuse
      READING_RESUMES_LOW | single-thread | silence | connection congested WRITABLE to yielded does yieldTurn
      READING_STOPS_HIGH | single-thread | requests | connection lingering WOULD_BLOCK to partial does relieve
      YIELDS_WITH_MORE | single-thread | silence | connection flushing BLOCKED does yieldTurn
      FRESH | single-thread | requests | connection partial INCOMPLETE to fresh
      IDLE | single-thread | trouble | connection yielded DRAIN to idle
      DEPARTING | single-thread | requests | connection awaiting READABLE to parting
      DEPARTED | single-thread | requests | connection ending HOLDING to departed
      PARTIAL | single-thread | silence | connection pausing BLOCKED to partial
      AWAITING | single-thread | requests | connection partial INCOMPLETE to awaiting
      SATURATED | single-thread | silence | connection judging ENOUGH to saturated
      FINISHING | single-thread | trouble | connection departing DRAIN to finishing
      BLOCKED | single-thread | requests | connection partial INCOMPLETE to blocked
      CONGESTED | single-thread | requests | connection partial INCOMPLETE to congested
      EMPTYING | single-thread | trouble | connection finishing DRAIN to emptying
      YIELDED | single-thread | trouble | connection awaiting DRAIN to yielded
      CROWDED | load-balanced | silence | connection crowded ROOM to crowded does nothing
      LINGERING | single-thread | requests | connection leaving DISCARDED does yieldTurn
      HANDED_IS_TAKEN | multi-process | faults | loop waiting FAILED does stop; flushing EMPTY does fail
      STOPPED_HAS_ENDED | multi-process | faults | server releasing ALL_STOPPED to starting
      SILENT_WAS_ASKED | multi-process | silence | backend ready AFTER_HEARTBEAT does nothing; draining ANSWER does ping
      ONE_PROCESS | multi-process | silence | backend unresponsive ANSWER to spawning does spawn
      ADMITTED_IS_CONNECTED | multi-process | limits | backend starting DRAIN to planned does admit
      LOST_HAS_ENDED | multi-process | clients | backend starting DRAIN does lose
      KILLED_IS_WAITED_FOR | multi-process | clients | backend unended; starting DRAIN to stopped
      DONE_HAS_NO_PROCESS | multi-process | clients | backend ready DRAIN to stopped does retire
      READY_IS_ADMITTED | multi-process | clients | backend starting READY does nothing
      DRAINED_GETS_NONE | multi-process | limits | backend ready AFTER_HEARTBEAT to telling does tell; telling TOLD to ready does admit; ready DRAIN to draining does ping; untold AFTER_BACKOFF to asked does nothing
      DELIVERED_WAS_SENT | multi-process | clients | control open HANGUP does deliver
      FRONT_HAS_ROOM | multi-process | upheaval | control receiving RETRY to full does pause
      RESTS_TO_WAIT | single-thread | leaving | listener listening READABLE does nothing
      ABORT_TOLD_ONCE | load-balanced | upheaval | server aborting DRAIN does abort
      DEADLINE_IS_TOLD | load-balanced | upheaval | server draining AFTER_DRAIN does nothing
      NOTHING_DRAINS_UNASKED | reuseport | upheaval | server serving LOOP_ADDED to delaying does delay
      DRAIN_IS_TOLD | load-balanced | upheaval | server delaying NOW does nothing
      WHAT_SERVES_IS_WHOLE | load-balanced | upheaval | server serving WORKER_STOPPED to serving
      NO_DELAY_IS_NONE | load-balanced | upheaval | server delaying NOW to delaying does nothing
      RELEASED_IS_UNSTARTED | load-balanced | upheaval | server delaying DELAYED does release
      PAUSE_IS_COUNTED | single-thread | leaving | listener listening READABLE to paused does pause
      QUEUES_IN_NEED | single-thread | leaving | listener listening DRAIN does queue
      ACCEPTED_IS_PLACED | single-thread | leaving | listener accepting ACCEPTED to shedding does shed
      DRAINING_GOES_ON | single-thread | leaving | listener listening READABLE to holding does nothing
      CLOSED_IS_TOLD | single-thread | leaving | listener accepting ACCEPTED to draining
      FAILURE_IS_THE_END | single-thread | faults | listener listening HANGUP to listening does nothing
      REFUSED_IS_TOLD | single-thread | silence | connection fresh EXCESS to serving does read
      NOTHING_FOLLOWS_LAST | single-thread | silence | connection serving INSECURE to departed does endOutput
      HALF_ENDS_ONCE | single-thread | leaving | connection departed ENDED to ending does reply
      NOTHING_FOLLOWS_HALF | single-thread | leaving | connection departed ENDED to partial
      LINGERS_ONCE | single-thread | leaving | connection fresh READABLE to departing does linger
      TIME_COUNTS_FROM_FIRST_BYTE | single-thread | requests | connection partial RECEIVED to serving
      END_IS_AT_ONCE | single-thread | leaving | connection fresh ABORT to parting does read
      LOSS_IS_COUNTED | multi-process | upheaval | backend spawning SPAWN_FAILED does nothing
      NO_START_BEHIND_DRAIN | multi-process | upheaval | backend starting DRAIN to killed
      BACKENDS_COME_BACK | multi-process | faults | backend waking DUE to backingOff does nothing
      PARTING_IS_TOLD | multi-process | upheaval | control receiving BROKEN does close
      PARTING_IS_LAST | multi-process | upheaval | control open READABLE to closed does part
      FULL_LACKS_ROOM | multi-process | upheaval | control receiving WOULD_BLOCK to full
      ABORTING_GOES_ON | load-balanced | aborts | server aborting LOOP_STOPPED to draining
      ONE_LOOP_AT_A_TIME | multi-thread | moves | connection moving REPLY_READY does depart; moving DRAIN does remember
      GOES_ON_WHERE_IT_RESTED | multi-thread | moves | connection arriving WAS_FRESH to idle
      MOVES_WHERE_IT_RESTS | multi-thread | moves | connection idle MOVE dropped
      READY_IS_ENCODED | single-thread | requests | connection awaiting REPLY_READY to awaiting does nothing
      KILLED_HAS_CAUSE | multi-process | upheaval | backend ready ANSWER does settle; asked ANSWER to killed does kill
      SETTLED_IS_READY | multi-process | upheaval | backend telling UNTOLD does settle
      ASKED_IS_AWAITED | multi-process | upheaval | backend ending ABORT does ping
      SERVED_BEHIND_HANDSHAKE | single-thread | handshakes | connection handshaking INCOMPLETE to serving does decode
      COMPUTED_IS_AWAITED | single-thread | handshakes | connection computing DRAIN to handshaking does handshake
      HANDSHAKING | single-thread | requests | connection flushing CLEAR to handshaking
      COMPUTING | single-thread | handshakes | connection handshaking INCOMPLETE to computing
      STALLED | single-thread | handshakes | connection handshaking INCOMPLETE to stalled
      END_COMES | single-thread | handshakes | connection handshaking AFTER_HANDSHAKE dropped
      REFUSED_IS_TOLD | single-thread | handshakes | connection handshaking MALFORMED to serving does decode
      END_IS_AT_ONCE | single-thread | handshakes | connection handshaking REJECTED to leaving does discard
      END_FOLLOWS_END | multi-process | upheaval | control receiving WOULD_BLOCK to closed does part
      HELD_BACK_IS_NOT_READ | single-thread | broadcasts | connection saturating CONVERSING to conversing
      HELD_BACK_IS_TAKEN | load-balanced | listeners | connection saturating CONVERSING to crowded
      SAID_IS_SENT | single-thread | broadcasts | connection ending CONVERSING to leaving does discard
      HEARS_IN_BETWEEN | single-thread | sessions | websocket opening OPEN does nothing; message PONG does open
      LOST_SESSION_HAS_ENDED | load-balanced | listeners | websocket opening LOST to opening
      LISTENER_IS_TOLD | load-balanced | listeners | mailbox-wakeup asleep POST does nothing; loaded WAKE does signal
      CONCLUDED_DRAINS | single-thread | upgrades | connection flushing CONVERSING does conclude
      FINISHED_HAS_ENDED | single-thread | upgrades | connection partial CONVERSING does finish
      RECEIVED_IS_TAKEN | single-thread | upgrades | connection concluding RECEIVED does remember
      CONVERSING | single-thread | sessions | connection flushing CONCLUDING to conversing
      CONCLUDING | single-thread | sessions | connection flushing CONVERSING to concluding
      SAID_IS_WRITTEN | single-thread | sessions | connection concluding REPLY_READY to concluding does nothing
      GIVEN_UP_CONCLUDES | single-thread | sessions | connection conversing AFTER_PING to ending does giveUp; conversing HANGUP to conversing does keepAlive
      OPENED_ONCE | single-thread | sessions | websocket open PONG does open
      END_IS_TOLD | single-thread | sessions | websocket open LOST does nothing
      END_TOLD_ONCE | single-thread | sessions | websocket open DATA does tell
      MESSAGE_IS_DELIVERED | single-thread | sessions | websocket message COMPLETE does nothing; open PONG does deliver
      DELIVERED_IS_WHOLE | single-thread | sessions | websocket open DATA does deliver
      PING_IS_ANSWERED | single-thread | sessions | websocket message PING does nothing
      PONG_ANSWERS_PING | single-thread | sessions | websocket open PONG does pong
      PONG_IS_HEARD | single-thread | sessions | websocket message PONG does nothing
      HEARD_IS_PONG | single-thread | sessions | websocket open PING does heard
      CLOSE_IS_ANSWERED | single-thread | sessions | websocket message CLOSE does nothing
      CLOSE_IS_WRITTEN | single-thread | sessions | connection concluding READABLE to closed does close
      ANSWERED_HAS_CLOSED | single-thread | sessions | websocket open PING does answer
      FAILED_IS_BROKEN | single-thread | sessions | websocket open PING does fail
      NOTHING_READ_BEHIND_CLOSE | single-thread | sessions | websocket open CLOSE to open
      READ_UNTIL_CLOSE | single-thread | sessions | websocket open PING dropped
      OPENING | single-thread | sessions | websocket open PING to opening
      OPEN | single-thread | sessions | websocket message CLOSE to open
      MESSAGE | single-thread | sessions | websocket message COMPLETE to message
      CLOSING | single-thread | sessions | websocket open CLOSE to closing
      ANSWERING | single-thread | sessions | websocket open MALFORMED to answering
      FAILING | single-thread | sessions | websocket open CLOSE to failing
      """;

  /** Those of a server that changes by itself. */
  private static final String BROKEN_BY_GOVERNOR =
      """
      NEVER_FLAPS | changing CHANGED to watching does nothing
      FAILURE_IS_NOT_REPEATED | changing FAILED to watching does rest
      OTHERS_STAND | observing DISPLACED to watching does rest
      CHANGE_HAS_REASON | waiting RESTED to changing does rearrange
      CHANGE_IS_TO_ANOTHER | observing SETTLED to changing does rearrange
      RESTS_BEHIND_CHANGE | observing SETTLED to resting
      NOTHING_BEHIND_STOP | unended; watching STOP to observing does observe
      GOES_ON_UNTIL_STOPPED | changing CHANGED to over does end
      STOPS_WITH_SERVER | watching STOP to resting does nothing
      WATCHES_AGAIN | waiting RESTED to resting does rest
      REASON_IS_ACTED_ON | observing DUE to watching does nothing
      """;

  private static Stream<String> brokenByGovernor() {
    return BROKEN_BY_GOVERNOR.lines();
  }

  @ParameterizedTest
  @MethodSource("brokenByGovernor")
  void aRuleIsBrokenByAGovernorThatIs(String line) {
    List<String> row = Stream.of(line.split("\\|")).map(String::strip).toList();
    Mutants.Finding finding =
        Mutants.exploreAdaptation(machine("governor " + row.get(1)), STATES_MAX);
    assertTrue(names(finding.broken()).contains(row.get(0)), finding.toString());
  }

  private static Stream<String> broken() {
    return BROKEN.lines();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aRuleIsBrokenByAMachineThatIs(String line) {
    List<String> row = Stream.of(line.split("\\|")).map(String::strip).toList();
    Mutants.Finding finding =
        Mutants.explore(
            machine(row.get(3)),
            ExplorationTest.topology(row.get(1)),
            Bounds.named(row.get(2)),
            most(row.get(0), row.get(2)));
    assertTrue(names(finding.broken()).contains(row.get(0)), finding.toString());
  }

  private static int most(String rule, String bounds) {
    if (LARGE.contains(bounds)) {
      return LARGE_STATES_MAX;
    }
    return bounds.equals("sessions") && !LATER.contains(rule) ? SESSION_STATES_MAX : STATES_MAX;
  }

  @Test
  void eachRuleIsBrokenOnce() {
    assertEquals(names(Exploration.rules()), rules(broken()));
    assertEquals(names(List.of(AdaptationRule.values())), rules(brokenByGovernor()));
  }

  private static Set<String> rules(Stream<String> lines) {
    return lines
        .map(line -> line.substring(0, line.indexOf('|')).strip())
        .collect(Collectors.toSet());
  }

  private static Set<String> names(Collection<? extends Rule> rules) {
    return rules.stream().map(Rule::name).collect(Collectors.toSet());
  }

  @Test
  void eachRuleIsAboutAMachineAndPromisesSomething() {
    Stream<Rule> rules =
        Stream.of(Exploration.rules(), List.of(AdaptationRule.values())).flatMap(List::stream);
    for (Rule rule : rules.toList()) {
      assertTrue(rule.of().equals("all") || Specs.machineIds().contains(rule.of()), rule.name());
      assertTrue(rule.promise().contains(" "), rule.name());
    }
  }

  /** A machine with its changes, such as {@code reply running RETURN to ready does post}. */
  static Machine machine(String text) {
    String id = text.substring(0, text.indexOf(' '));
    JsonObject whole = JsonParser.parseString(Specs.text(id)).getAsJsonObject();
    for (String change : text.substring(id.length()).split(";")) {
      List<String> words = List.of(change.strip().split(" "));
      if (words.equals(List.of("unended"))) {
        JsonObject actions = whole.getAsJsonObject("meta").getAsJsonObject("actions");
        for (JsonElement action : actions.asMap().values()) {
          action.getAsJsonObject().remove("ends");
        }
        continue;
      }
      new Mutants.Mutant(
              id,
              words.get(0),
              words.get(1),
              word(words, "to"),
              word(words, "does"),
              words.contains("dropped"))
          .change(whole);
    }
    return SpecReader.machine(id + ".json", new StringReader(whole.toString()));
  }

  private static Optional<String> word(List<String> words, String behind) {
    int at = words.indexOf(behind);
    return at < 0 ? Optional.empty() : Optional.of(words.get(at + 1));
  }
}
