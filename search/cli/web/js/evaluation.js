// Scores over seeds: a dot for each, with mean and standard deviation.

import { h, colour, number, table } from './dom.js';
import { Plot } from './plot.js';

const isLoss = (measure) => measure === 'loss';

function spread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** A plot of rows { name, found, scores }: those with the best mean on top. */
export function scores(rows, measure) {
  const value = (score) => (isLoss(measure) ? score.loss : typeof score.accuracy === 'number' ? 100 * score.accuracy : null);
  const known = rows.map((row) => ({ ...row, values: row.scores.map(value).filter((of) => typeof of === 'number') })).filter((row) => row.values.length);
  const sorted = known.map((row) => ({ ...row, ...spread(row.values) })).sort((a, b) => (isLoss(measure) ? b.mean - a.mean : a.mean - b.mean));
  const points = sorted.flatMap((row, index) => row.values.map((x) => [x, index + 0.5])).sort((a, b) => a[0] - b[0]);
  const low = Math.min(...sorted.map((row) => Math.min(...row.values, row.mean - row.deviation)));
  const high = Math.max(...sorted.map((row) => Math.max(...row.values, row.mean + row.deviation)));
  const room = 0.06 * (high - low || 1);
  const draw = (plot) => {
    const { ctx } = plot;
    const ratio = devicePixelRatio;
    const at = (x) => plot.valToPos(x, 'x', true);
    ctx.save();
    sorted.forEach((row, index) => {
      const y = plot.valToPos(index + 0.5, 'y', true);
      ctx.strokeStyle = ctx.fillStyle = colour(row.found ? 'found' : 'a');
      ctx.globalAlpha = 0.45;
      for (const x of row.values) {
        ctx.beginPath();
        ctx.arc(at(x), y, 3.2 * ratio, 0, 2 * Math.PI);
        ctx.fill();
      }
      ctx.globalAlpha = 1;
      ctx.lineWidth = 2 * ratio;
      ctx.beginPath();
      ctx.moveTo(at(row.mean - row.deviation), y);
      ctx.lineTo(at(row.mean + row.deviation), y);
      ctx.moveTo(at(row.mean), y - 8 * ratio);
      ctx.lineTo(at(row.mean), y + 8 * ratio);
      ctx.stroke();
    });
    ctx.restore();
  };
  return new Plot({
    label: 'Scores of every seed, with mean and standard deviation', height: 64 + 30 * sorted.length, legend: false,
    data: points.length ? [points.map(([x]) => x), points.map(([, y]) => y)] : [[0], [0]],
    options: {
      series: [{ label: 'score', paths: () => null }],
      scales: { x: { range: () => [low - room, high + room] }, y: { range: () => [0, Math.max(1, sorted.length)] } },
      axes: [{ size: 28, label: isLoss(measure) ? 'loss in nats: less is better' : 'accuracy in %' }, {
        size: 96, grid: { show: false }, splits: () => sorted.map((_, index) => index + 0.5), values: () => sorted.map((row) => row.name),
      }],
      hooks: { draw: [draw] },
      cursor: { points: { show: false }, y: false },
    },
  });
}

/** What an evaluation has found. */
export function evaluation(result) {
  const { measure } = result;
  const factor = isLoss(measure) ? 1 : 100;
  const digits = isLoss(measure) ? 4 : 2;
  const of = (value) => (typeof value === 'number' ? (factor * value).toFixed(digits) : '–');
  const signed = (value) => (typeof value === 'number' ? `${value > 0 ? '+' : ''}${of(value)}` : '–');
  const interval = (ends) => (Array.isArray(ends) ? ` (${signed(ends[0])} to ${signed(ends[1])})` : '');
  const activations = result.activations ?? [];
  const rows = activations.map((one) => {
    const score = one[measure] ?? one.accuracy;
    return [one.name, `${of(score?.mean)}${typeof score?.deviation === 'number' ? ` ± ${of(score.deviation)}` : ''}${one.diverged ? `, ${one.diverged} diverged` : ''}`,
      one.over_reference ? `${signed(one.over_reference.mean)}${interval(one.over_reference.interval)}` : `is ${result.reference}`, h('code', { class: 'clip', title: one.formula }, one.formula)];
  });
  const comparisons = (result.comparisons ?? []).map((one) => [one.candidate, one.baseline, `${signed(one.difference?.mean)}${interval(one.interval)}`,
    one.corrected === null || one.corrected === undefined ? '–' : number(one.corrected, 2), String(one.verdict).replaceAll('_', ' ')]);
  const content = h('div', {}, table(['activation', ['mean ± deviation', 'number'], ['gain over the reference, 95 %', 'number'], 'formula'], rows, 'Activations'),
    comparisons.length ? [h('h3', {}, 'Comparisons'), table(['candidate', 'baseline', ['difference, 95 %', 'number'], ['corrected p', 'number'], 'verdict'], comparisons, 'Comparisons')] : null);
  return { plot: scores(activations.map((one) => ({ name: one.name, found: one.role === 'candidate', scores: one.scores ?? [] })), measure), content };
}
