// The simplified form, and why it equals what was written: steps that open one by one.

import { h, fill, number } from './dom.js';
import { set } from './math.js';
import { Card } from './form.js';

function formula({ latex, formula }, label) {
  const place = h('div', { class: 'set', role: 'math', 'aria-label': label ?? formula });
  set(place, latex, formula);
  return place;
}

/** A step; its formulas are set when it is opened. */
function step(link, index) {
  const details = h('details', { class: 'step' },
    h('summary', {}, h('span', { class: 'step-number' }, index + 1), h('span', { class: 'step-why' }, link.why),
      h('code', { class: 'step-what' }, `${link.before.formula}  →  ${link.after.formula}`)));
  details.addEventListener('toggle', () => {
    if (!details.open || details.childElementCount > 1) return;
    details.append(h('div', { class: 'step-body' },
      link.rule ? h('p', { class: 'rule' }, h('code', {}, link.rule)) : null,
      link.guards.map((guard) => h('p', { class: 'quiet' }, 'where ', guard)),
      h('div', { class: 'change' }, formula(link.before), h('span', { class: 'arrow', 'aria-label': 'becomes' }, '→'), formula(link.after)),
      h('p', { class: 'field-label' }, 'All of it is now'), formula(link.whole)));
  });
  return details;
}

function passage(part) {
  const title = h('h3', {}, part.of);
  if (part.same_as) return [title, h('p', { class: 'quiet' }, `The same as ${part.same_as}.`)];
  if (part.points !== undefined) {
    return [title, h('p', { class: 'quiet' }, `Not proved within the budget: ${part.points} points agree, to ${part.ulp} ULP.`)];
  }
  const start = h('details', { class: 'step' }, h('summary', {}, h('span', { class: 'step-number' }, '0'), h('span', { class: 'step-why' }, 'as written'),
    h('code', { class: 'step-what' }, part.from.formula)));
  start.addEventListener('toggle', () => { if (start.childElementCount === 1) start.append(formula(part.from)); });
  if (part.steps.length === 0) return [title, h('p', { class: 'quiet' }, 'Unchanged: ', h('code', {}, part.to))];
  return [title, h('div', { class: 'steps' }, start, part.steps.map(step))];
}

const WHERE = {
  everywhere: 'defined everywhere', partly: 'not defined everywhere', unproved: 'defined wherever it was tried',
};

export function proofCard({ use }) {
  let opened = false;
  const card = new Card({
    id: 'simplified', title: 'Simplified',
    show: (answer) => {
      const proved = answer.proved ? `proved in ${answer.steps} ${answer.steps === 1 ? 'step' : 'steps'}` : `${answer.steps} steps, partly measured`;
      const rows = [['f(x)', answer.latex.value, answer.formula],
        ...answer.latex.derivatives.map(({ by, latex }) => [`∂f/∂${by}`, latex, answer.derivatives[by].formula])];
      const proof = h('details', { class: 'proof', open: opened }, h('summary', {}, `Proof: ${answer.steps} ${answer.steps === 1 ? 'step' : 'steps'}`),
        answer.proof.map(passage));
      proof.addEventListener('toggle', () => { opened = proof.open; });
      fill(card.body, 
        h('div', { class: 'results' }, rows.map(([name, latex, text]) => h('div', { class: 'result' },
          h('span', { class: 'math-name' }, name, ' ='), formula({ latex, formula: text }, `${name} = ${text}`)))),
        h('p', { class: 'facts' },
          h('span', {}, `cost ${number(answer.cost_before)} → `, h('strong', {}, number(answer.cost_after)), ' additions'),
          h('span', {}, `operations ${answer.operations_before} → `, h('strong', {}, answer.operations_after)),
          h('span', {}, h('strong', {}, proved)), h('span', {}, WHERE[answer.defined] ?? answer.defined)),
        answer.undefined.map((gap) => h('p', { class: 'notice' }, `${gap.operation} has no value where ${gap.condition}.`)),
        answer.refined ? h('p', { class: 'notice' }, `Where ${answer.refined.join(' or ')} is 0, the form has the limit of the formula.`) : null,
        answer.formula !== answer.input
          ? h('button', { type: 'button', class: 'small-button', onclick: () => use(answer.formula) }, 'Go on with this form') : null,
        proof);
    },
  });
  return card;
}
