// What is known of the function, proved or sampled.

import { h, fill } from './dom.js';
import { Card } from './form.js';

export function passportCard() {
  const card = new Card({
    id: 'passport', title: 'Passport', about: 'Each number is proved by intervals, or marked as sampled.',
    show: (answer) => fill(card.body, h('dl', { class: 'passport' }, answer.rows.map(({ label, text, basis }) =>
      h('div', {}, h('dt', {}, label), h('dd', {}, text, basis ? h('span', { class: `basis ${basis}` }, basis) : null))))),
  });
  return card;
}
