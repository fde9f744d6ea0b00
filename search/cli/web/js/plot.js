// Plots by uPlot: lines over numbers, with a cursor whose numbers stand in the legend.

import { h, colour, number } from './dom.js';

/** The colours of lines; the first is that of what matters. */
export const LINES = ['found', 'a', 'c', 'd', 'b', 'e', 'f'];

/** From where to where values are shown: all of the first line, and of the others as far as half as much again. Where a line rises far beyond
 * most of its values, as at a pole, these count. */
export function extent(lines) {
  const sorted = lines.map((line) => line.filter((y) => y !== null).sort((a, b) => a - b));
  const own = sorted[0]?.length ? sorted[0] : sorted.flat().sort((a, b) => a - b);
  if (own.length === 0) return [-1, 1];
  const share = (p) => own[Math.min(own.length - 1, Math.floor(p * own.length))];
  const middle = share(0.9) - share(0.1);
  let [low, high] = [own[0], own[own.length - 1]];
  if (middle > 0 && high - low > 12 * middle) [low, high] = [Math.max(low, share(0.1) - 3 * middle), Math.min(high, share(0.9) + 3 * middle)];
  const room = 0.5 * Math.max(high - low, 1e-3);
  const all = sorted.flat();
  const [least, most] = all.reduce(([l, m], y) => [Math.min(l, y), Math.max(m, y)], [Infinity, -Infinity]);
  low = Math.max(least, low - room);
  high = Math.min(most, high + room);
  const margin = 0.06 * Math.max(high - low, 1e-9 + 1e-6 * Math.abs(high));
  return [low - margin, high + margin];
}

function axis(label, more = {}) {
  return {
    label, labelSize: label ? 20 : 0, labelFont: '500 12px Inter, sans-serif', font: '12px Inter, sans-serif', gap: 6, size: 44,
    stroke: () => colour('quiet'), grid: { stroke: () => colour('grid'), width: 1 }, ticks: { show: false },
    ...more,
  };
}

/** A plot that follows the width of its place and the colours of the page.
 *
 * `series` are { label, colour, width, dash, points } for each line, `axes` the labels; `range` gives the ends of y. Further options are
 * uPlot's own. */
export class Plot {
  constructor({ label, title, height = 260, options, zoomed, data, legend = true }) {
    this.height = height;
    this.options = options;
    this.zoomed = zoomed;
    this.data = data;
    this.legend = legend;
    this.element = h('div', {
      class: 'plot', tabindex: '0', role: 'group',
      'aria-label': `${label}. Arrow keys move the cursor${zoomed ? ', plus and minus zoom, 0 shows all' : ''}.`,
    }, title ? h('h3', { class: 'plot-title' }, title) : null);
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    this.recolour = () => this.make();
    addEventListener('theme', this.recolour);
  }

  /** Ends it. */
  end() {
    this.observer.disconnect();
    removeEventListener('theme', this.recolour);
    this.plot?.destroy();
  }

  make() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    this.plot?.destroy();
    const { series, scales, axes, hooks = {}, ...more } = this.options;
    const lines = series.map((line) => ({
      spanGaps: false,
      points: { show: false },
      // A line is as wide at its end as elsewhere: a jump would be seen beside the gap.
      gaps: (_, series, first, last, gaps) => gaps.map(([from, to]) => [from - devicePixelRatio, to + devicePixelRatio]),
      value: (_, value) => (value === null ? '' : number(value, 5)),
      ...line,
      stroke: line.colour ? () => colour(line.colour) : undefined,
    }));
    this.plot = new window.uPlot({
      width, height: this.height,
      scales: { ...scales, x: { time: false, ...scales?.x } },
      axes: axes.map((one) => axis(one.label, one)),
      series: [{ label: 'x', value: (_, value) => (value === null ? '' : number(value, 5)), ...this.options.x }, ...lines],
      legend: { show: this.legend, live: true },
      cursor: {
        drag: { x: Boolean(this.zoomed), y: false, setScale: false },
        points: { size: 7 },
        ...this.options.cursor,
      },
      hooks: {
        ...hooks,
        setSelect: [(plot) => {
          if (!this.zoomed || plot.select.width < 4) return;
          const ends = [plot.select.left, plot.select.left + plot.select.width].map((left) => plot.posToVal(left, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          this.zoomed(ends);
        }],
      },
      padding: [12, 12, 0, 0],
      ...more,
    }, this.data, this.element);
    this.plot.over.addEventListener('dblclick', () => this.zoomed?.(null));
  }

  /** Draws other numbers with the same lines. */
  set(data) {
    this.data = data;
    if (this.plot) this.plot.setData(data);
    else this.make();
  }

  resize() {
    const width = this.element.clientWidth;
    if (!this.plot) return this.make();
    if (width > 0 && Math.abs(width - this.plot.width) > 1) this.plot.setSize({ width, height: this.height });
  }

  key(event) {
    const plot = this.plot;
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const x = plot.data[0];
    const last = x.length - 1;
    const { min, max } = plot.scales.x;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const stride = Math.max(1, Math.round(last / (event.shiftKey ? 12 : 120)));
      const from = plot.cursor.idx ?? Math.round(last / 2);
      const to = Math.min(last, Math.max(0, from + step * stride));
      plot.setCursor({ left: plot.valToPos(x[to], 'x'), top: plot.over.clientHeight / 2 });
    } else if (this.zoomed && (event.key === '+' || event.key === '-')) {
      const middle = plot.cursor.idx === null || plot.cursor.idx === undefined ? (min + max) / 2 : x[plot.cursor.idx];
      const half = (max - min) * (event.key === '+' ? 0.25 : 1);
      this.zoomed([middle - half, middle + half]);
    } else if (this.zoomed && event.key === '0') {
      this.zoomed(null);
    } else {
      return;
    }
    event.preventDefault();
  }
}

/** Cursors that move together. */
export function together(name) {
  return { sync: { key: name, setSeries: false } };
}
