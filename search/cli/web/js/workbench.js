// The workbench: one formula, and all that can be said of it.

import { h, settled, number } from './dom.js';
import { START, write } from './state.js';
import { Place } from './ask.js';
import { Editor } from './editor.js';
import { Plot, LINES, extent, together } from './plot.js';
import { Zoo } from './zoo.js';
import { Constants } from './constants.js';
import { set } from './math.js';
import { proofCard } from './proof.js';
import { frontCard } from './front.js';
import { passportCard } from './passport.js';
import { codeCard } from './code.js';

export class Workbench {
  constructor({ language, state }) {
    this.state = state;
    this.written = settled(150, () => write(this.state));
    this.deeper = settled(250, () => this.askDeeper());

    this.editor = new Editor({ language, value: state.f, typed: (f) => this.change({ f, pick: null, zoom: null }) });
    this.zoo = new Zoo({ language, chosen: state.beside, changed: (beside) => this.change({ beside }, true) });
    this.constants = new Constants({ set: state.set, changed: (values) => this.change({ set: values, pick: null }) });
    this.reading = h('div', { class: 'reading set' });
    this.domain = this.domainFields();
    this.plots = h('div', { class: 'plots' });
    this.whole = h('button', { type: 'button', class: 'small-button', hidden: true, onclick: () => this.zoom(null) }, 'Show the whole range');
    this.curves = new Place({ show: (answer) => this.draw(answer), busy: (busy) => this.plots.classList.toggle('stale', busy) });

    const use = (f) => { this.editor.value = f; this.change({ f, pick: null }); this.editor.area.focus(); scrollTo({ top: 0 }); };
    this.proof = proofCard({ use });
    this.front = frontCard({ picked: () => this.state.pick, changed: (pick) => this.change({ pick }, true), use });
    this.passport = passportCard();
    this.code = codeCard({
      targets: language.targets, target: state.target, name: state.name,
      changed: (part) => { Object.assign(this.state, part); this.written(); this.askCode(); },
    });

    this.element = h('div', { class: 'workbench' },
      h('h1', { class: 'hidden' }, 'Workbench'),
      h('div', { class: 'bench-left' },
        h('section', { class: 'card formula-card', 'aria-label': 'Formula' }, this.editor.element, this.reading, this.constants.element,
          h('div', { class: 'controls' }, this.domain.element, this.zoo.element)),
        h('section', { class: 'card', 'aria-label': 'Curves' }, this.plots, h('p', { class: 'plot-help quiet' },
          'Drag to zoom, double click to see all.', this.whole))),
      h('div', { class: 'bench-right' }, this.proof.element, this.front.element, this.passport.element, this.code.element));
    this.changeEverything();
  }

  end() {
    this.plotted?.forEach((plot) => plot.end());
    for (const card of [this.proof, this.front, this.passport, this.code]) card.place.cancel(true);
  }

  domainFields() {
    const field = (key, label) => h('input', {
      type: 'text', class: 'number', size: 6, inputmode: 'decimal', 'aria-label': label, value: this.state[key], maxlength: '40',
      onchange: (event) => this.change({ [key]: event.target.value.trim(), zoom: null, pick: null }),
    });
    const [low, high] = [field('low', 'x from'), field('high', 'x to')];
    const within = h('input', { type: 'checkbox', id: 'within', checked: this.state.within, onchange: () => this.change({ within: within.checked }) });
    return {
      element: h('div', { class: 'domain' }, h('span', { class: 'math-name' }, 'x'), h('span', { class: 'field-label' }, 'from'), low,
        h('span', { class: 'field-label' }, 'to'), high, h('label', { class: 'check', for: 'within', title: 'Simplification and passport look at these inputs alone' }, within, 'and nowhere else')),
      fill: () => { low.value = this.state.low; high.value = this.state.high; within.checked = this.state.within; },
    };
  }

  /** Puts another state in place, as the address has it. */
  take(state) {
    this.state = state;
    this.wrong = false;
    this.editor.value = state.f;
    this.zoo.chosen = state.beside;
    this.zoo.draw();
    this.domain.fill();
    this.changeEverything();
  }

  change(part, drawing = false) {
    Object.assign(this.state, part);
    this.written();
    this.askCurves();
    if (!drawing) this.deeper();
  }

  changeEverything() {
    this.askCurves();
    this.askDeeper();
  }

  zoom(ends) {
    this.state.zoom = ends;
    this.written();
    this.askCurves();
  }

  subject() {
    const { f, set: values, low, high, within } = this.state;
    return { formula: f, set: values, x: [low, high], within };
  }

  askCurves() {
    const { zoom, pick, beside } = this.state;
    const x = zoom ? zoom.map((end) => Number(end.toPrecision(12)).toString()) : [this.state.low, this.state.high];
    this.curves.ask({ ask: 'curves', ...this.subject(), x, beside: pick ? [...beside, pick] : beside });
  }

  askDeeper() {
    // The mistake is told once; what follows it is asked when the curve is there.
    if (this.wrong) return;
    this.proof.ask({ ask: 'simplify', ...this.subject() });
    this.front.ask({ ask: 'front', ...this.subject(), set: this.values() });
    this.passport.ask({ ask: 'passport', ...this.subject(), set: this.values() });
    this.askCode();
  }

  /** The values of all constants: those that are not set start at 1. */
  values() {
    const start = Object.fromEntries((this.names ?? []).map((name) => [name, '1']));
    return { ...start, ...this.state.set };
  }

  askCode() {
    const { name, target } = this.state;
    this.code.ask({ ask: 'code', ...this.subject(), name: name || START.name, target });
  }

  draw(answer) {
    if (answer.cancelled) return;
    this.wrong = Boolean(answer.error);
    if (answer.error) {
      this.editor.fail(answer.error);
      this.plots.classList.add('stale');
      for (const card of [this.proof, this.front, this.passport, this.code]) card.wait();
      this.waits = true;
      return;
    }
    if (this.waits) { this.waits = false; this.deeper(); }
    this.plots.classList.remove('stale');
    this.editor.clear();
    this.editor.names(answer.constants);
    set(this.reading, answer.latex, answer.latex ? answer.input : null);
    this.reading.hidden = !answer.latex;
    this.constants.show(answer.constants, this.state.set);
    const known = this.names ?? [];
    this.names = answer.constants;
    // Front and passport need the values of constants that were not known before.
    if (String(known) !== String(this.names) && this.names.length) this.deeper();
    const { pick, beside, zoom } = this.state;
    this.whole.hidden = !zoom;
    const labels = ['f', ...beside.map((formula) => this.zoo.name(formula)), ...(pick ? ['picked form'] : [])].slice(0, answer.curves.length);
    const shape = JSON.stringify([labels]);
    const data = ['value', 'derivative'].map((output) => [answer.x, ...answer.curves.map((curve) => curve[output])]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.plotted?.forEach((plot) => plot.end());
      this.plotted = [['f(x)', 'Value'], ['f′(x)', 'Derivative']].map(([symbol, title], output) => this.plot(symbol, title, labels, data[output]));
      this.plots.replaceChildren(...this.plotted.map((plot) => plot.element));
      this.plotted.forEach((plot) => plot.make());
    } else {
      this.plotted.forEach((plot, output) => plot.set(data[output]));
    }
  }

  plot(symbol, title, labels, data) {
    const picked = this.state.pick ? labels.length - 1 : -1;
    const above = h('span', { class: 'math-name' }, symbol);
    const series = labels.map((label, line) => ({
      label: line === 0 ? symbol : label, colour: line === picked ? 'found' : LINES[line % LINES.length],
      width: line === 0 ? 2.5 : 1.5, dash: line === picked ? [6, 4] : undefined,
    }));
    return new Plot({
      label: `${title} of the formula${labels.length > 1 ? ` beside ${labels.slice(1).join(', ')}` : ''}`, title: above, height: 300, data,
      zoomed: (ends) => this.zoom(ends && ends.map((end) => Number(number(end, 6)))),
      options: {
        series,
        scales: { y: { range: (plot) => extent(plot.data.slice(1)) }, x: { range: (_, low, high) => [low, high] } },
        axes: [{ label: '', size: 30 }, { label: '' }],
        cursor: together('curves'),
      },
    });
  }
}
