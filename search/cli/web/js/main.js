// The views by their addresses.

import { h, announce } from './dom.js';
import { read } from './state.js';
import { get } from './ask.js';
import { Workbench } from './workbench.js';
import { Runs } from './runs.js';
import { Run } from './run.js';

const main = document.getElementById('main');
let language;
let shown;

function view(path) {
  if (path === '/runs') return 'runs';
  return path.startsWith('/runs/') ? 'run' : 'workbench';
}

async function show() {
  const { path, state, query } = read();
  const name = view(path);
  for (const link of document.querySelectorAll('nav a')) {
    const own = link.dataset.view === (name === 'workbench' ? 'workbench' : 'runs');
    if (own) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  if (name === 'workbench' && shown?.name === 'workbench') return shown.view.take(state);
  if (name === 'runs' && shown?.name === 'runs') return shown.view.take(query);
  shown?.view.end();
  language ??= (await get('api/language')).value;
  const views = {
    workbench: () => new Workbench({ language, state }),
    runs: () => new Runs({ query }),
    run: () => new Run({ path: path.replace('/runs/', '') }),
  };
  const first = !shown;
  shown = { name, view: views[name]() };
  main.replaceChildren(shown.view.element);
  if (!first) { main.focus(); scrollTo(0, 0); }
  document.title = { workbench: 'Workbench', runs: 'Runs', run: decodeURIComponent(path.split('/').pop()) }[name] + ' · actsmith';
}

addEventListener('hashchange', show);
show().catch((error) => {
  main.replaceChildren(h('p', { class: 'notice' }, `The page cannot be shown: ${error.message}. Is \`actsmith web\` still running?`));
  announce('The page cannot be shown.');
});
