// Formulas in mathematical setting. KaTeX is loaded once something is to be set.

let loading;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = 'vendor/katex/katex.min.css';
    const script = document.createElement('script');
    script.src = 'vendor/katex/katex.min.js';
    script.addEventListener('load', () => resolve(window.katex));
    script.addEventListener('error', reject);
    document.head.append(style, script);
  });
  return loading;
}

/** Sets LaTeX in an element; where there is none, or it cannot be set, the text of the formula stands there. */
export async function set(element, latex, text, display = true) {
  element.replaceChildren(text ?? '');
  element.classList.toggle('plain', !latex);
  if (!latex) return;
  element.setAttribute('data-formula', text ?? '');
  const katex = await load();
  if (element.getAttribute('data-formula') !== (text ?? '')) return;
  try {
    katex.render(latex, element, { displayMode: display, throwOnError: true, trust: false, maxExpand: 100 });
  } catch {
    element.replaceChildren(text ?? '');
    element.classList.add('plain');
  }
}
