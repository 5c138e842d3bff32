// What is known of one server: its threads, its connections, and where each of them is. Events come
// from a running server, or from a recording; nothing here draws.

export const CLIENT = { CLOSED: 0, CONNECTING: 1, CONNECTED: 2, ASKED: 3 };

const LAST_TRANSITIONS = 12;

export class Panel {
  constructor(id) {
    this.id = id;
    this.address = '';
    this.connections = new Map();
    this.ports = new Map();
    this.clients = new Map();
    this.threads = new Map();
    this.halfOpen = [];
    this.accepts = [];
    this.figures = {};
    this.counts = { transitions: 0, accepted: 0, lost: 0 };
    this.onTransition = () => {};
    this.onRequest = () => {};
  }

  begin(data) {
    this.address = data.address;
    this.connections.clear();
    this.ports.clear();
    this.clients.clear();
    this.threads.clear();
    for (const [port, connection] of Object.entries(data.connections)) {
      this.connections.set(Number(port), { port: Number(port), last: [], ...connection });
      if (connection.instance) {
        this.ports.set(connection.instance, Number(port));
      }
    }
    data.threads.forEach(thread => this.hear(thread));
  }

  batch(data, names) {
    data.events.forEach(event => this.apply(event, names));
    const clients = new Map();
    data.clients.forEach(([index, state, port]) => clients.set(index, { index, state, port }));
    this.clients = clients;
    this.halfOpen = data.halfOpen;
    this.accepts = data.accepts;
    if (data.threads) {
      const seen = new Set(data.threads.map(thread => thread.name));
      data.threads.forEach(thread => this.hear(thread));
      for (const name of this.threads.keys()) {
        if (!seen.has(name)) {
          this.threads.delete(name);
        }
      }
    }
    if (data.figures) {
      this.figures = data.figures;
    }
  }

  // A thread says what it does; how busy it was is the time in which it did not wait.
  hear(told) {
    const old = this.threads.get(told.name);
    const passed = old && old.at ? told.at - old.at : 0;
    const waits = told.now.startsWith('epoll_wait');
    const isWorker = told.name.includes('worker');
    let busy = 0;
    if (passed > 0 && !isWorker) {
      busy = 1 - (told.waited - old.waited) / passed;
    } else if (passed > 0) {
      busy = (old.handledFor || 0) / passed;
      if (old.handling) {
        busy += (told.at - Math.max(old.handlingSince, old.at)) / passed;
      }
    }
    this.threads.set(told.name, {
      handling: old ? old.handling : '',
      handlingSince: old ? old.handlingSince : 0,
      listener: old ? old.listener : undefined,
      handled: old ? old.handled || 0 : 0,
      ...told,
      waits,
      handledFor: 0,
      busy: Math.min(Math.max(busy, 0), 1),
      heard: performance.now(),
    });
  }

  thread(name) {
    if (!this.threads.has(name)) {
      this.threads.set(name, { name, now: 'runs', calls: [], busy: 0, waited: 0, at: 0, handling: '' });
    }
    return this.threads.get(name);
  }

  connection(port) {
    if (!this.connections.has(port)) {
      this.connections.set(port, { port, thread: '', owned: false, state: 'fresh', handler: '', last: [] });
    }
    return this.connections.get(port);
  }

  apply(event, names) {
    const [kind, micros, thread] = event;
    switch (kind) {
      case 'a':
      case 'o': {
        const connection = this.connection(event[4]);
        connection.thread = thread;
        connection.fd = event[3];
        connection.owned = kind === 'o';
        this.counts.accepted += kind === 'a' ? 1 : 0;
        break;
      }
      case 'x': {
        const connection = this.connections.get(event[4]);
        if (connection && connection.thread === thread) {
          this.connections.delete(event[4]);
        }
        break;
      }
      case 'b':
        if (event[4] === 'connection') {
          this.ports.set(thread + event[3], event[6]);
          this.connection(event[6]).instance = thread + event[3];
        }
        break;
      case 't':
        this.moved(event, names.get(event[4]));
        break;
      case 'h': {
        const of = this.thread(thread);
        of.handling = event[4];
        of.handlingSince = micros;
        this.connection(event[3]).handler = thread;
        break;
      }
      case 'H': {
        const of = this.thread(thread);
        of.handledFor = (of.handledFor || 0) + micros - Math.max(of.handlingSince, of.at || 0);
        of.handling = '';
        of.handled = (of.handled || 0) + 1;
        const connection = this.connections.get(event[3]);
        if (connection) {
          connection.handler = '';
        }
        break;
      }
      default:
        throw new Error('event ' + kind);
    }
  }

  moved(event, words) {
    const [, micros, thread, instance, , sequence] = event;
    const [machine, from, what, action, to] = words;
    const key = thread + instance;
    const transition = { sequence, micros, thread, key, machine, from, event: what, action, to };
    this.counts.transitions++;
    if (machine === 'connection') {
      const port = this.ports.get(key);
      const connection = this.connections.get(port);
      if (connection) {
        connection.state = to;
        connection.last.push(transition);
        if (connection.last.length > LAST_TRANSITIONS) {
          connection.last.shift();
        }
        connection.requests = (connection.requests || 0) + (what === 'REQUEST' || what === 'LAST_REQUEST' ? 1 : 0);
        if (what === 'RECEIVED' || what === 'CLEAR') {
          this.onRequest(port, what === 'RECEIVED');
        }
      }
      if (to === 'closed') {
        this.ports.delete(key);
      }
    } else {
      this.thread(thread)[machine] = to;
    }
    this.onTransition(this.id, transition);
  }

  // Where the dot of a client is: a place by name, and the connection, if there is one.
  placeOf(client) {
    if (client.state === CLIENT.CLOSED) {
      return { place: 'home' };
    }
    if (client.state === CLIENT.CONNECTING || this.halfOpen.includes(client.port)) {
      return { place: 'syn' };
    }
    const connection = this.connections.get(client.port);
    if (!connection || !connection.thread) {
      return { place: 'accept', connection };
    }
    return { place: connection.handler || connection.thread, connection };
  }
}
