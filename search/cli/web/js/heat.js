// What a search records: epochs, removals, and the weights of operations as a heat map over time.

import { h, colour } from './dom.js';
import { Plot } from './plot.js';

/** The epochs of the search. */
export function epochs(records) {
  return records.filter((record) => record.event === 'searched');
}

/** What is known of each group of sites after an epoch: by the name of the group, or `null` where all sites are one. */
export function states(record) {
  return record.groups ? Object.entries(record.groups) : [[null, record]];
}

/** The weights of a slot: a row for each operation, a column for each epoch. The operations that stay longest stand on top. */
function grid(searched, group, slot) {
  const columns = searched.map((record) => states(record).find(([name]) => name === group)?.[1].weights?.[slot] ?? {});
  const names = [...new Set(columns.flatMap((column) => Object.keys(column)))];
  const stays = (name) => columns.reduce((sum, column, epoch) => sum + (name in column ? 1 + 1e-3 * (column[name] ?? 0) * epoch : 0), 0);
  const rows = names.sort((a, b) => stays(a) - stays(b));
  return { rows, columns, xs: searched.map((record) => record.epoch) };
}

function mixed(from, to, share) {
  const [a, b] = [from, to].map((text) => text.match(/[\d.]+/g).slice(0, 3).map(Number));
  return `rgb(${a.map((value, index) => Math.round(value + (b[index] - value) * share)).join(',')})`;
}

/** A heat map of one slot. */
function heat(searched, group, slot) {
  const { rows, columns, xs } = grid(searched, group, slot);
  if (rows.length === 0) return null;
  const told = h('p', { class: 'heat-told quiet' }, '\u00a0');
  const edges = (index) => [index === 0 ? xs[0] - (xs.length > 1 ? (xs[1] - xs[0]) / 2 : 0.5) : (xs[index - 1] + xs[index]) / 2,
    index === xs.length - 1 ? xs[index] + (xs.length > 1 ? (xs[index] - xs[index - 1]) / 2 : 0.5) : (xs[index] + xs[index + 1]) / 2];
  const draw = (plot) => {
    const { ctx } = plot;
    const [none, all] = [colour('panel'), colour('found')];
    ctx.save();
    columns.forEach((column, epoch) => {
      const [from, to] = edges(epoch).map((x) => plot.valToPos(x, 'x', true));
      rows.forEach((name, row) => {
        if (!(name in column)) return;
        const [top, bottom] = [row + 1, row].map((y) => plot.valToPos(y, 'y', true));
        // Small weights are told apart, too.
        ctx.fillStyle = mixed(none, all, Math.sqrt(Math.max(0, Math.min(1, column[name] ?? 0))));
        ctx.fillRect(from, top, Math.max(1, to - from - 0.5), Math.max(1, bottom - top - 1));
      });
    });
    ctx.restore();
  };
  const plot = new Plot({
    label: `Weights of slot ${slot}${group ? ` of ${group}` : ''} over the epochs`, height: 46 + 15 * rows.length, legend: false,
    data: [xs, xs.map(() => 0)],
    options: {
      series: [{ label: slot, paths: () => null }],
      scales: { x: { range: () => [edges(0)[0], edges(xs.length - 1)[1]] }, y: { range: () => [0, rows.length] } },
      axes: [{ size: 26, grid: { show: false }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }, {
        size: 92, gap: 4, grid: { show: false }, splits: () => rows.map((_, row) => row + 0.5), values: () => rows.map((name) => (name.length > 14 ? `${name.slice(0, 13)}…` : name)),
      }],
      cursor: { points: { show: false } },
      hooks: {
        draw: [draw],
        setCursor: [(own) => {
          const epoch = own.cursor.idx;
          if (epoch === null || epoch === undefined || own.cursor.top < 0) return;
          const name = rows[Math.min(rows.length - 1, Math.max(0, Math.floor(own.posToVal(own.cursor.top, 'y'))))];
          const weight = columns[epoch][name];
          told.textContent = `epoch ${xs[epoch]}: ${name} ${weight === undefined ? 'has left' : weight === null ? 'is not a number' : weight.toFixed(3)}`;
        }],
      },
    },
  });
  const title = h('h3', {}, group ? `${group}, ${slot}` : slot);
  return { plot, element: h('div', { class: 'heat' }, title, plot.element, told) };
}

/** The heat maps of all slots. */
export function heats(records) {
  const searched = epochs(records).filter((record) => states(record).some(([, state]) => state.weights));
  if (searched.length === 0) return [];
  const all = states(searched[0]).flatMap(([group, state]) => Object.keys(state.weights ?? {}).map((slot) => [group, slot]));
  return all.map(([group, slot]) => heat(searched, group, slot)).filter(Boolean);
}

/** The operations that left, by epoch. */
export function removals(records) {
  const found = new Map();
  for (const record of records.filter(({ event }) => event === 'removed')) {
    const text = `${record.group ? `${record.group} ` : ''}${record.slot} ${record.operation}`;
    found.set(record.epoch, [...(found.get(record.epoch) ?? []), text]);
  }
  return [...found].map(([epoch, left]) => [String(epoch), left.join(', ')]);
}
