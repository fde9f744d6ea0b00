// One run, or one evaluation.

import { h, number, table } from './dom.js';
import { Watch, badge, score, workbench } from './runs.js';
import { Plot, LINES, extent } from './plot.js';
import { epochs, states, heats, removals } from './heat.js';
import { scores, evaluation } from './evaluation.js';

export class Run {
  constructor({ path }) {
    this.path = path;
    this.opened = new Set();
    this.plots = [];
    this.name = decodeURIComponent(path.split('/').slice(1).join('/'));
    this.head = h('div', { class: 'page-head' }, h('a', { href: '#/runs' }, 'Runs'), h('h1', {}, this.name));
    this.body = h('div', { class: 'run-body' });
    this.element = h('div', { class: 'page' }, this.head, this.body);
    this.watch = new Watch(`api/runs/${path}`, (answer) => this.show(answer));
  }

  end() {
    this.watch.end();
    this.plots.forEach((plot) => plot.end());
  }

  show(run) {
    this.plots.forEach((plot) => plot.end());
    this.plots = [];
    if (run.error) {
      this.body.replaceChildren(h('p', { class: 'notice' }, run.error.message));
      return;
    }
    this.head.replaceChildren(h('a', { href: '#/runs' }, 'Runs'), h('h1', {}, run.name), badge(run.state),
      h('p', { class: 'quiet' }, [run.network, run.data, run.seed === undefined ? null : `seed ${run.seed}`, run.strategy, run.folder].filter(Boolean).join(' · ')));
    const { detail } = run;
    const cards = [];
    if (run.state === 'broken') cards.push(this.card('What is wrong', h('p', { class: 'notice' }, run.message)));
    if (detail) cards.push(...(run.kind === 'evaluation' ? this.evaluation(run, detail) : this.run(run, detail)));
    if (run.state === 'finished' && run.kind !== 'training') cards.push(this.report());
    if (detail?.settings) cards.push(this.details('Settings', h('pre', { class: 'source' }, detail.settings)));
    this.body.replaceChildren(...cards.filter(Boolean));
    this.plots.forEach((plot) => plot.make());
  }

  card(title, ...content) {
    return h('section', { class: 'card' }, h('div', { class: 'card-head' }, h('h2', {}, title)), h('div', { class: 'card-body' }, content));
  }

  /** A card that stays open or closed when the run goes on. */
  details(title, ...content) {
    const details = h('details', { class: 'card', open: this.opened.has(title) }, h('summary', {}, h('h2', {}, title)), content);
    details.addEventListener('toggle', () => this.opened[details.open ? 'add' : 'delete'](title));
    return details;
  }

  add(plot) {
    this.plots.push(plot);
    return plot.element;
  }

  lines(title, xs, columns, x = 'epoch') {
    return this.add(new Plot({
      label: title, height: 260, data: [xs, ...columns.map(([, values]) => values)],
      options: {
        x: { label: x },
        series: columns.map(([label, , more], line) => ({ label, colour: LINES[line % LINES.length], width: 1.8, spanGaps: true, points: { show: xs.length < 3 }, ...more })),
        scales: { y: { range: (plot) => extent([plot.data.slice(1).flat()]) } },
        axes: [{ label: x, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }, { label: title, size: 56 }],
      },
    }));
  }

  run(run, { records, result, epochs: planned, timing }) {
    const searched = epochs(records);
    const last = searched[searched.length - 1];
    const cards = [this.found(run, result, last, planned)];
    const losses = this.losses(records, searched);
    if (losses.length) cards.push(this.card('Losses', h('div', { class: 'plots' }, losses)));
    const maps = heats(records);
    if (maps.length) {
      cards.push(this.card('Weights of the operations', h('p', { class: 'quiet' }, 'A row is an operation, a column an epoch; where a row ends, the operation has left.'),
        h('div', { class: 'heats' }, maps.map(({ plot, element }) => { this.add(plot); return element; }))));
    }
    const left = removals(records);
    if (left.length) cards.push(this.details(`Operations in the order in which they left`, table(['epoch', 'left'], left, 'Removals')));
    if (result?.retrained?.length) {
      cards.push(this.card('Trained from scratch', this.add(scores(result.retrained.map(({ activation, scores: of }) => ({ name: activation, found: activation.startsWith('found'), scores: of })), run.measure)),
        table(['activation', 'formula', ['seeds', 'number']], result.retrained.map((of) => [of.activation, h('code', {}, of.formula), of.scores.length]), 'Trainings')));
    }
    if (timing?.seconds) {
      cards.push(this.details('Time', table(['stage', ['seconds', 'number']], Object.entries(timing.seconds).map(([stage, seconds]) => [stage, number(seconds)]), 'Seconds')));
    }
    return cards;
  }

  /** What is found, or what the search has come to. */
  found(run, result, last, planned) {
    const functions = result ? (result.groups ? Object.entries(result.groups) : result.formulas ? [[null, result]] : []) : [];
    if (functions.length) {
      return this.card('Found', functions.map(([group, of]) => h('div', { class: 'found' }, group ? h('h3', {}, group) : null,
        h('p', { class: 'code-line big' }, h('code', {}, of.formulas.simplified)),
        h('p', { class: 'facts' }, h('span', {}, of.genotype), of.cost ? h('span', {}, 'cost ', h('strong', {}, number(of.cost))) : null,
          h('span', {}, 'score ', h('strong', {}, score(run)))),
        h('a', { class: 'small-button', href: workbench(of.formulas.simplified) }, 'Open in the workbench'))));
    }
    if (result?.activation) {
      return this.card('Training', h('p', { class: 'code-line big' }, h('code', {}, result.activation)), h('p', { class: 'facts' }, h('span', {}, score(run))));
    }
    if (!last) return this.card(run.state === 'running' ? 'At work' : 'Not finished', h('p', { class: 'quiet' }, 'No epoch is over yet.'));
    const now = states(last);
    return this.card(run.state === 'running' ? 'At work' : 'Not finished',
      h('progress', { max: planned, value: last.epoch, 'aria-label': 'Epochs of the search' }), h('p', { class: 'quiet' }, `Epoch ${last.epoch} of ${planned} of the search`),
      now.map(([group, state]) => h('p', { class: 'code-line big' }, group ? `${group}: ` : '', h('code', {}, state.genotype))),
      h('p', { class: 'facts' }, h('span', {}, 'left ', h('strong', {}, now.map(([, state]) => state.remaining).join(', ')), ' operations'), h('span', {}, `${number(last.steps_per_second)} steps a second`)));
  }

  losses(records, searched) {
    const found = [];
    if (searched.length) {
      const xs = searched.map((record) => record.epoch);
      const column = (name) => searched.map((record) => record[name] ?? null);
      const columns = [['training', column('train_loss')], ['validation', column('validation_loss')], ['held out', column('test_loss')]];
      found.push(this.lines('Loss of the search, in nats', xs, columns.filter(([, values]) => values.some((value) => value !== null))));
      if (searched.some((record) => typeof record.test_accuracy === 'number')) {
        found.push(this.lines('Accuracy of the search, in %', xs, [['held out', searched.map((record) => (typeof record.test_accuracy === 'number' ? 100 * record.test_accuracy : null))]]));
      }
    }
    const candidates = records.filter(({ event }) => event === 'candidate');
    if (candidates.length) {
      found.push(this.lines('Validation loss of the candidates, in nats', candidates.map((_, index) => index + 1),
        [['validation', candidates.map((record) => record.validation_loss), { paths: () => null, points: { show: true, size: 5 } }]], 'candidate'));
    }
    const trained = records.filter(({ event }) => event === 'trained');
    if (trained.length) {
      const stages = [...new Set(trained.map((record) => record.stage))];
      const xs = [...new Set(trained.map((record) => record.epoch))].sort((a, b) => a - b);
      const mean = (stage, x) => {
        const values = trained.filter((record) => record.stage === stage && record.epoch === x).map((record) => record.test_loss).filter((value) => typeof value === 'number');
        return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
      };
      found.push(this.lines('Held-out loss of the trainings, in nats', xs, stages.map((stage) => [stage, xs.map((x) => mean(stage, x))])));
    }
    return found;
  }

  evaluation(run, { result }) {
    if (!result) {
      return [this.card('Not finished', h('progress', { max: run.planned, value: run.done, 'aria-label': 'Trainings' }), h('p', { class: 'quiet' }, `${run.done} of ${run.planned} trainings are finished.`))];
    }
    const { plot, content } = evaluation(result);
    return [this.card('Evaluation', h('ul', { class: 'verdicts' }, result.verdicts.map((verdict) => h('li', {}, verdict))), this.add(plot), content)];
  }

  report() {
    const source = `report/${this.path}`;
    const frame = h('div');
    const details = this.details('Report', h('p', { class: 'quiet' }, h('a', { href: source, target: '_blank', rel: 'noopener' }, 'Open it in a tab of its own')), frame);
    const load = () => {
      if (!details.open || frame.firstChild) return;
      // Nothing in it can run, or reach this page.
      frame.append(h('iframe', { src: source, sandbox: '', title: `Report of ${this.name}`, loading: 'lazy' }));
    };
    details.addEventListener('toggle', load);
    load();
    return details;
  }
}
