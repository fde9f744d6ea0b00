// Sliders for the constants of a formula. Training starts them at 1.

import { h, number } from './dom.js';

export class Constants {
  constructor({ set, changed }) {
    this.set = set;
    this.changed = changed;
    this.names = [];
    this.element = h('div', { class: 'constants', hidden: true });
  }

  show(names, set) {
    this.set = set;
    if (String(names) === String(this.names)) {
      for (const row of this.element.children) this.place(row);
      return;
    }
    this.names = names;
    this.element.hidden = names.length === 0;
    this.element.replaceChildren(...names.map((name) => this.row(name)));
  }

  row(name) {
    const slider = h('input', { type: 'range', step: 'any', 'aria-label': `${name}, slider`, 'data-name': name });
    const field = h('input', { type: 'text', class: 'number', inputmode: 'decimal', 'aria-label': name, size: 8 });
    slider.addEventListener('input', () => {
      field.value = number(Number(slider.value), 4);
      this.change(name, field.value);
    });
    field.addEventListener('change', () => { this.change(name, field.value.trim()); this.place(row); });
    const row = h('div', { class: 'constant' }, h('span', { class: 'math-name' }, name), slider, field);
    this.place(row);
    return row;
  }

  /** Puts the value into the row, and it in the middle of its slider if it lies outside. */
  place(row) {
    const [, slider, field] = row.children;
    const text = this.set[slider.dataset.name] ?? '1';
    const value = Number(text);
    if (document.activeElement !== field) field.value = text;
    if (document.activeElement === slider || !Number.isFinite(value)) return;
    const reach = Math.max(3, 2 * Math.abs(value));
    slider.min = -reach;
    slider.max = reach;
    slider.value = value;
  }

  change(name, text) {
    this.set = { ...this.set, [name]: text };
    this.changed(this.set);
  }
}
