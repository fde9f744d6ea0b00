// Completion of names, as a list below the cursor that the keyboard goes through.

import { h } from './dom.js';

const MOST = 8;

export class Completion {
  constructor(editor, language) {
    this.editor = editor;
    this.functions = language.functions;
    this.constants = [];
    this.options = [];
    this.active = 0;
    this.element = h('ul', { id: 'completion', class: 'completion', role: 'listbox', 'aria-label': 'Completions', hidden: true });
    const area = editor.area;
    for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-controls', 'completion'], ['aria-expanded', 'false']]) {
      area.setAttribute(name, value);
    }
    area.addEventListener('input', () => this.look(1));
    area.addEventListener('keydown', (event) => this.key(event));
    area.addEventListener('blur', () => this.close());
    area.addEventListener('click', () => this.close());
  }

  /** The word before the cursor. */
  word() {
    const area = this.editor.area;
    const before = area.value.slice(0, area.selectionStart);
    const after = area.value.slice(area.selectionStart);
    if (area.selectionStart !== area.selectionEnd || /^\w/.test(after)) return null;
    const found = /[A-Za-z_]\w*$/.exec(before);
    return { text: found?.[0] ?? '', start: before.length - (found?.[0].length ?? 0), end: before.length };
  }

  look(least) {
    const word = this.word();
    if (!word || word.text.length < least) return this.close();
    const text = word.text.toLowerCase();
    const constants = this.constants.map((name) => ({ name, arguments: null, definition: 'a constant of this formula' }));
    const all = [...constants, ...this.functions].filter(({ name }) => name !== word.text || name.length === 1);
    const starting = all.filter(({ name }) => name.startsWith(text));
    const containing = text.length > 1 ? all.filter(({ name }) => !name.startsWith(text) && name.includes(text)) : [];
    this.options = [...starting, ...containing].slice(0, MOST);
    const whole = this.functions.some(({ name }) => name === word.text) || ['x', ...this.constants].includes(word.text);
    if (this.options.length === 0 || (whole && starting.length === 0) || (word.text === 'x' && least > 0)) return this.close();
    this.range = word;
    this.active = 0;
    this.draw();
  }

  draw() {
    this.element.replaceChildren(...this.options.map((option, index) =>
      h('li', {
        id: `completion-${index}`, role: 'option', 'aria-selected': String(index === this.active),
        onmousedown: (event) => { event.preventDefault(); this.take(index); },
      }, h('code', {}, option.name, option.arguments ? `(${option.arguments.join(', ')})` : ''), h('span', {}, option.definition ?? ''))));
    this.element.hidden = false;
    this.editor.area.setAttribute('aria-expanded', 'true');
    this.editor.area.setAttribute('aria-activedescendant', `completion-${this.active}`);
    this.place();
  }

  /** Below the word: the text behind the area says where that is. */
  place() {
    const { area, back } = this.editor;
    const marker = h('span', {}, '\u200b');
    back.replaceChildren(area.value.slice(0, this.range.start), marker, area.value.slice(this.range.start), '\u200b');
    const left = Math.min(marker.offsetLeft, Math.max(0, area.clientWidth - this.element.offsetWidth));
    this.element.style.left = `${left}px`;
    this.element.style.top = `${marker.offsetTop + marker.offsetHeight + 6}px`;
  }

  key(event) {
    if (event.key === ' ' && event.ctrlKey) { event.preventDefault(); return this.look(0); }
    if (this.element.hidden) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      this.active = (this.active + moves[event.key] + this.options.length) % this.options.length;
      this.draw();
    } else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) {
      event.preventDefault();
      this.take(this.active);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.close();
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      this.close();
    }
  }

  take(index) {
    const option = this.options[index];
    const { start, end } = this.range;
    const called = this.editor.area.value[end] === '(';
    const text = option.arguments === null || called ? option.name : `${option.name}()`;
    // The cursor goes between the parentheses.
    this.close();
    this.editor.replace(start, end, text, text.endsWith('()') ? text.length - 1 : text.length);
    this.close();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.editor.area.setAttribute('aria-expanded', 'false');
    this.editor.area.removeAttribute('aria-activedescendant');
  }
}
