// The page: it hears what the servers do, draws them, and says what is to be done.

import { Chart } from './charts.js';
import { byId, element } from './dom.js';
import { Panel } from './model.js';
import { Scene, shortName } from './scene.js';
import { CHAPTERS, Tour } from './tour.js';

const LOG_MAX = 50_000;
const PALETTE = {
  'single-thread': '#0072b2', 'multi-thread': '#d55e00', 'load-balanced': '#009e73',
  reuseport: '#cc79a7', 'multi-process': '#b8860b',
};

const slower = window.matchMedia('(prefers-reduced-motion: reduce)');
const darker = window.matchMedia('(prefers-color-scheme: dark)');

const panels = new Map();
const names = new Map();
const log = [];
const errors = [];
const frames = { count: 0, began: performance.now(), worst: 0, last: 0 };
const rates = new Chart(byId('rates'), false);
const delays = new Chart(byId('delays'), true);
let facts = null;
let settings = {};
let era = 0;
let heardMicros = 0;
let heardAt = 0;
let chosen = null;
let figuresAt = 0;
let colors = {};

const clock = () => heardMicros + (performance.now() - heardAt) * 1000;

window.addEventListener('error', event => errors.push(event.message));
window.lab = { panels, log, frames, errors, settings: () => settings, palette: PALETTE };

const readColors = () => {
  const style = getComputedStyle(document.documentElement);
  ['back', 'box', 'text', 'quiet', 'line', 'rest', 'work', 'busy', 'wait', 'part', 'stuck', 'alarmed'].forEach(name => {
    colors[name] = style.getPropertyValue('--' + name).trim();
  });
};

const post = async (path, body) => {
  const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  if (!answer.ok) {
    byId('told').textContent = await answer.text();
  }
};

const addControl = control => {
  const label = element('label', control.label + (control.unit ? ', ' + control.unit : ''));
  const output = element('output');
  const choices = { handler: ['tiny', 'computes', 'blocks'], churn: ['off', 'a connection a request'] }[control.id];
  const input = element(choices ? 'select' : 'input');
  if (choices) {
    choices.forEach((choice, i) => {
      const option = element('option', choice);
      option.value = i;
      input.append(option);
    });
  } else {
    input.type = 'range';
    input.min = control.least;
    input.max = control.most;
  }
  input.id = 'control-' + control.id;
  input.name = control.id;
  input.addEventListener('input', () => {
    output.textContent = choices ? '' : input.value;
  });
  input.addEventListener('change', () => {
    post('/set', JSON.stringify({ [control.id]: Number(input.value) }));
    input.dataset.until = String(performance.now() + 1500);
  });
  label.append(output, input);
  if (control.restarts) {
    label.title = 'The servers start anew with it.';
  }
  byId('controls').append(label);
};

const showSettings = () => {
  for (const [id, value] of Object.entries(settings)) {
    const input = byId('control-' + id);
    if (input && performance.now() > Number(input.dataset.until || 0) && input.value !== String(value)) {
      input.value = value;
      input.dispatchEvent(new Event('input'));
    } else if (input && !input.dataset.shown) {
      input.dataset.shown = 'true';
      input.dispatchEvent(new Event('input'));
    }
  }
};

const addFailure = failure => {
  const button = element('button', failure.title);
  button.type = 'button';
  button.id = 'failure-' + failure.id;
  button.title = failure.text;
  button.addEventListener('click', () => {
    document.querySelectorAll('#failures button').forEach(other => other.setAttribute('aria-pressed', 'false'));
    button.setAttribute('aria-pressed', 'true');
    byId('told').textContent = failure.text;
    post('/provoke', failure.id);
  });
  byId('failures').append(button);
};

// Servers of one process become another pattern while they serve.
const addRearrangement = id => {
  if (id === 'multi-process') {
    return;
  }
  const button = element('button', 'as ' + id);
  button.type = 'button';
  button.id = 'rearrange-' + id;
  button.addEventListener('click', () => post('/rearrange', id));
  byId('rearrangements').append(button);
};

const addPanel = (id, title) => {
  const panel = new Panel(id);
  panel.clock = clock;
  panel.onTransition = (of, transition) => {
    log.push([of, transition]);
    if (log.length > LOG_MAX) {
      log.splice(0, LOG_MAX / 10);
    }
  };
  const box = element('article', undefined, 'panel');
  box.id = 'panel-' + id;
  const head = element('h3');
  const grow = element('button', id);
  grow.type = 'button';
  grow.title = title;
  grow.setAttribute('aria-pressed', 'false');
  grow.addEventListener('click', () => {
    const large = box.classList.toggle('large');
    grow.setAttribute('aria-pressed', String(large));
  });
  const sum = element('span', '', 'sum');
  head.append(grow, sum);
  const canvas = element('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'The ' + id + ' server: its queues, threads and connections');
  const threads = element('div', undefined, 'threads');
  box.append(head, canvas, threads);
  byId('panels').append(box);
  const scene = new Scene(canvas, panel, () => slower.matches);
  canvas.addEventListener('click', event => {
    const found = scene.at(event.offsetX, event.offsetY);
    if (found) {
      choose(id, found);
    }
  });
  canvas.addEventListener('mousemove', event => {
    const found = scene.at(event.offsetX, event.offsetY);
    canvas.style.cursor = found ? 'pointer' : '';
    canvas.title = found ? described(panel, found) : '';
  });
  panels.set(id, { id, panel, scene, threads, sum });
};

const described = (panel, found) => {
  if (found.thread) {
    const thread = panel.threads.get(found.thread);
    return thread ? shortName(found.thread) + ': ' + (thread.handling || thread.now) : '';
  }
  const client = panel.clients.get(found.client);
  const { place, connection } = client ? panel.placeOf(client) : {};
  return 'client ' + found.client + (connection ? ', connection ' + connection.state + ' at ' + shortName(place) : '');
};

const choose = (id, found) => {
  chosen = { id, ...found };
  panels.forEach(each => {
    each.scene.chosen = each.id === id ? (found.thread ?? found.client) : null;
  });
  byId('details').hidden = false;
  showDetails();
};

const listOf = texts => {
  const list = element('ol');
  texts.forEach(text => list.append(element('li', text)));
  return list;
};

const showThread = (panel, body) => {
  const thread = panel.threads.get(chosen.thread);
  byId('what').textContent = panel.id + ': ' + chosen.thread;
  if (!thread) {
    body.push(element('p', 'It has ended.'));
    return;
  }
  body.push(element('p', 'Now: ' + (thread.handling ? 'the handler of ' + thread.handling : thread.now)));
  body.push(element('p', 'Busy ' + Math.round(100 * thread.busy) + ' % of the last moment; ' + thread.called + ' calls.'));
  body.push(element('h2', 'Its last calls'), listOf([...thread.calls].reverse()));
};

const drawMachine = (id, state) => {
  const states = facts.machines[id];
  const here = states.find(each => each.id === state);
  const next = new Set(here ? Object.values(here.on) : []);
  const box = element('div', undefined, 'states');
  states.forEach(each => {
    const chip = element('span', each.id, each.id === state ? 'here' : next.has(each.id) ? 'next' : '');
    chip.title = each.text;
    box.append(chip);
  });
  return [box, element('p', here ? here.text : '')];
};

const showConnection = (panel, body) => {
  const client = panel.clients.get(chosen.client);
  byId('what').textContent = panel.id + ': client ' + chosen.client;
  if (!client) {
    body.push(element('p', 'It has no connection.'));
    return;
  }
  const { place, connection } = panel.placeOf(client);
  const where = { syn: 'in the SYN queue', accept: 'in the accept queue', home: 'not connected' }[place];
  body.push(element('p', 'It is ' + (where || 'at ' + shortName(place)) + '.'));
  if (!connection) {
    return;
  }
  body.push(element('p', 'Descriptor ' + connection.fd + ', client port ' + connection.port + '.'));
  body.push(element('h2', 'Its machine'), ...drawMachine('connection', connection.state));
  body.push(element('h2', 'Its last transitions'));
  const told = transition =>
    transition.from + ' --' + transition.event + (transition.action ? ' / ' + transition.action : '') + '-> ' + transition.to;
  body.push(listOf(connection.last.map(told).reverse()));
};

const showDetails = () => {
  if (!chosen || byId('details').hidden) {
    return;
  }
  const body = [];
  const { panel } = panels.get(chosen.id);
  (chosen.thread ? showThread : showConnection)(panel, body);
  byId('body').replaceChildren(...body);
};

const showThreads = each => {
  const wanted = [...each.panel.threads.keys()].sort();
  const shown = [...each.threads.children].map(button => button.dataset.thread);
  if (wanted.join() === shown.join()) {
    return;
  }
  each.threads.replaceChildren(
    ...wanted.map(name => {
      const button = element('button', shortName(name));
      button.type = 'button';
      button.dataset.thread = name;
      button.addEventListener('click', () => choose(each.id, { thread: name }));
      return button;
    }),
  );
};

const showFigures = batch => {
  const seconds = figuresAt ? (batch.at - figuresAt) / 1e6 : 0.5;
  figuresAt = batch.at;
  const rows = [];
  panels.forEach(({ id, panel, sum }) => {
    const figures = panel.figures;
    const rate = figures.replies / seconds;
    const late = Math.max(figures.p99, figures.replies === 0 ? figures.oldest : 0) / 1000;
    rates.add(id, batch.at / 1e6, rate);
    delays.add(id, batch.at / 1e6, late);
    panel.topology = figures.topology;
    const now = figures.topology === id ? '' : 'now ' + figures.topology + ': ';
    sum.textContent = now + Math.round(rate) + '/s, p99 ' + late.toFixed(1) + ' ms';
    panel.rate = rate;
    panel.counts.lost += figures.errors;
    const row = element('tr');
    const first = element('td');
    const mark = element('i');
    mark.style.background = PALETTE[id];
    first.append(mark, id);
    const queued = panel.accepts.map(([waiting, most]) => waiting + ' of ' + most).join(', ');
    const cells = [
      Math.round(rate), (figures.p50 / 1000).toFixed(1), (figures.p99 / 1000).toFixed(1), figures.waiting,
      (figures.oldest / 1000).toFixed(0), panel.counts.lost, queued,
    ];
    row.append(first, ...cells.map(cell => element('td', String(cell))));
    rows.push(row);
  });
  byId('table').tBodies[0].replaceChildren(...rows);
  rates.draw(colors, PALETTE);
  delays.draw(colors, PALETTE);
};

const showChapter = tour => {
  const chapter = tour.now;
  byId('chapter-title').textContent = tour.chapter + 1 + ' of ' + CHAPTERS.length + ': ' + chapter.title;
  byId('chapter-text').textContent = chapter.text;
  byId('chapter-question').textContent = chapter.question + ' Predict, and it is tried.';
  byId('chapter-choices').replaceChildren(
    ...chapter.choices.map((choice, i) => {
      const button = element('button', choice);
      button.type = 'button';
      button.disabled = tour.state === 'provoked' || tour.state === 'measuring';
      button.setAttribute('aria-pressed', String(tour.predicted === i));
      button.addEventListener('click', () => tour.predict(i));
      return button;
    }),
  );
  const right = tour.answer === tour.predicted ? 'As you predicted' : 'Otherwise than you predicted';
  byId('chapter-told').textContent =
    tour.state === 'answered' ? right + ': ' + chapter.choices[tour.answer] + '. ' + tour.told
      : tour.state === 'asked' ? '' : 'It is tried, and measured for ' + chapter.seconds + ' seconds.';
  byId('chapter-code').textContent = tour.state === 'answered' ? chapter.code : '';
  byId('chapter-back').disabled = tour.chapter === 0;
  byId('chapter-next').disabled = tour.chapter === CHAPTERS.length - 1;
};

const tour = new Tour(panels, id => post('/provoke', id), showChapter);
window.lab.tour = tour;
window.lab.chapters = CHAPTERS;

const addTour = () => {
  const shown = visible => {
    byId('chapter').hidden = !visible;
    byId('tour-begin').hidden = visible;
    tour.at(0);
  };
  byId('tour-begin').addEventListener('click', () => shown(true));
  byId('chapter-end').addEventListener('click', () => shown(false));
  byId('chapter-back').addEventListener('click', () => tour.at(tour.chapter - 1));
  byId('chapter-next').addEventListener('click', () => tour.at(tour.chapter + 1));
};

const learn = transitions => transitions.forEach(([id, ...words]) => names.set(id, words));

const begin = data => {
  era = data.era;
  learn(data.transitions);
  settings = data.settings;
  showSettings();
  for (const [id, told] of Object.entries(data.panels)) {
    panels.get(id).panel.begin(told);
  }
  byId('status').textContent = 'five servers on the loopback interface';
};

const hear = batch => {
  heardMicros = batch.at;
  heardAt = performance.now();
  learn(batch.transitions);
  settings = batch.settings;
  showSettings();
  if (batch.era !== era) {
    era = batch.era;
    panels.forEach(({ panel }) => panel.begin({ address: '', connections: {}, threads: [] }));
  }
  for (const [id, told] of Object.entries(batch.panels)) {
    panels.get(id).panel.batch(told, names);
    showThreads(panels.get(id));
  }
  tour.hear(batch);
  byId('refusals').textContent = batch.refusals;
  byId('status').textContent = batch.doing || 'five servers on the loopback interface';
  if (Object.values(batch.panels).some(told => told.figures)) {
    showFigures(batch);
    showDetails();
  }
  document.body.dataset.batches = String(Number(document.body.dataset.batches || 0) + 1);
  document.body.dataset.errors = errors.join(' ');
};

const frame = now => {
  panels.forEach(({ scene }) => scene.draw(now, colors));
  frames.count++;
  frames.worst = frames.last ? Math.max(frames.worst, now - frames.last) : 0;
  frames.last = now;
  requestAnimationFrame(frame);
};

const start = async () => {
  readColors();
  darker.addEventListener('change', readColors);
  facts = await (await fetch('/facts')).json();
  facts.controls.forEach(addControl);
  facts.failures.forEach(addFailure);
  Object.keys(facts.patterns).forEach(addRearrangement);
  Object.entries(facts.patterns).forEach(([id, title]) => addPanel(id, title));
  addTour();
  const shut = () => {
    byId('details').hidden = true;
    chosen = null;
  };
  byId('shut').addEventListener('click', shut);
  document.addEventListener('keydown', event => event.key === 'Escape' && shut());
  const events = new EventSource('/events');
  events.addEventListener('begin', event => begin(JSON.parse(event.data)));
  events.addEventListener('message', event => hear(JSON.parse(event.data)));
  events.addEventListener('error', () => {
    byId('status').textContent = 'the lab has ended, or cannot be reached';
  });
  requestAnimationFrame(frame);
};

start();
