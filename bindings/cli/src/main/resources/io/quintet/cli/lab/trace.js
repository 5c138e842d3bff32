// Goes through a recorded run, step by step, to and fro. What is shown after a step depends on the
// steps up to it and on nothing else.

import { byId, element } from './dom.js';
import { parse, tellCall } from './words.js';

const AROUND = 12;

let trace = null;
let facts = null;
let steps = [];
let at = 0;
let playing = 0;

window.lab = { at: () => at, go: number => go(number), steps: () => steps };

// All that is known after so many steps.
const world = count => {
  const threads = new Map();
  const clients = new Map();
  for (let i = 0; i < count; i++) {
    const { who, step, instance } = steps[i];
    if (step.kind === 'client') {
      clients.set(step.client, { does: step.does, now: i === count - 1 });
      continue;
    }
    if (!threads.has(who)) {
      threads.set(who, { machines: new Map(), call: '' });
    }
    const thread = threads.get(who);
    if (step.kind === 'transition') {
      threads.forEach(other => other.machines.delete(instance));
      const ended = facts.machines[step.machine]?.states.find(state => state.id === step.to)?.end;
      if (!ended || i === count - 1) {
        thread.machines.set(instance, { machine: step.machine, state: step.to, now: i === count - 1 });
      }
    } else {
      thread.call = steps[i].text;
    }
    thread.last = i;
  }
  return { threads, clients };
};

const showThreads = ({ threads }) => {
  const cards = [...threads].map(([name, thread]) => {
    const card = element('article', undefined, 'card' + (thread.last === at - 1 ? ' now' : ''));
    card.append(element('h3', name), element('p', thread.call || ' '));
    const machines = element('div', undefined, 'states');
    for (const [instance, { machine, state, now }] of thread.machines) {
      machines.append(element('span', machine + ' ' + instance + ': ' + state, now ? 'here' : ''));
    }
    card.append(machines);
    return card;
  });
  byId('threads').replaceChildren(...cards);
};

const showClients = ({ clients }) => {
  const names = [...clients.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  byId('clients').replaceChildren(
    ...names.map(name => element('span', name + ' ' + clients.get(name).does, clients.get(name).now ? 'client now' : 'client')),
  );
};

const chips = step => {
  const machine = facts.machines[step.machine];
  if (!machine) {
    return [];
  }
  const box = element('div', undefined, 'states');
  machine.states.forEach(state => {
    const kind = state.id === step.to ? 'here' : state.id === step.from ? 'next' : '';
    const chip = element('span', state.id, kind);
    chip.title = state.text;
    box.append(chip);
  });
  return [box];
};

const tell = ({ who, text, step }) => {
  byId('what').textContent = step.kind === 'client' ? step.client + ' ' + step.does : who + ': ' + text;
  byId('machine').replaceChildren(...(step.kind === 'transition' ? chips(step) : []));
  byId('man').textContent = '';
  if (step.kind === 'call') {
    const [told, man] = tellCall(who, step);
    byId('told').textContent = told;
    byId('man').textContent = man ? 'Manual: ' + man : '';
  } else if (step.kind === 'transition') {
    const machine = facts.machines[step.machine];
    const state = machine?.states.find(each => each.id === step.to);
    const action = step.action ? machine?.actions[step.action] : '';
    byId('told').textContent =
      (step.from === step.to ? 'It stays in ' : 'It comes to ') + step.to + (state ? ': ' + state.text : '') +
      (action ? ' What is done: ' + action : '');
    byId('man').textContent = 'Specified in specs/machines/' + step.machine + '.json';
  } else if (step.kind === 'client') {
    byId('told').textContent = 'This happens outside the server.';
  } else {
    byId('told').textContent = step.kind === 'violation' ? 'A rule is broken here.' : '';
  }
};

const showList = () => {
  const first = Math.max(0, Math.min(at - 1 - AROUND, steps.length - 2 * AROUND));
  byId('list').replaceChildren(
    ...steps.slice(first, first + 2 * AROUND + 1).map(({ who, text, step }, i) => {
      const line = element('li', undefined, first + i === at - 1 ? 'now' : step.kind === 'transition' ? 'transition' : '');
      const button = element('button', (step.kind === 'client' ? '' : who + '  ') + text);
      button.type = 'button';
      button.addEventListener('click', () => go(first + i + 1));
      line.value = first + i + 1;
      line.append(button);
      return line;
    }),
  );
};

const show = () => {
  const now = world(at);
  showThreads(now);
  showClients(now);
  tell(steps[at - 1]);
  showList();
  byId('number').textContent = at + ' of ' + steps.length;
  byId('slider').value = at;
  history.replaceState(null, '', '#' + at);
};

const go = number => {
  at = Math.min(Math.max(number, 1), steps.length);
  show();
};

const stop = () => {
  clearInterval(playing);
  playing = 0;
  byId('play').setAttribute('aria-pressed', 'false');
};

const play = () => {
  if (playing) {
    stop();
    return;
  }
  byId('play').setAttribute('aria-pressed', 'true');
  playing = setInterval(() => {
    if (at === steps.length) {
      stop();
    } else {
      go(at + 1);
    }
  }, 1000 / Number(byId('speed').value));
};

const keys = { ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1), Home: () => go(1), End: () => go(steps.length), ' ': play };

const start = async () => {
  facts = await (await fetch('/facts')).json();
  trace = await (await fetch('/trace')).json();
  steps = trace.steps.map(([who, text, instance]) => ({ who, text, instance, step: parse(text) }));
  byId('title').textContent = trace.title;
  byId('again').textContent = trace.again;
  byId('violation').hidden = !trace.violation;
  byId('violation').textContent = trace.violation ? 'Broken: ' + trace.violation : '';
  byId('slider').max = steps.length;
  byId('slider').min = 1;
  byId('slider').addEventListener('input', () => go(Number(byId('slider').value)));
  byId('first').addEventListener('click', () => go(1));
  byId('back').addEventListener('click', () => go(at - 1));
  byId('next').addEventListener('click', () => go(at + 1));
  byId('last').addEventListener('click', () => go(steps.length));
  byId('play').addEventListener('click', play);
  byId('speed').addEventListener('change', () => {
    if (playing) {
      stop();
      play();
    }
  });
  document.addEventListener('keydown', event => {
    if (keys[event.key] && !['BUTTON', 'INPUT', 'SELECT'].includes(event.target.tagName)) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  window.addEventListener('hashchange', () => go(Number(location.hash.slice(1)) || 1));
  go(Number(location.hash.slice(1)) || 1);
  document.body.dataset.ready = 'true';
};

start();
