// What the formula is drawn beside: activations by name, or any formula.

import { h } from './dom.js';
import { LINES } from './plot.js';

/** Those that stand ready; the others are in the list. */
const READY = ['relu', 'gelu', 'silu', 'elu', 'mish', 'tanh'];

export class Zoo {
  constructor({ language, chosen, changed }) {
    this.activations = language.activations;
    this.chosen = chosen;
    this.changed = changed;
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'Beside' });
    const names = this.activations.map(({ name, formula }) => h('option', { value: name }, formula));
    this.input = h('input', { list: 'zoo-names', class: 'chip-input', placeholder: 'another, or a formula', 'aria-label': 'Draw beside another function or formula', maxlength: '4000', spellcheck: 'false' });
    this.element = h('div', { class: 'zoo' }, h('span', { class: 'field-label' }, 'Beside'), this.chips,
      h('form', { class: 'inline-form', onsubmit: (event) => { event.preventDefault(); this.add(this.input.value); } },
        this.input, h('datalist', { id: 'zoo-names' }, names)));
    this.input.addEventListener('change', () => this.add(this.input.value));
    this.draw();
  }

  formula(text) {
    const named = this.activations.find(({ name }) => name === text.trim().toLowerCase());
    return named ? named.formula : text.trim();
  }

  name(formula) {
    return this.activations.find((one) => one.formula === formula)?.name ?? formula;
  }

  add(text) {
    const formula = this.formula(text);
    this.input.value = '';
    if (formula === '' || this.chosen.includes(formula) || this.chosen.length >= LINES.length - 1) return;
    this.change([...this.chosen, formula]);
  }

  change(chosen) {
    this.chosen = chosen;
    this.draw();
    this.changed(chosen);
  }

  draw() {
    const ready = READY.map((name) => this.formula(name));
    const all = [...ready, ...this.chosen.filter((formula) => !ready.includes(formula))];
    const focused = document.activeElement?.dataset?.formula;
    this.chips.replaceChildren(...all.map((formula) => {
      const line = this.chosen.indexOf(formula);
      return h('button', {
        type: 'button', class: 'chip', 'aria-pressed': String(line >= 0), 'data-formula': formula, 'data-line': line >= 0 ? LINES[line + 1] : null,
        title: formula,
        onclick: () => {
          if (line >= 0) this.change(this.chosen.filter((other) => other !== formula));
          else this.add(formula);
        },
      }, this.name(formula));
    }));
    if (focused) [...this.chips.children].find((chip) => chip.dataset.formula === focused)?.focus();
  }
}
