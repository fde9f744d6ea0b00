// The front: cheaper and cheaper forms of the formula, each with a proven bound. A point is picked in the chart or in the list.

import { h, fill, number, colour, announce } from './dom.js';
import { set } from './math.js';
import { Card } from './form.js';
import { Plot } from './plot.js';

/** Cost against difference. A form that is exact stands one decade below the others, for there is no 0 on a scale of powers. */
function chart(points, picked, pick) {
  const known = points.map((point) => point.difference.at_most).filter((y) => y > 0);
  const floor = known.length ? 10 ** (Math.floor(Math.log10(Math.min(...known))) - 1) : 1e-3;
  const sorted = points.map((point, index) => ({ x: point.cost, y: point.difference.at_most || floor, index })).sort((a, b) => a.x - b.x);
  const dots = (plot) => {
    const { ctx } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    sorted.forEach(({ x, y }, place) => {
      const [left, top] = [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)];
      if (place === 0) ctx.moveTo(left, top); else ctx.lineTo(left, top);
    });
    ctx.strokeStyle = colour('faint');
    ctx.lineWidth = ratio;
    ctx.stroke();
    for (const { x, y, index } of sorted) {
      const chosen = index === picked();
      ctx.beginPath();
      ctx.arc(plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true), (chosen ? 7 : 4.5) * ratio, 0, 2 * Math.PI);
      ctx.fillStyle = colour(chosen ? 'found' : 'a');
      ctx.fill();
      ctx.strokeStyle = colour('card');
      ctx.lineWidth = 2 * ratio;
      ctx.stroke();
    }
    ctx.restore();
  };
  const top = Math.max(...known, floor * 10);
  const decades = Array.from({ length: Math.ceil(Math.log10(top / floor)) + 1 }, (_, power) => floor * 10 ** power);
  const plot = new Plot({
    label: 'Forms of the formula, cost against proven difference', height: 220, legend: false,
    data: [sorted.map(({ x }) => x), sorted.map(({ y }) => y)],
    options: {
      series: [{ label: 'difference', paths: () => null }],
      scales: {
        x: { range: (_, low, high) => [Math.max(0, low - 0.08 * (high - low || 10)), high + 0.08 * (high - low || 10)] },
        y: { distr: 3, range: () => [floor / 1.8, 10 ** Math.ceil(Math.log10(top) + 0.01)] },
      },
      axes: [{ label: 'cost in vectorised additions' }, {
        label: 'difference at most', size: 58,
        splits: () => decades, values: () => decades.map((y) => (y <= floor ? 'exact' : `1e${Math.round(Math.log10(y))}`)),
      }],
      hooks: { draw: [dots] },
      cursor: { points: { show: false }, y: false },
    },
  });
  plot.element.addEventListener('click', (event) => {
    const over = plot.plot.over.getBoundingClientRect();
    const [left, topmost] = [event.clientX - over.left, event.clientY - over.top];
    const away = ({ x, y }) => Math.hypot(plot.plot.valToPos(x, 'x') - left, plot.plot.valToPos(y, 'y') - topmost);
    const near = [...sorted].sort((a, b) => away(a) - away(b))[0];
    if (near && away(near) < 40) pick(near.index);
  });
  return plot;
}

export function frontCard({ picked, changed, use }) {
  let plot;
  let points = [];
  const selected = () => Math.max(0, points.findIndex((point) => point.formula === picked()));
  const shown = h('div', { class: 'picked' });
  const show = () => {
    const index = selected();
    const point = points[index];
    const place = h('div', { class: 'set' });
    set(place, point.latex, point.formula);
    const bound = (of) => (point.rules.length ? `at most ${number(of.at_most, 3)}` : 'exact');
    fill(shown, h('p', { class: 'field-label' }, `Form ${index} of ${points.length - 1}`), place,
      h('p', { class: 'facts' }, h('span', {}, 'cost ', h('strong', {}, number(point.cost))), h('span', {}, 'value ', h('strong', {}, bound(point.difference))),
        h('span', {}, 'derivative ', h('strong', {}, bound(point.difference_derivative)))),
      h('p', { class: 'code-line' }, h('code', {}, point.formula)),
      index > 0 ? h('button', { type: 'button', class: 'small-button', onclick: () => use(point.formula) }, 'Go on with this form') : null);
    plot?.plot?.redraw();
  };
  const pick = (index) => {
    changed(index === 0 ? null : points[index].formula);
    const radio = card.element.querySelector(`input[name=form][value="${index}"]`);
    if (radio) radio.checked = true;
    announce(`Form ${index}: ${points[index].formula}`);
    show();
  };
  const card = new Card({
    id: 'front', title: 'From exact to simple', about: 'Cheaper forms over the range of x, with proven bounds.',
    show: (answer, question) => {
      plot?.end();
      points = answer.points;
      // A form that this formula does not have is no longer picked.
      if (picked() && !points.some((point) => point.formula === picked())) changed(null);
      const away = (point, of) => (point.rules.length ? number(of.at_most, 2) : 'exact');
      const row = (point, index) => h('tr', {},
        h('td', {}, h('label', { class: 'radio' }, h('input', { type: 'radio', name: 'form', value: String(index), checked: index === selected(), onchange: () => pick(index) }), index)),
        h('td', { class: 'number' }, number(point.cost)), h('td', { class: 'number' }, away(point, point.difference)),
        h('td', { class: 'number' }, away(point, point.difference_derivative)), h('td', {}, h('code', {}, point.formula)));
      const list = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Forms' }, h('table', {},
        h('thead', {}, h('tr', {}, ['', 'cost', 'value', 'derivative', 'form'].map((head, index) => h('th', { scope: 'col', class: index > 0 && index < 4 ? 'number' : null }, head)))),
        h('tbody', {}, points.map(row))));
      plot = points.length > 1 ? chart(points, selected, pick) : null;
      fill(card.body, plot ? plot.element : h('p', { class: 'quiet' }, 'No cheaper form was found.'), shown,
        points.length > 1 ? h('details', { open: true }, h('summary', {}, `All ${points.length} forms`), list) : null,
        question.far ? null : h('button', { type: 'button', class: 'small-button', onclick: () => card.ask({ ...question, far: true }) }, 'Look further'));
      show();
    },
  });
  return card;
}
