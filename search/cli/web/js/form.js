// Cards of the workbench: a title, what is known, and progress that can be cancelled while something is worked out.

import { h, fill, announce } from './dom.js';
import { Place } from './ask.js';

export class Card {
  constructor({ id, title, about, show }) {
    this.body = h('div', { class: 'card-body' });
    this.cancel = h('button', { type: 'button', class: 'small-button', onclick: () => this.place.cancel() }, 'Cancel');
    this.progress = h('div', { class: 'progress', hidden: true }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), 'Working…', this.cancel);
    this.title = title;
    this.element = h('section', { class: 'card', id, 'aria-labelledby': `${id}-title` },
      h('header', { class: 'card-head' }, h('h2', { id: `${id}-title` }, title), about ? h('p', { class: 'about' }, about) : null, this.progress),
      this.body);
    this.place = new Place({
      busy: (busy) => {
        this.progress.hidden = !busy;
        this.element.classList.toggle('stale', busy);
        this.element.setAttribute('aria-busy', String(busy));
      },
      show: (answer, question) => {
        this.element.classList.remove('stale');
        if (answer.cancelled) return this.cancelled(question);
        if (answer.error) return this.fail(answer.error);
        show(answer, question);
      },
    });
  }

  ask(question) { this.place.ask(question); }

  /** Nothing can be said while the formula has a mistake. */
  wait() {
    this.place.cancel(true);
    this.element.classList.add('stale');
  }

  cancelled(question) {
    announce(`${this.title}: cancelled`);
    fill(this.body, h('p', { class: 'notice' }, 'Cancelled. ',
      h('button', { type: 'button', class: 'small-button', onclick: () => this.ask(question) }, 'Work it out again')));
  }

  fail(error) {
    const [first, ...rest] = error.message.split('\n  help: ');
    fill(this.body, h('p', { class: 'notice' }, first.replace(/ ?\(`--[^)]*\)/g, ''), rest.map((help) => h('span', { class: 'help' }, help))));
  }
}
