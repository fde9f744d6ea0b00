// Code for every target, to copy.

import { h, fill, announce } from './dom.js';
import { Card } from './form.js';

const NAMES = {
  rust: 'Rust, candle', standalone: 'Rust, one file', torch: 'PyTorch', jax: 'JAX', c: 'C', python: 'NumPy', latex: 'LaTeX', sympy: 'SymPy', fpcore: 'FPCore', onnx: 'ONNX', cuda: 'CUDA',
};

async function copied(text, area) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without permission, what is selected can still be copied by hand.
    const range = document.createRange();
    range.selectNodeContents(area);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return false;
  }
}

export function codeCard({ targets, target, name, changed }) {
  const source = h('pre', { class: 'source', tabindex: '0', 'aria-label': 'Source' }, h('code', {}));
  const remarks = h('div');
  const command = h('code', { class: 'command' });
  const copy = h('button', { type: 'button', class: 'button', onclick: async () => {
    const done = await copied(source.textContent, source);
    copy.textContent = done ? 'Copied' : 'Selected: copy with Ctrl-C';
    announce(copy.textContent);
    setTimeout(() => { copy.textContent = 'Copy'; }, 2000);
  } }, 'Copy');
  const select = h('select', { id: 'target', onchange: () => changed({ target: select.value }) }, targets.map((key) => h('option', { value: key, selected: key === target }, NAMES[key] ?? key)));
  const field = h('input', { id: 'name', type: 'text', value: name, size: 16, maxlength: '60', spellcheck: 'false', oninput: () => changed({ name: field.value.trim() }) });
  const place = h('div', { class: 'code-answer' }, remarks, source, h('p', { class: 'quiet' }, command));
  const bar = h('div', { class: 'code-bar' }, h('label', { for: 'target' }, 'For'), select, h('label', { for: 'name' }, 'named'), field, copy);
  const card = new Card({
    id: 'code', title: 'Code',
    show: (answer) => {
      fill(card.body, bar, place);
      source.firstChild.textContent = answer.source;
      command.textContent = answer.command;
      remarks.replaceChildren(...answer.remarks.map((remark) => h('p', { class: 'notice' }, remark)));
    },
  });
  card.body.append(bar, place);
  const { fail } = card;
  // The bar stays: what is wrong may be the name.
  card.fail = (error) => { fail.call(card, error); card.body.prepend(bar); };
  return card;
}
