// Ten short chapters. Each asks for a prediction, has something happen to the servers that run, and
// says what came of it in figures that the page has measured meanwhile.

import { CLIENT } from './model.js';

const PATTERNS = ['single-thread', 'multi-thread', 'load-balanced', 'reuseport', 'multi-process'];
const ms = micros => (micros / 1000).toFixed(1) + ' ms';
const percent = share => Math.round(100 * share) + ' %';
const list = names => (names.length ? names.join(', ') : 'none');
const largest = values => PATTERNS.reduce((a, b) => (values[b] > values[a] ? b : a));

// What is measured of one server.
class Measured {
  constructor() {
    this.queued = 0;
    this.limit = 0;
    this.connecting = 0;
    this.waiting = 0;
    this.replies = 0;
    this.seconds = 0;
    this.medians = [];
    this.worst = 0;
    this.lost = 0;
    this.congested = 0;
    this.accepted = 0;
    this.busy = new Map();
    this.firstHandled = new Map();
    this.handled = new Map();
    this.paused = false;
  }

  see(panel, figures, seconds) {
    for (const [waiting, most] of panel.accepts) {
      if (waiting > this.queued) {
        this.queued = waiting;
      }
      this.limit = most;
    }
    const clients = [...panel.clients.values()];
    this.connecting = Math.max(this.connecting, clients.filter(client => client.state === CLIENT.CONNECTING).length);
    const connections = [...panel.connections.values()];
    this.congested = Math.max(this.congested, connections.filter(each => each.state === 'congested').length);
    this.paused ||= [...panel.threads.values()].some(thread => thread.listener === 'paused');
    if (figures) {
      this.waiting = Math.max(this.waiting, figures.waiting);
      this.replies += figures.replies;
      this.lost += figures.errors;
      this.seconds += seconds;
      this.worst = Math.max(this.worst, figures.p99, figures.oldest);
      if (figures.replies > 0) {
        this.medians.push(figures.p50);
      }
      panel.threads.forEach((thread, name) => {
        this.busy.set(name, [...(this.busy.get(name) || []), thread.busy]);
        this.firstHandled.set(name, this.firstHandled.get(name) ?? thread.handled);
        this.handled.set(name, thread.handled - this.firstHandled.get(name));
      });
    }
  }

  get rate() {
    return this.seconds ? this.replies / this.seconds : 0;
  }

  get median() {
    const sorted = [...this.medians].sort((a, b) => a - b);
    return sorted.length ? sorted[Math.floor(sorted.length / 2)] : Infinity;
  }

  handledOf(kind) {
    return [...this.handled].filter(([name]) => kind(name)).map(([, count]) => count);
  }

  busyOf(kind) {
    return [...this.busy]
      .filter(([name]) => kind(name))
      .map(([, shares]) => shares.reduce((a, b) => a + b, 0) / shares.length);
  }
}

const each = (measured, value) => Object.fromEntries(PATTERNS.map(id => [id, value(measured[id])]));

export const CHAPTERS = [
  {
    title: 'The kernel shakes hands',
    text: 'A listener is a socket with two queues: connections whose handshake is under way, and connections that wait to be accepted. The kernel fills both by itself. Here every thread of single-thread that could call accept4 is held up, and clients connect.',
    provoke: 'accept-overflow',
    seconds: 3,
    question: 'Nobody calls accept4. What do the first clients see?',
    choices: ['connect() fails', 'connect() succeeds, and they wait'],
    answer: m => (m['single-thread'].queued > 0 ? 1 : 0),
    told: m => 'In single-thread ' + m['single-thread'].queued + ' connections were complete and waited to be accepted.',
    code: 'Try: bindings/cli/quintet serve, and ss -ltn beside it: Recv-Q is this queue.',
  },
  {
    title: 'The backlog',
    text: 'The accept queue has a limit, the backlog of listen(2). Beyond it Linux drops the last segment of the handshake, and the client sends it again a second later, then two.',
    provoke: 'accept-overflow',
    seconds: 3,
    question: 'The backlog is 4. How many wait in the queue of single-thread at most?',
    choices: ['4', '5', 'all 30'],
    answer: m => (m['single-thread'].queued > 5 ? 2 : m['single-thread'].queued === 5 ? 1 : 0),
    told: m => m['single-thread'].queued + ' waited, and ' + m['single-thread'].connecting + ' clients were still connecting: Linux compares with more than, so one more fits.',
    code: 'The option backlog; net.core.somaxconn limits it.',
  },
  {
    title: 'Who accepts',
    text: 'The same again, and now look at all five. A handler that holds up a thread holds up what else that thread does.',
    provoke: 'accept-overflow',
    seconds: 3,
    question: 'Where does the accept queue overflow while handlers hold up every thread that runs handlers?',
    choices: ['in all five', 'where the thread that runs handlers accepts too', 'nowhere'],
    answer: m => {
      const full = PATTERNS.filter(id => m[id].queued > m[id].limit);
      return full.length === 5 ? 0 : full.length === 0 ? 2 : 1;
    },
    told: m => 'It overflowed in ' + list(PATTERNS.filter(id => m[id].queued > m[id].limit)) + '. An acceptor, a loop with workers, and a front go on accepting.',
    code: 'specs/topologies/*.json: compare accepts with executes.',
  },
  {
    title: 'Head of line',
    text: 'Three of 100 requests block their thread for 300 ms, 100 requests a second arrive. A request that needs nothing waits behind one that does.',
    provoke: 'head-of-line',
    seconds: 6,
    question: 'Whose median suffers most?',
    choices: PATTERNS,
    answer: m => PATTERNS.indexOf(largest(each(m, one => one.median))),
    told: m => 'Medians: ' + PATTERNS.map(id => id + ' ' + ms(m[id].median)).join(', ') + '.',
    code: 'bindings/cli/quintet compare --heavy 3%:300ms',
  },
  {
    title: 'A handler that hangs',
    text: 'One request blocks its thread for four seconds, once in each server.',
    provoke: 'hung-loop',
    seconds: 4,
    question: 'Of 24 clients, who waits in multi-thread with two loops?',
    choices: ['all', 'those of one loop, about half', 'nobody but the one that asked'],
    answer: m => (m['multi-thread'].waiting > 18 ? 0 : m['multi-thread'].waiting > 4 ? 1 : 2),
    told: m => 'At most waited: ' + PATTERNS.map(id => id + ' ' + m[id].waiting).join(', ') + '.',
    code: 'Handlers that block belong on workers: --pattern load-balanced.',
  },
  {
    title: 'No descriptor left',
    text: 'Each connection takes a descriptor. When the last is taken accept4 fails with EMFILE, and the connection stays in the queue, so epoll says at once that the listener is readable.',
    provoke: 'descriptors-used-up',
    seconds: 3,
    question: 'How busy is the loop of single-thread meanwhile?',
    choices: ['It spins: about 100 %', 'It pauses the listener: hardly busy'],
    answer: m => (m['single-thread'].busyOf(() => true)[0] > 0.7 ? 0 : 1),
    told: m => 'It was busy for ' + percent(m['single-thread'].busyOf(() => true)[0] || 0) + (m['single-thread'].paused ? '; its listener was paused.' : '.'),
    code: 'specs/machines/listener.json: EMFILE leads to paused.',
  },
  {
    title: 'Hot connections',
    text: 'A tenth of the connections send 16 times as many requests, which compute. A connection stays with the loop that got it; workers share requests.',
    provoke: 'imbalance',
    seconds: 6,
    question: 'Where do the threads that run handlers get more equal shares of the requests?',
    choices: ['reuseport', 'load-balanced'],
    answer: m => (spread(m.reuseport, () => true) < spread(m['load-balanced'], name => name.includes('worker')) ? 0 : 1),
    told: m => 'Requests: reuseport ' + m.reuseport.handledOf(() => true).join(' and ') + ', load-balanced ' + m['load-balanced'].handledOf(name => name.includes('worker')).join(' and ') + '. Two hot connections may also fall on different loops: try again, the hash takes their ports.',
    code: 'bindings/cli/quintet compare --hot 10% --handler-cpu 3ms',
  },
  {
    title: 'A process that dies',
    text: 'One backend of multi-process gets SIGKILL. The front sees its end, starts it again, and places connections on the other meanwhile.',
    provoke: 'killed-backend',
    seconds: 4,
    question: 'How many of its 24 clients lose their connection?',
    choices: ['all', 'those of one backend, about half', 'none'],
    answer: m => (m['multi-process'].lost >= 22 ? 0 : m['multi-process'].lost > 0 ? 1 : 2),
    told: m => m['multi-process'].lost + ' were lost; in the other servers ' + PATTERNS.slice(0, 4).reduce((sum, id) => sum + m[id].lost, 0) + '.',
    code: 'kill -9 a backend of quintet serve --pattern multi-process',
  },
  {
    title: 'Clients that read slowly',
    text: 'A third of the clients ask for 256 KiB and read little at a time. What the socket does not take is queued in the server, up to the high watermark; then the connection is congested and is not read.',
    provoke: 'slow-readers',
    seconds: 4,
    question: 'Do the other clients of single-thread wait for the slow ones?',
    choices: ['yes', 'hardly: their median stays below 50 ms'],
    answer: m => (m['single-thread'].median > 50_000 ? 0 : 1),
    told: m => m['single-thread'].congested + ' connections were congested; the median of the others was ' + ms(m['single-thread'].median) + '.',
    code: 'The options highWatermarkBytes and lowWatermarkBytes.',
  },
  {
    title: 'Which one?',
    text: '400 requests a second that block for 10 ms: one thread can answer 100 a second, two can answer 200.',
    provoke: 'overload',
    seconds: 5,
    question: 'Who answers fewest?',
    choices: PATTERNS,
    answer: m => PATTERNS.indexOf(PATTERNS.reduce((a, b) => (m[b].rate < m[a].rate ? b : a))),
    told: m => 'Replies a second: ' + PATTERNS.map(id => id + ' ' + Math.round(m[id].rate)).join(', ') + '. More workers help here, more of anything else does not: set workers to 8 and look.',
    code: 'bindings/cli/quintet compare --preset blocking-db',
  },
];

const spread = (measured, kind) => {
  const handled = measured.handledOf(kind);
  return handled.length ? Math.max(...handled) / Math.max(Math.min(...handled), 1) : Infinity;
};

// Goes through the chapters; what is measured comes from the batches that it hears.
export class Tour {
  constructor(panels, provoke, show) {
    this.panels = panels;
    this.provoke = provoke;
    this.show = show;
    this.chapter = 0;
    this.predicted = null;
    this.measured = null;
    this.state = 'asked';
    this.lastFigures = 0;
    this.done = 0;
  }

  at(chapter) {
    this.chapter = Math.min(Math.max(chapter, 0), CHAPTERS.length - 1);
    this.predicted = null;
    this.state = 'asked';
    this.show(this);
  }

  get now() {
    return CHAPTERS[this.chapter];
  }

  predict(choice) {
    this.predicted = choice;
    this.state = 'provoked';
    this.measured = Object.fromEntries(PATTERNS.map(id => [id, new Measured()]));
    this.doneBefore = this.done;
    this.provoke(this.now.provoke);
    this.show(this);
  }

  hear(batch) {
    const passed = this.lastFigures ? (batch.at - this.lastFigures) / 1e6 : 0;
    const hasFigures = PATTERNS.some(id => batch.panels[id]?.figures);
    this.lastFigures = hasFigures ? batch.at : this.lastFigures;
    this.done = batch.done;
    if (this.state === 'provoked') {
      if (batch.done > this.doneBefore) {
        this.state = 'measuring';
        this.until = batch.at + this.now.seconds * 1e6;
      }
    } else if (this.state === 'measuring') {
      PATTERNS.forEach(id => this.measured[id].see(this.panels.get(id).panel, batch.panels[id].figures, passed));
      if (batch.at > this.until) {
        this.answer = this.now.answer(this.measured);
        this.told = this.now.told(this.measured);
        this.state = 'answered';
        this.show(this);
      }
    }
  }
}
