// Draws one server: clients above, the kernel's queues below them, then threads and processes. A dot
// is a client; it is where its connection is.

import { CLIENT } from './model.js';

const STATES = {
  fresh: 'rest', idle: 'rest', departing: 'rest', partial: 'part', serving: 'work', flushing: 'work',
  awaiting: 'wait', crowded: 'stuck', crowding: 'stuck', saturated: 'stuck', blocked: 'stuck', congested: 'stuck',
};
const BLOCKED_MILLIS = 100;
const PARTICLES_MAX = 80;
const PARTICLE_MILLIS = 300;
const DOT = 3.5;

export const shortName = name =>
  name.replace('quintet-', '').replace(/backend-(\d+)\/(quintet-)?.*/, 'backend $1').replace('-', ' ');

export const isWorker = name => name.includes('worker');
export const isBackend = name => name.includes('/');
export const isAcceptor = name => name.includes('acceptor') || name.includes('front');

// Threads from the kernel's queues downwards: who accepts, who owns, who runs handlers.
export const rowsOf = panel => {
  const names = [...panel.threads.keys()].sort();
  const deeper = names.filter(isBackend).length > 0 ? isBackend : isWorker;
  const below = names.filter(deeper);
  const rest = names.filter(name => !deeper(name));
  const acceptors = rest.filter(isAcceptor);
  const loops = rest.filter(name => !isAcceptor(name));
  return [acceptors, loops, below].filter(row => row.length > 0);
};

export class Scene {
  constructor(canvas, panel, still) {
    this.canvas = canvas;
    this.panel = panel;
    this.still = still;
    this.dots = new Map();
    this.particles = [];
    this.boxes = new Map();
    this.chosen = null;
    panel.onRequest = (port, inwards) => this.particle(port, inwards);
  }

  particle(port, inwards) {
    if (!this.still() && this.particles.length < PARTICLES_MAX) {
      this.particles.push({ port, inwards, began: performance.now() });
    }
  }

  layout(width, height) {
    this.boxes.clear();
    const rows = rowsOf(this.panel);
    const pad = 8;
    const top = [
      ['home', 0.2, 'clients'],
      ['syn', 0.09, 'SYN queue'],
      ['accept', 0.13, 'accept queue'],
    ];
    let y = pad;
    for (const [name, share, label] of top) {
      const high = share * height;
      this.boxes.set(name, { x: pad, y, w: width - 2 * pad, h: high - 6, label, kind: 'queue' });
      y += high;
    }
    const high = (height - y - pad) / Math.max(rows.length, 1);
    for (const row of rows) {
      const wide = (width - 2 * pad + 6) / row.length;
      row.forEach((name, i) => {
        const box = { x: pad + i * wide, y, w: wide - 6, h: high - 8, label: shortName(name), kind: 'thread' };
        this.boxes.set(name, box);
      });
      y += high;
    }
  }

  // Where a dot stands among others in the same box.
  slot(box, rank, count) {
    const label = box.kind === 'thread' ? 30 : 15;
    const columns = Math.max(1, Math.floor((box.w - 10) / (3 * DOT)));
    const rows = Math.max(1, Math.ceil(count / columns));
    const step = Math.min(3 * DOT, Math.max(2, (box.h - label - 6) / rows));
    return {
      x: box.x + 8 + (rank % columns) * 3 * DOT,
      y: box.y + label + 4 + Math.floor(rank / columns) * step,
    };
  }

  move(millis) {
    const places = new Map();
    const clients = [...this.panel.clients.values()].sort((a, b) => a.index - b.index);
    const shown = new Map();
    for (const client of clients) {
      const { place, connection } = this.panel.placeOf(client);
      const name = this.boxes.has(place) ? place : 'home';
      if (!places.has(name)) {
        places.set(name, []);
      }
      places.get(name).push({ client, connection });
      shown.set(client.index, shown.size);
    }
    for (const index of this.dots.keys()) {
      if (!shown.has(index)) {
        this.dots.delete(index);
      }
    }
    const share = this.still() ? 1 : 1 - Math.exp(-millis / 70);
    for (const [name, all] of places) {
      all.forEach(({ client, connection }, rank) => {
        const to = this.slot(this.boxes.get(name), rank, all.length);
        const home = this.slot(this.boxes.get('home'), shown.get(client.index), clients.length);
        const dot = this.dots.get(client.index) || { ...home };
        dot.x += (to.x - dot.x) * share;
        dot.y += (to.y - dot.y) * share;
        Object.assign(dot, { client, connection, place: name, home });
        this.dots.set(client.index, dot);
      });
    }
  }

  draw(now, colors) {
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const pen = this.canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.layout(width, height);
    this.move(Math.min(now - (this.drawn || now), 100));
    this.drawn = now;
    pen.font = '11px system-ui, sans-serif';
    pen.textBaseline = 'top';
    for (const [name, box] of this.boxes) {
      this.drawBox(pen, name, box, colors);
    }
    this.drawParticles(pen, now, colors);
    for (const dot of this.dots.values()) {
      this.drawDot(pen, dot, colors);
    }
  }

  drawBox(pen, name, box, colors) {
    const thread = this.panel.threads.get(name);
    const handling = thread && thread.handling;
    const blocked = handling && this.handledMillis(thread) > BLOCKED_MILLIS;
    pen.fillStyle = blocked ? colors.alarmed : handling ? colors.busy : colors.box;
    pen.strokeStyle = name === this.chosen ? colors.text : blocked ? colors.stuck : colors.line;
    pen.lineWidth = name === this.chosen || blocked ? 2 : 1;
    pen.beginPath();
    pen.roundRect(box.x, box.y, box.w, box.h, 5);
    pen.fill();
    pen.stroke();
    pen.save();
    pen.clip();
    pen.fillStyle = colors.text;
    pen.fillText(this.labelOf(name, box), box.x + 6, box.y + 4);
    if (thread) {
      pen.fillStyle = colors.quiet;
      pen.fillText(this.doingOf(thread, blocked), box.x + 6, box.y + 17);
      pen.fillStyle = colors.work;
      pen.fillRect(box.x, box.y + box.h - 3, box.w * thread.busy, 3);
    }
    pen.restore();
    if (name === 'accept') {
      this.drawFill(pen, box, colors);
    }
  }

  labelOf(name, box) {
    if (name === 'accept') {
      const queues = this.panel.accepts.map(([waiting, most]) => waiting + ' of ' + most);
      return (queues.length > 1 ? 'accept queues ' : 'accept queue ') + queues.join(' | ');
    }
    if (name === 'syn') {
      return 'SYN queue ' + this.panel.halfOpen.length;
    }
    return name === 'home' ? 'clients ' + this.panel.clients.size : box.label;
  }

  doingOf(thread, blocked) {
    if (thread.handling) {
      return (blocked ? 'held ' + (this.handledMillis(thread) / 1000).toFixed(1) + ' s by ' : '') + thread.handling;
    }
    return thread.now;
  }

  // By the clock of the page, which heard of it a moment later.
  handledMillis(thread) {
    return (this.panel.clock() - thread.handlingSince) / 1000;
  }

  drawFill(pen, box, colors) {
    const each = box.w / Math.max(this.panel.accepts.length, 1);
    this.panel.accepts.forEach(([waiting, most], i) => {
      pen.fillStyle = waiting >= most ? colors.stuck : colors.wait;
      pen.fillRect(box.x + i * each, box.y + box.h - 4, each * Math.min(1, waiting / Math.max(most, 1)), 4);
    });
  }

  drawDot(pen, dot, colors) {
    const state = dot.connection ? STATES[dot.connection.state] || 'part' : 'rest';
    const waits = dot.place === 'accept' || dot.place === 'syn';
    if (dot.place !== 'home') {
      pen.strokeStyle = dot.client.state === CLIENT.ASKED ? colors.wait : colors.line;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.arc(dot.home.x, dot.home.y, DOT - 1, 0, 7);
      pen.stroke();
    }
    pen.fillStyle = waits ? colors.wait : dot.connection && dot.connection.handler ? colors.work : colors[state];
    pen.beginPath();
    pen.arc(dot.x, dot.y, this.chosen === dot.client.index ? DOT + 2 : DOT, 0, 7);
    pen.fill();
  }

  drawParticles(pen, now, colors) {
    this.particles = this.particles.filter(particle => now - particle.began < PARTICLE_MILLIS);
    const byPort = new Map([...this.dots.values()].map(dot => [dot.client.port, dot]));
    pen.fillStyle = colors.quiet;
    for (const particle of this.particles) {
      const dot = byPort.get(particle.port);
      if (dot) {
        const done = Math.max(0, (now - particle.began) / PARTICLE_MILLIS);
        const share = particle.inwards ? done : 1 - done;
        pen.fillRect(
          dot.home.x + (dot.x - dot.home.x) * share - 1,
          dot.home.y + (dot.y - dot.home.y) * share - 1, 2, 2);
      }
    }
  }

  // What is at a point: a client's number, a thread's name, or null.
  at(x, y) {
    for (const [index, dot] of this.dots) {
      if (Math.hypot(dot.x - x, dot.y - y) < DOT + 3) {
        return { client: index };
      }
    }
    for (const [name, box] of this.boxes) {
      if (box.kind === 'thread' && x > box.x && x < box.x + box.w && y > box.y && y < box.y + box.h) {
        return { thread: name };
      }
    }
    return null;
  }
}
