// What the address holds: everything that is chosen, so that it can be sent to others and survives a reload.

export const START = {
  f: 'x / (1 + exp(-x))', low: '-5', high: '5', within: false, zoom: null, beside: ['relu(x)', 'gelu(x)'], set: {}, pick: null,
  target: 'rust', name: 'MyActivation',
};

/** The path of the view and, for the workbench, its state. */
export function read() {
  const [path, query = ''] = location.hash.replace(/^#/, '').split('?');
  const given = new URLSearchParams(query);
  const state = structuredClone(START);
  if (given.has('f')) state.f = given.get('f');
  const ends = given.get('x')?.split('..');
  if (ends?.length === 2) [state.low, state.high] = ends;
  const zoom = given.get('zoom')?.split('..').map(Number);
  if (zoom?.length === 2 && zoom.every(Number.isFinite) && zoom[0] < zoom[1]) state.zoom = zoom;
  if (given.has('beside')) state.beside = given.getAll('beside').filter((text) => text !== '');
  for (const pair of given.getAll('set')) {
    const [name, value] = pair.split('=');
    if (value !== undefined) state.set[name] = value;
  }
  state.within = given.get('within') === '1';
  if (given.has('pick')) state.pick = given.get('pick');
  if (given.has('target')) state.target = given.get('target');
  if (given.has('name')) state.name = given.get('name');
  return { path: path || '/', state, query: given };
}

/** The address of a state of the workbench. Only what is not usual stands in it. */
export function address(state) {
  const query = new URLSearchParams();
  query.set('f', state.f);
  if (state.low !== START.low || state.high !== START.high) query.set('x', `${state.low}..${state.high}`);
  if (state.within) query.set('within', '1');
  if (state.zoom) query.set('zoom', state.zoom.map((end) => Number(end.toPrecision(6))).join('..'));
  if (String(state.beside) !== String(START.beside)) {
    if (state.beside.length === 0) query.set('beside', '');
    for (const text of state.beside) query.append('beside', text);
  }
  for (const [name, value] of Object.entries(state.set)) query.append('set', `${name}=${value}`);
  if (state.pick) query.set('pick', state.pick);
  if (state.target !== START.target) query.set('target', state.target);
  if (state.name !== START.name) query.set('name', state.name);
  return `#/?${query}`;
}

/** Puts a state into the address, without another step in the history. */
export function write(state) {
  history.replaceState(null, '', address(state));
}
