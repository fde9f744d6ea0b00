// Light, dark, or as the system is. It runs before the page is drawn, so that nothing flashes.
(() => {
  const NAMES = { auto: 'Auto', light: 'Light', dark: 'Dark' };
  const order = ['auto', 'light', 'dark'];
  const root = document.documentElement;
  let choice = 'auto';
  try { choice = localStorage.getItem('theme') ?? 'auto'; } catch { /* Without a store, it is as the system is. */ }
  if (!order.includes(choice)) choice = 'auto';

  const apply = () => {
    root.dataset.theme = choice;
    const button = document.getElementById('theme');
    if (!button) return;
    button.textContent = NAMES[choice];
    button.setAttribute('aria-label', `Colours: ${choice === 'auto' ? 'as the system' : choice}`);
  };
  apply();

  document.addEventListener('DOMContentLoaded', () => {
    apply();
    document.getElementById('theme').addEventListener('click', () => {
      choice = order[(order.indexOf(choice) + 1) % order.length];
      try { localStorage.setItem('theme', choice); } catch { /* It holds until the page is left. */ }
      apply();
      dispatchEvent(new Event('theme'));
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('theme')));
  });
})();
