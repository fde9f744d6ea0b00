// Elements. Whatever is text stays text: nothing that comes from a formula or a run folder is ever read as HTML.

/** An element with attributes and children; children are nodes, texts, lists of these, or nothing. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.className = value;
    else if (key in element && typeof value !== 'string') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** Puts children in place of those of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
}

/** Tells readers of the screen. */
export function announce(text) {
  document.getElementById('announce').textContent = text;
}

/** Calls a function once it has not been asked for a while. */
export function settled(milliseconds, call) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), milliseconds);
  };
}

/** A number with a few digits, for people. */
export function number(value, digits = 4) {
  if (typeof value !== 'number') return value === null || value === undefined ? '–' : String(value);
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) return value.toExponential(digits - 2);
  return Number(value.toPrecision(digits)).toString();
}

/** A colour of the page, as the canvas takes it. */
export function colour(name) {
  const probe = h('span', { class: 'hidden' });
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A table: heads are texts or [text, class], cells texts or nodes. */
export function table(heads, rows, label) {
  const classes = heads.map((head) => (Array.isArray(head) ? head[1] : undefined));
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    h('table', {},
      h('thead', {}, h('tr', {}, heads.map((head, index) => h('th', { scope: 'col', class: classes[index] }, Array.isArray(head) ? head[0] : head)))),
      h('tbody', {}, rows.map((row) => h('tr', {}, row.map((cell, index) => h('td', { class: classes[index] }, cell)))))));
}
