package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of a server. The mutants of the machines show that each of them can be broken. */
public enum ServerRule implements Rule {
  // All machines.

  /** A machine at rest is waiting. */
  RESTS_TO_WAIT("all", "a machine comes to rest only where it says what it waits for"),
  /** What is gone has no state but the last. */
  CLOSED_IS_FINAL("all", "what is closed is in its final state"),
  /** The run is over some time. */
  END_COMES(
      "server", "every connection ends and the drain finishes, whatever the clients do or leave"),

  // Servers.

  /** One drain. */
  DRAIN_TOLD_ONCE("server", "loops are told to drain once"),
  /** One deadline. */
  ABORT_TOLD_ONCE("server", "loops are told to abort once"),
  /** The deadline is heard of. */
  DEADLINE_IS_TOLD("server", "at the deadline of the drain who is left is told to abort"),
  /** No second deadline. */
  ABORTING_GOES_ON(
      "server", "a server that has told its loops to abort does not wait for them again"),
  /** One end. */
  STOP_TOLD_ONCE("server", "workers are told to stop once"),
  /** A drain waits for its deadline. */
  NOTHING_CUT_EARLY("server", "nothing is cut before the deadline of the drain"),
  /** A drain has a cause. */
  NOTHING_DRAINS_UNASKED("server", "a server drains when it is told to, or something of it failed"),
  /** A drain reaches everybody. */
  DRAIN_IS_TOLD("server", "who drains has told its loops"),
  /** Half a server is none. */
  WHAT_SERVES_IS_WHOLE("server", "a server of which a loop or a worker failed does not go on"),
  /** No delay unless there is one. */
  NO_DELAY_IS_NONE("server", "a drain without a delay begins at once"),
  /** Only what never ran is released at once. */
  RELEASED_IS_UNSTARTED("server", "what is released without a drain has not started"),

  // Mailboxes.

  /** No wake-up too many, none lost. */
  ONE_WAKE_UP_A_SLEEP(
      "mailbox-wakeup", "an eventfd is written once for each sleep, and never otherwise"),
  /** Senders mark the mailbox. */
  MAIL_LOADS("mailbox-wakeup", "a mailbox with mail is loaded"),
  /** The mark says the truth. */
  LOADED_HAS_MAIL("mailbox-wakeup", "a mailbox that is loaded has mail"),
  /** Who takes mail does not sleep. */
  TAKEN_IS_AWAKE("mailbox-wakeup", "a mailbox whose mail was taken is awake"),
  /** Closed is for good. */
  CLOSED_MAILBOX_STAYS_CLOSED("mailbox-wakeup", "a mailbox that is closed stays so"),

  // Replies.

  /** A handler that answers in time needs no mail. */
  NO_MAIL_TO_ONESELF("reply", "a loop that looks at a reply gets no mail of it"),

  // Workers.

  /** Nobody idles while there is work. */
  WAITING_IS_TAKEN("worker", "no worker sleeps on while a request waits that it may take"),

  // Listeners.

  /** Waiting clients are served. */
  WHO_WAITS_IS_ACCEPTED("listener", "who waits while the server serves is accepted"),
  /** Accepting goes on. */
  PAUSES_END("listener", "every pause ends: a listener that found no descriptor looks again"),
  /** Who listens does not stand in the line. */
  LISTENING_WAITS_FOR_NONE("listener", "a listener that listens waits for no descriptor"),
  /** Who pauses is told of a free descriptor. */
  PAUSED_STANDS_IN_LINE("listener", "a listener that pauses stands in the line"),
  /** Who counts a pause found nothing. */
  PAUSE_IS_COUNTED(
      "listener", "a pause is counted where a descriptor was sought in vain, and nowhere else"),
  /** Nobody stands in line for nothing. */
  QUEUES_IN_NEED("listener", "who stands in line lacks a descriptor, or others do"),
  /** Who is accepted is not forgotten. */
  ACCEPTED_IS_PLACED(
      "listener", "who was accepted gets an owner before the listener does anything else"),
  /** No way back. */
  DRAINING_GOES_ON(
      "listener", "a listener drains from when it was told to, and does not listen again"),
  /** Those behind it wait for that. */
  TURN_IS_TAKEN("listener", "a listener whose turn it is looks for a descriptor before all else"),
  /** A drain for which nobody waits ends without a descriptor. */
  STALLED_HAS_QUEUED(
      "listener", "a listener that drains waits for a descriptor only while somebody does"),
  /** Nobody closes by chance. */
  CLOSED_IS_TOLD("listener", "a listener closes when it was told to drain or to end"),
  /** A failure is final. */
  FAILURE_IS_THE_END("listener", "a listener that cannot go on is closed"),
  /** A failure has a cause. */
  WORKING_DOES_NOT_FAIL("listener", "a listener that works does not fail"),
  /** A failure is heard of. */
  FAILURE_IS_REPORTED("listener", "a listener that fails says so"),
  /** Nobody shares. */
  ONE_OWNER("listener", "a connection has one owner, and gets it when it was accepted"),
  /** A drain takes up what waits. */
  QUEUED_IS_NOT_LOST("listener", "no connection that the kernel has queued is lost by a drain"),

  // Connections.

  /** One close for each accept. */
  CLOSED_ONCE("connection", "an accepted descriptor is closed once, when its machine ends"),
  /** A request is answered. */
  TAKEN_IS_ANSWERED("connection", "no request that was taken stays without its reply"),
  /** Nobody waits for ever. */
  ANSWERED_IN_TIME(
      "connection", "who waits for a handler that never answers is told so when its time is over"),
  /** A drain answers what is on its way. */
  READ_TO_ITS_END("connection", "a connection is read to its end, also while the server drains"),
  /** A close destroys no reply. */
  OPEN_BEHIND_LAST_REPLY(
      "connection", "behind its last reply a connection stays open until its peer ends"),
  /** A decoded request goes to a handler. */
  DECODED_IS_HANDLED("connection", "what was decoded is handled"),
  /** No request twice, and none that is none. */
  HANDLED_ONCE("connection", "a request is handled once, when it was decoded"),
  /** A signal changes nothing. */
  INTERRUPTED_IS_REPEATED("connection", "a call that was interrupted is made again"),
  /** No read without need. */
  READ_IS_READABLE("connection", "what is read is said to be readable"),
  /** A worker is sought for requests that have none. */
  PLACED_WAITED("connection", "what is placed waits for a place"),
  /** Requests come behind all that must come before. */
  SERVED_BEHIND_HANDSHAKE(
      "connection", "nothing is decoded before what must come first has come whole"),
  /** Two threads do not use one handshake. */
  COMPUTED_IS_AWAITED(
      "connection", "a handshake is left alone while another thread computes a step of it"),
  /** No reply of another's too many. */
  GIVEN_UP_WAS_OWED("connection", "only what is owed is given up"),
  /** All of it. */
  GIVEN_UP_IS_OWED_NO_MORE("connection", "what is given up is owed no more"),
  /** Time is up where it is up. */
  DEADLINES_END(
      "connection", "the deadline of who says, takes or ends nothing closes its connection"),
  /** Behind a refusal comes nothing. */
  REFUSAL_IS_LAST("connection", "a refusal is the last reply"),
  /** The status fits. */
  REFUSAL_SAYS_WHY("connection", "a refusal says what was wrong"),
  /** No refusal is forgotten. */
  REFUSED_IS_TOLD("connection", "who is refused is told so"),
  /** The last is the last. */
  NOTHING_FOLLOWS_LAST("connection", "behind its last request a connection only ends"),
  /** A reply does not lie about. */
  READY_IS_ENCODED(
      "connection", "a reply whose turn has come is encoded when its loop is told of it"),
  /** Our half ends once. */
  HALF_ENDS_ONCE("connection", "our half is ended once"),
  /** Behind it nothing is served. */
  NOTHING_FOLLOWS_HALF("connection", "behind the end of our half a connection only lingers"),
  /** Who lingers counts among those that do. */
  LINGERS_ONCE("connection", "a connection counts once among those that linger, behind its half"),
  /** A deadline is not put off. */
  TIME_COUNTS_FROM_FIRST_BYTE(
      "connection", "the time for a request counts from its first byte, whatever else comes of it"),
  /** Whoever sends on and on does not keep the loop from others. */
  DISCARDS_ONCE(
      "connection",
      "of what is dropped, so much is read at once and no more until others had turns"),
  /** What is over is over. */
  END_IS_AT_ONCE(
      "connection", "a connection that is broken, aborted or out of time is closed at once"),
  /** Hysteresis, on its way down. */
  READING_RESUMES_LOW("connection", "reading resumes at the low watermark"),
  /** Hysteresis, on its way up. */
  READING_STOPS_HIGH("connection", "reading stops at the high watermark"),
  /** Nobody goes round for nothing. */
  YIELDS_WITH_MORE("connection", "who yields has something to go on with"),
  /** The state fresh. */
  FRESH("connection", "a connection that rests is fresh only where nothing came and is owed"),
  /** The state handshaking. */
  HANDSHAKING("connection", "a connection is handshaking only where something must come first"),
  /** The state computing. */
  COMPUTING("connection", "a connection is computing only where another thread computes for it"),
  /** The state stalled. */
  STALLED(
      "connection",
      "a connection is stalled only where its handshake waits for room in its socket"),
  /** The state idle. */
  IDLE("connection", "a connection that rests is idle only where it owes and holds nothing"),
  /** The state departing. */
  DEPARTING(
      "connection",
      "a connection is departing only where it is clear and its loop drains, or one before did"),
  /** The state departed. */
  DEPARTED(
      "connection",
      "a connection is departed only where it is clear, our half has ended and its loop drains, or"
          + " one before did"),
  /** The state partial. */
  PARTIAL("connection", "a connection that rests is partial only inside a request"),
  /** The state awaiting. */
  AWAITING("connection", "a connection is awaiting only where it owes and nothing is to be sent"),
  /** The state saturated. */
  SATURATED(
      "connection",
      "a connection is saturated only where it owes or carries a session, and nothing is to be"
          + " sent"),
  /** The state finishing. */
  FINISHING(
      "connection",
      "a connection is finishing only where it owes or carries a session, and nothing follows"),
  /** The state blocked. */
  BLOCKED("connection", "a connection is blocked only where its socket takes no more"),
  /** The state congested. */
  CONGESTED("connection", "a connection is congested only where its socket takes no more"),
  /** The state emptying. */
  EMPTYING("connection", "a connection is emptying only where its socket takes no more"),
  /** The state yielded. */
  YIELDED("connection", "a connection is yielded only where its loop takes it up again"),
  /** The state crowded. */
  CROWDED("connection", "a connection is crowded only where it waits for a worker's room"),
  /** The state lingering. */
  LINGERING(
      "connection", "a connection that lingers keeps nothing of what came, and our half has ended"),

  /** Nobody shares, on the way either. */
  ONE_LOOP_AT_A_TIME(
      "connection", "a connection that moves is with one loop at a time, and counts there"),
  /** A move changes nothing. */
  GOES_ON_WHERE_IT_RESTED("connection", "a connection that has moved goes on where it rested"),
  /** A connection may move wherever it rests. */
  MOVES_WHERE_IT_RESTS(
      "connection", "a connection that rests behind its handshake goes where it is told to"),

  // Sessions.

  /** The state conversing. */
  CONVERSING(
      "connection",
      "a connection is conversing only where it carries a session that nobody has ended"),
  /** The state concluding. */
  CONCLUDING(
      "connection", "a connection is concluding only where it carries a session that we end"),
  /** Nothing stays in the queue. */
  SAID_IS_WRITTEN("connection", "what a session has to say is written when its turn comes"),
  /** Nothing is lost where a peer ends its half. */
  SAID_IS_SENT("connection", "what a session has said is sent before its connection is closed"),
  /** Time is up for who does not answer our close frame. */
  GIVEN_UP_CONCLUDES(
      "connection", "only a session that we end, or whose listener is too slow, is given up"),
  /** Nobody is sent away for nothing. */
  CONCLUDED_DRAINS("connection", "a session is ended from our side only where its loop drains"),
  /** Nobody is cut off who listens. */
  FINISHED_HAS_ENDED("connection", "a session finishes only where its peer has ended its half"),
  /** Nothing lies about until more comes. */
  RECEIVED_IS_TAKEN(
      "connection", "what has come by a session is taken at once, unless the session leaves it"),
  /** Memory is bounded. */
  HELD_BACK_IS_NOT_READ(
      "connection", "a session that leaves what has come is not read until it takes it"),
  /** Nothing that has come is forgotten. */
  HELD_BACK_IS_TAKEN(
      "connection",
      "what a session has left is taken once it takes more, unless its socket is full"),
  /** A listener begins once. */
  OPENED_ONCE("websocket", "a listener is told once that its WebSocket is open"),
  /** Nothing comes too early or too late. */
  HEARS_IN_BETWEEN(
      "websocket", "a listener hears of nothing before its beginning or behind its end"),
  /** Nothing goes on without a connection. */
  LOST_SESSION_HAS_ENDED(
      "websocket", "a WebSocket whose connection is gone, or whose answer nobody gets, has ended"),
  /** Workers call. */
  LISTENER_IS_TOLD("worker", "what the listener of a WebSocket is to be told, it is told"),
  /** A listener ends. */
  END_IS_TOLD("websocket", "a listener that was told of the beginning is told of the end"),
  /** A listener ends once. */
  END_TOLD_ONCE("websocket", "a listener is told of the end once"),
  /** Each message arrives. */
  MESSAGE_IS_DELIVERED(
      "websocket", "a message that is whole is delivered, unless our close frame is written"),
  /** No message twice, and no part of one. */
  DELIVERED_IS_WHOLE("websocket", "what is delivered is a whole message, and is delivered once"),
  /** A ping has a pong. */
  PING_IS_ANSWERED("websocket", "a ping is answered, unless our close frame is written"),
  /** A pong has a ping. */
  PONG_ANSWERS_PING("websocket", "a pong answers a ping"),
  /** A pong arrives. */
  PONG_IS_HEARD("websocket", "a listener hears of a pong, unless our close frame is written"),
  /** No pong from nowhere. */
  HEARD_IS_PONG("websocket", "what a listener hears of is a pong"),
  /** Each side says its end. */
  CLOSE_IS_ANSWERED("websocket", "who closes or breaks the protocol is sent a close frame"),
  /** No close frame is lost. */
  CLOSE_IS_WRITTEN("websocket", "a close frame that is queued is written"),
  /** A peer's code is for a peer's close frame. */
  ANSWERED_HAS_CLOSED("websocket", "a close frame is answered where one has come"),
  /** Nobody is blamed for nothing. */
  FAILED_IS_BROKEN("websocket", "a WebSocket fails only where the protocol is broken"),
  /** The end is the end. */
  NOTHING_READ_BEHIND_CLOSE("websocket", "behind the peer's end nothing is read"),
  /** Nothing that comes is dropped. */
  READ_UNTIL_CLOSE("websocket", "what comes is looked at until the peer's end has come"),
  /** The state opening. */
  OPENING("websocket", "a WebSocket is opening only before its connection carries it"),
  /** The state open. */
  OPEN("websocket", "a WebSocket is open only where no message has begun and no end has come"),
  /** The state message. */
  MESSAGE("websocket", "a WebSocket is in a message only where one has begun"),
  /** The state closing. */
  CLOSING(
      "websocket",
      "a WebSocket is closing only where our close frame is written and the peer's has not come"),
  /** The state answering. */
  ANSWERING("websocket", "a WebSocket is answering only where the peer has closed"),
  /** The state failing. */
  FAILING("websocket", "a WebSocket is failing only where the peer has broken the protocol"),

  // Processes.

  /** A backend takes all of its connections. */
  HANDED_IS_TAKEN("backend", "a backend takes what was handed to it, and before it ends"),
  /** A process with nothing left ends. */
  STOPPED_HAS_ENDED("server", "a process whose loop has stopped has ended"),
  /** Nobody is killed unasked. */
  SILENT_WAS_ASKED("backend", "who is silent was asked whether it lives"),
  /** One start at a time. */
  ONE_PROCESS("backend", "a backend has one process"),
  /** Connections go where a socket is. */
  ADMITTED_IS_CONNECTED("backend", "who is admitted is connected"),
  /** A start comes behind an end. */
  LOST_HAS_ENDED("backend", "what is lost has ended"),
  /** No zombies. */
  KILLED_IS_WAITED_FOR("backend", "who is to be killed is, and is waited for"),
  /** No orphans. */
  DONE_HAS_NO_PROCESS("backend", "a backend that is done has no process"),
  /** Ready means at work. */
  READY_IS_ADMITTED("backend", "a backend that is ready gets connections"),
  /** A drain is the last message. */
  DRAINED_GETS_NONE("backend", "who was told to drain gets no connection"),
  /** A loss makes the next start wait. */
  LOSS_IS_COUNTED("backend", "who backs off has been lost, which makes the next start wait"),
  /** Nobody is killed for nothing. */
  KILLED_HAS_CAUSE(
      "backend", "who is killed hangs or has lost its socket, or was told to drain or to end"),
  /** Only a life is a recovery. */
  SETTLED_IS_READY("backend", "whose losses are forgotten is ready"),
  /** A question waits for its answer. */
  ASKED_IS_AWAITED("backend", "who is asked whether it lives is waited for"),
  /** Nothing starts in a drain. */
  NO_START_BEHIND_DRAIN(
      "backend", "a backend that was told to drain or to end is not started again"),
  /** Whoever is lost is replaced. */
  BACKENDS_COME_BACK("backend", "while the server serves, each backend gets to work again"),
  /** Who closes an end says so. */
  PARTING_IS_TOLD("control", "an end that closes by itself says so"),
  /** What was sent is read before. */
  PARTING_IS_LAST("control", "who parts has read what was sent, if there was room for it"),
  /** Full means full. */
  FULL_LACKS_ROOM("control", "an end is full only where a descriptor was missing"),
  /** Nobody goes round for nothing. */
  FULL_WAITS("control", "an end that is full looks again when there may be room, and not before"),
  /** No message from nowhere. */
  DELIVERED_WAS_SENT("control", "what is delivered was sent"),
  /** A front has room for answers. */
  FRONT_HAS_ROOM("control", "who is sent no connection has room"),
  /** No end for nothing. */
  END_FOLLOWS_END("control", "an end is closed since the other one is");

  private final String of;
  private final String promise;

  ServerRule(String of, String promise) {
    this.of = of;
    this.promise = promise;
  }

  @Override
  public String of() {
    return of;
  }

  @Override
  public String promise() {
    return promise;
  }

  @Override
  public String toString() {
    return name() + ": " + promise;
  }
}
