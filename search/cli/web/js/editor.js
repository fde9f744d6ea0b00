// The formula as it is typed: mistakes are marked where they are, and names are completed.

import { h, announce } from './dom.js';
import { Completion } from './complete.js';

export class Editor {
  constructor({ language, value, typed }) {
    this.typed = typed;
    this.area = h('textarea', {
      id: 'formula', rows: 1, spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', autocorrect: 'off', maxlength: '4000',
      'aria-describedby': 'mistake',
    });
    this.area.value = value;
    this.back = h('div', { class: 'editor-back', 'aria-hidden': 'true' });
    this.mistake = h('div', { id: 'mistake', class: 'mistake', role: 'alert' });
    this.completion = new Completion(this, language);
    this.element = h('div', { class: 'editor-box' },
      h('label', { class: 'editor-label', for: 'formula' }, h('span', { class: 'math-name' }, 'f(x) =')),
      h('div', { class: 'editor' }, this.back, this.area, this.completion.element),
      this.mistake);
    this.area.addEventListener('input', () => { this.clear(); this.typed(this.area.value); });
    this.area.addEventListener('keydown', (event) => {
      // A formula is one line; the completion has had the key before.
      if (event.key === 'Enter' && !event.defaultPrevented) event.preventDefault();
    });
    this.area.addEventListener('scroll', () => { this.back.scrollTop = this.area.scrollTop; });
    this.draw([]);
  }

  get value() { return this.area.value; }

  set value(text) {
    if (text === this.area.value) return;
    this.area.value = text;
    this.clear();
  }

  /** Other names that can be completed: the constants of the formula. */
  names(constants) { this.completion.constants = constants; }

  clear() {
    this.mistake.replaceChildren();
    this.area.removeAttribute('aria-invalid');
    this.draw([]);
  }

  /** Shows what is wrong; `at` has the places. */
  fail({ message, at }) {
    this.area.setAttribute('aria-invalid', 'true');
    this.draw(at);
    const lines = at.length ? at : [{ message, help: null }];
    this.mistake.replaceChildren(...lines.slice(0, 4).map(({ message, help }) =>
      h('p', {}, h('strong', {}, message), help ? h('span', { class: 'help' }, help) : null)));
  }

  /** The text behind the area, with marks at mistakes. */
  draw(at) {
    const text = this.area.value;
    const pieces = [];
    let done = 0;
    for (const { start, end } of [...at].sort((a, b) => a.start - b.start)) {
      if (start < done || end < start) continue;
      const to = Math.max(end, Math.min(start + 1, text.length));
      pieces.push(text.slice(done, start), h('mark', {}, text.slice(start, to) || ' '));
      done = to;
    }
    pieces.push(text.slice(done), '\u200b');
    this.back.replaceChildren(...pieces);
    this.area.style.height = 'auto';
    this.area.style.height = `${this.area.scrollHeight}px`;
  }

  /** Puts a text in place of a range, and the cursor behind it. */
  replace(start, end, text, cursor = text.length) {
    this.area.setRangeText(text, start, end, 'end');
    this.area.setSelectionRange(start + cursor, start + cursor);
    this.clear();
    this.typed(this.area.value);
    announce(`${text} inserted`);
  }
}
