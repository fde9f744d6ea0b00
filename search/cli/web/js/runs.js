// The runs, as a table that follows what happens in the folders; several of them can be laid over one another.

import { h, number, announce } from './dom.js';
import { get, Place } from './ask.js';
import { Plot, LINES, extent } from './plot.js';
import { address, START } from './state.js';
import { epochs } from './heat.js';

const PAUSE = 2000;
/** As many as there are colours. */
const MOST = LINES.length;

/** Asks for a path again and again while the page is seen, and shows what has changed. */
export class Watch {
  constructor(path, show) {
    this.control = new AbortController();
    this.path = path;
    this.show = show;
    this.run();
  }

  async run() {
    let known;
    while (!this.control.signal.aborted) {
      if (!document.hidden) {
        try {
          const { value, tag } = await get(this.path, this.control.signal);
          if (tag !== known || !tag) this.show(value);
          known = tag;
        } catch (error) {
          if (error.name === 'AbortError') return;
          if (known !== null) this.show({ error: { message: 'The program does not answer: is `actsmith web` still running?' } });
          known = null;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  end() { this.control.abort(); }
}

export const key = (run) => `${run.root}/${encodeURIComponent(run.name)}`;

const STATES = { finished: 'finished', running: 'running', unfinished: 'not finished', broken: 'broken' };

export function badge(state) {
  return h('span', { class: `badge ${state}` }, STATES[state] ?? state);
}

/** A score as people say it: a share of right answers, or a loss. */
export function score({ score: of, measure }) {
  if (!of) return '–';
  const text = of.accuracy !== null && of.accuracy !== undefined && measure !== 'loss'
    ? `${(100 * of.accuracy).toFixed(2)}${typeof of.accuracy_deviation === 'number' ? ` ± ${(100 * of.accuracy_deviation).toFixed(2)}` : ''} %`
    : typeof of.loss === 'number' ? `${of.loss.toFixed(4)}${typeof of.loss_deviation === 'number' ? ` ± ${of.loss_deviation.toFixed(4)}` : ''} nats` : '–';
  return text;
}

function state(run) {
  if (run.state === 'running' || run.state === 'unfinished') {
    if (run.planned !== undefined) return [badge(run.state), ` ${run.done} of ${run.planned}`];
    if (run.epoch) return [badge(run.state), ` ${run.stage} ${run.epoch}${run.stage === 'search' ? ` of ${run.epochs}` : ''}`];
  }
  return badge(run.state);
}

export class Runs {
  constructor({ query }) {
    this.chosen = query.getAll('over');
    this.filter = query.get('filter') ?? '';
    this.rows = h('tbody');
    this.count = h('p', { class: 'quiet', role: 'status' });
    this.over = h('section', { class: 'card', hidden: true, 'aria-label': 'Over one another' });
    this.clear = h('button', { type: 'button', class: 'small-button', hidden: true, onclick: () => this.choose([]) }, 'Choose none');
    const field = h('input', { type: 'text', placeholder: 'Filter', 'aria-label': 'Filter the runs', value: this.filter, oninput: () => { this.filter = field.value; this.draw(); this.write(); } });
    this.field = field;
    const heads = [['', 'choose'], 'run', 'task', 'seed', 'found', ['score', 'number'], ['cost', 'number'], 'state'];
    this.element = h('div', { class: 'page' },
      h('div', { class: 'page-head' }, h('h1', {}, 'Runs'), this.count, this.clear, field),
      this.over,
      h('section', { class: 'card', 'aria-label': 'All runs' }, h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of runs' },
        h('table', { class: 'runs' }, h('thead', {}, h('tr', {}, heads.map((head) => Array.isArray(head) ? h('th', { scope: 'col', class: head[1] }, head[0]) : h('th', { scope: 'col' }, head)))), this.rows))));
    this.watch = new Watch('api/runs', (answer) => this.take(null, answer));
    this.curves = new Place({ show: (answer) => this.functions(answer) });
  }

  take(query, answer) {
    if (query) {
      this.chosen = query.getAll('over');
      this.filter = query.get('filter') ?? '';
      this.field.value = this.filter;
    }
    if (answer) {
      this.error = answer.error;
      this.runs = answer.runs ?? this.runs;
    }
    this.draw();
    this.compare();
  }

  end() {
    this.watch.end();
    this.plots?.forEach((plot) => plot.end());
  }

  write() {
    const query = new URLSearchParams(this.chosen.map((key) => ['over', key]));
    if (this.filter) query.set('filter', this.filter);
    history.replaceState(null, '', `#/runs${query.size ? `?${query}` : ''}`);
  }

  choose(chosen) {
    this.chosen = chosen.slice(0, MOST);
    this.write();
    this.draw();
    this.compare();
    announce(`${this.chosen.length} runs chosen`);
  }

  draw() {
    const runs = this.runs ?? [];
    if (this.error) { this.count.textContent = this.error.message; return; }
    const words = this.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (run) => [run.name, run.network, run.data, run.formula, run.genotype, run.strategy, run.state, run.kind].join(' ').toLowerCase();
    const shown = runs.filter((run) => words.every((word) => text(run).includes(word)));
    const live = runs.filter((run) => run.state === 'running').length;
    this.count.textContent = !this.runs ? '' : `${shown.length === runs.length ? runs.length : `${shown.length} of ${runs.length}`} folders${live ? `, ${live} at work` : ''}`;
    this.clear.hidden = this.chosen.length === 0;
    const focused = document.activeElement?.id;
    if (this.runs && runs.length === 0) {
      this.rows.replaceChildren(h('tr', {}, h('td', { colspan: '8' }, h('p', { class: 'notice' }, 'No runs yet. ', h('code', {}, 'actsmith web runs'), ' shows the folder that ', h('code', {}, 'actsmith search'), ' writes to.'))));
      return;
    }
    this.rows.replaceChildren(...shown.map((run) => this.row(run)));
    if (focused) document.getElementById(focused)?.focus();
  }

  row(run) {
    const own = key(run);
    const chosen = this.chosen.indexOf(own);
    const box = h('input', {
      type: 'checkbox', id: `over-${own}`, checked: chosen >= 0, disabled: run.state === 'broken' || (chosen < 0 && this.chosen.length >= MOST),
      'aria-label': `Lay ${run.name} over others`, onchange: () => this.choose(chosen >= 0 ? this.chosen.filter((other) => other !== own) : [...this.chosen, own]),
    });
    const what = run.state === 'broken' ? h('span', { class: 'broken-message' }, run.message)
      : run.formula ? h('code', { class: 'clip', title: run.formula }, run.formula) : h('code', { class: 'clip quiet' }, run.genotype ?? '');
    return h('tr', { class: run.state },
      h('td', { class: 'choose' }, box),
      h('td', {}, h('a', { href: `#/runs/${own}`, id: `run-${own}` }, run.name), run.kind === 'search' ? null : h('span', { class: 'kind' }, run.kind)),
      h('td', {}, h('div', { class: 'task', title: run.network ?? '' }, h('span', {}, run.data ?? ''), h('span', { class: 'network' }, run.network ?? ''), run.strategy && run.strategy !== 'gradient' && run.kind === 'search' ? h('span', { class: 'kind' }, run.strategy) : null)),
      h('td', { class: 'number' }, run.seed ?? (run.seeds ? `${run.seeds} seeds` : '')),
      h('td', { class: 'what' }, what),
      h('td', { class: 'number' }, run.state === 'broken' ? '' : score(run)),
      h('td', { class: 'number' }, run.cost === null || run.cost === undefined ? '' : number(run.cost)),
      h('td', { class: 'state' }, state(run)));
  }

  /** Functions and losses of the chosen runs, over one another. */
  async compare() {
    const runs = this.chosen.map((own) => this.runs?.find((run) => key(run) === own)).filter(Boolean);
    const shape = JSON.stringify(runs.map((run) => [key(run), run.formula, run.epoch]));
    if (shape === this.compared) return;
    this.compared = shape;
    this.plots?.forEach((plot) => plot.end());
    this.plots = [];
    this.over.hidden = runs.length === 0;
    if (runs.length === 0) return;
    this.of = runs.filter((run) => run.formula && !run.formula.includes('  |  '));
    this.drawn = h('div', { class: 'plots' });
    this.over.replaceChildren(h('div', { class: 'card-head' }, h('h2', {}, 'Over one another')), this.drawn);
    if (this.of.length) {
      const [f, ...beside] = this.of.map((run) => run.formula);
      this.curves.ask({ ask: 'curves', formula: f, x: [START.low, START.high], beside });
    }
    const details = await Promise.all(runs.map((run) => get(`api/runs/${key(run)}`).then(({ value }) => value).catch(() => null)));
    if (this.compared !== shape) return;
    const lines = details.filter((run) => run?.detail?.records).map((run) => [run.name, epochs(run.detail.records)]).filter(([, found]) => found.length);
    if (lines.length) this.losses(lines);
  }

  functions(answer) {
    if (answer.cancelled || answer.error) return;
    const labels = this.of.map((run) => run.name);
    for (const [output, title] of [['value', 'Functions'], ['derivative', 'Derivatives']]) {
      this.add(title, labels, [answer.x, ...answer.curves.map((curve) => curve[output])], 'x');
    }
  }

  losses(lines) {
    const xs = [...new Set(lines.flatMap(([, found]) => found.map((record) => record.epoch)))].sort((a, b) => a - b);
    const column = (found) => xs.map((x) => {
      const record = found.find((one) => one.epoch === x);
      return record ? record.validation_loss ?? record.test_loss ?? record.train_loss : null;
    });
    this.add('Validation loss of the search, in nats', lines.map(([name]) => name), [xs, ...lines.map(([, found]) => column(found))], 'epoch', true);
  }

  add(title, labels, data, x, gaps = false) {
    const plot = new Plot({
      label: title, height: 280, data,
      options: {
        x: { label: x },
        series: labels.map((label, line) => ({ label, colour: LINES[line], width: 1.8, spanGaps: gaps })),
        scales: { y: { range: (own) => extent([own.data.slice(1).flat()]) } },
        axes: [{ label: x === 'x' ? '' : x, size: 28 }, { label: title }],
      },
    });
    this.plots.push(plot);
    this.drawn.append(plot.element);
    plot.make();
  }
}

/** The address of a formula in the workbench. */
export function workbench(formula, histogram) {
  return address({ ...START, f: formula, ...histogram });
}
