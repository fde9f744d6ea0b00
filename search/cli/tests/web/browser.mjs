// The page as a person uses it. The environment says where the page is, the browser, Playwright, the command, and the folder of runs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { PAGE, PLAYWRIGHT, CHROMIUM, ACTSMITH, RUNS } = process.env;
const { chromium } = createRequire(`${PLAYWRIGHT}/`)('playwright-core');
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

/** What must not happen on any page. */
const wrong = [];

async function opened(hash, { width = 1280, height = 900, colorScheme = 'light' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) wrong.push(`${message.text()} (${message.location().url})`); });
  page.on('pageerror', (error) => wrong.push(error.stack));
  page.on('request', (request) => { if (!request.url().startsWith(PAGE) && !request.url().startsWith('data:')) wrong.push(`a request to ${request.url()}`); });
  page.on('dialog', (dialog) => { wrong.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(PAGE + hash);
  return page;
}

const labelOf = (page, place) => page.locator(place).first().getAttribute('aria-label');
const until = (page, test, argument) => page.waitForFunction(test, argument);
/** What the address of the page itself holds; that of Playwright lags behind. */
const query = async (page) => new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]);
const simplifiedTo = (page, form) => page.locator(`#simplified [role=math][aria-label="f(x) = ${form}"]`).waitFor();

/** Nothing is wider than the window, but for what scrolls by itself. */
async function fits(page) {
  const beyond = await page.evaluate(() => [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.scroll, pre, .set, .hidden, .completion'))
    .map((element) => `${element.tagName}.${element.className}`).slice(0, 5));
  assert.deepEqual(beyond, []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}

/** Everything that can be operated has a name. */
async function named(page) {
  const nameless = await page.evaluate(() => [...document.querySelectorAll('a, button, input, select, textarea, iframe, [role=group], [role=region], progress')]
    .filter((element) => !(element.getAttribute('aria-label') || element.textContent.trim() || element.labels?.length || element.title))
    .map((element) => element.outerHTML.slice(0, 120)));
  assert.deepEqual(nameless, []);
}

const tests = {
  async 'typing completes names, and the form follows'() {
    const page = await opened('#/?f=x');
    await simplifiedTo(page, 'x');
    const formula = page.locator('#formula');
    await formula.focus();
    await page.keyboard.press('End');
    await page.keyboard.type(' * sigm');
    await page.locator('#completion li').first().waitFor();
    assert.equal(await formula.getAttribute('aria-expanded'), 'true');
    assert.match(await page.locator('#completion li[aria-selected=true]').textContent(), /^sigmoid\(a\)/);
    await page.keyboard.press('Enter');
    assert.equal(await formula.inputValue(), 'x * sigmoid()');
    await page.keyboard.type('x');
    await simplifiedTo(page, 'silu(x)');
    assert.equal(await page.locator('.reading .katex').count(), 1);
    assert.equal((await query(page)).get('f'), 'x * sigmoid(x)');
    await page.locator('#passport dt').first().waitFor();
    await named(page);
  },

  async 'a mistake is marked where it is, and what was shown comes back'() {
    const page = await opened('#/?f=x * sigmod(x)');
    await page.locator('.mistake').getByText('did you mean').waitFor();
    assert.deepEqual(await page.locator('.editor-back mark').allTextContents(), ['sigmod']);
    assert.equal(await page.locator('#formula').getAttribute('aria-invalid'), 'true');
    await page.locator('#formula').fill('x + relu(-x)');
    await simplifiedTo(page, 'relu(x)');
    assert.equal(await page.locator('.mistake').textContent(), '');
  },

  async 'steps of the proof open one by one, by the keyboard'() {
    const page = await opened('#/?f=x / (1 %2B exp(-x))');
    await page.locator('.proof > summary').focus();
    await page.keyboard.press('Enter');
    const steps = page.locator('.step');
    await steps.nth(1).locator('summary').focus();
    await page.keyboard.press('Enter');
    assert.equal(await steps.nth(1).locator('.rule').textContent(), 'a / (1 + exp(-b)) = a * sigmoid(b)');
    assert.equal(await steps.nth(1).locator('.katex').count(), 3);
    assert.equal(await steps.nth(2).locator('.katex').count(), 0);
  },

  async 'a point of the front is picked in the list and in the chart, and drawn'() {
    const page = await opened('#/?f=gelu(x)');
    await page.locator('#front input[value="1"]').check();
    await until(page, () => document.querySelector('.plots .u-legend').textContent.includes('picked form'));
    // The address follows a moment later.
    await until(page, () => location.hash.includes('pick='));
    const picked = (await query(page)).get('pick');
    assert.ok(picked.includes('x'), picked);
    // The last point of the chart is exact, which is no form that is picked.
    const over = page.locator('#front .u-over');
    const place = await page.evaluate(() => { const box = document.querySelector('#front .u-over').getBoundingClientRect(); return [box.width, box.height]; });
    for (let left = 0; left < place[0] && (await query(page)).get('pick') === picked; left += 10) {
      for (let top = 0; top < place[1] && (await query(page)).get('pick') === picked; top += 20) await over.click({ position: { x: left, y: top } });
      await page.waitForTimeout(200);
    }
    assert.notEqual((await query(page)).get('pick'), picked);
    await page.reload();
    await page.locator('#front input[type=radio]:checked').waitFor();
    assert.notEqual(await page.locator('#front input[type=radio]:checked').getAttribute('value'), '0');
  },

  async 'code is copied for the target that is chosen'() {
    const page = await opened('#/?f=tanh(x) * x&name=Curve');
    await page.locator('#target').selectOption('torch');
    await page.locator('.source').getByText('import torch').waitFor();
    await page.locator('.code-bar button').click();
    await page.locator('.code-bar').getByText('Copied').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await page.locator('.source').textContent());
    assert.match(copied, /class Curve\(nn\.Module\)/);
    const targets = await page.locator('#target option').count();
    assert.ok(targets >= 9);
  },

  async 'the address holds everything, and a reload changes nothing'() {
    const page = await opened('#/?f=x * sigmoid(beta * x)&x=-3..3&beside=mish(x)&set=beta=2&within=1&target=c&name=Curve');
    const before = async () => ({
      formula: await page.locator('#formula').inputValue(), ends: await page.locator('.domain input.number').evaluateAll((all) => all.map((one) => one.value)),
      beta: await page.locator('.constant input.number').inputValue(), target: await page.locator('#target').inputValue(),
      within: await page.locator('#within').isChecked(), beside: await page.locator('.chip[aria-pressed=true]').allTextContents(), name: await page.locator('#name').inputValue(),
    });
    await page.locator('.constant').waitFor();
    const state = await before();
    assert.deepEqual(state, { formula: 'x * sigmoid(beta * x)', ends: ['-3', '3'], beta: '2', target: 'c', within: true, beside: ['mish'], name: 'Curve' });
    await page.locator('.constant input[type=range]').focus();
    for (let press = 0; press < 5; press += 1) await page.keyboard.press('ArrowRight');
    await until(page, () => Number(new URLSearchParams(location.hash.split('?')[1]).get('set').split('=')[1]) > 2);
    await page.reload();
    await page.locator('.constant').waitFor();
    const after = await before();
    assert.ok(Number(after.beta) > 2, after.beta);
    assert.deepEqual({ ...after, beta: '2' }, state);
  },

  async 'the plot is zoomed and read with the keyboard'() {
    const page = await opened('#/?f=silu(x)');
    const plot = page.locator('.plots .plot').first();
    await plot.locator('.u-over').waitFor();
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await until(page, () => /\d/.test(document.querySelector('.plots .u-legend .u-value').textContent));
    await page.keyboard.press('+');
    await until(page, () => location.hash.includes('zoom='));
    const [low, high] = (await query(page)).get('zoom').split('..').map(Number);
    assert.ok(Math.abs(high - low - 5) < 0.1, `${low} to ${high}`);
    await page.keyboard.press('0');
    await until(page, () => !location.hash.includes('zoom='));
    assert.match(await labelOf(page, '.plots .plot'), /beside relu, gelu/);
  },

  async 'a long computation shows progress and is cancelled'() {
    const page = await opened('#/?f=x * tanh(softplus(x)) %2B sin(3 * x) * gelu(x) %2B exp(-x * x) * cos(5 * x)');
    await page.locator('#front').getByText('Look further').click();
    await page.locator('#front .progress').getByRole('button').click();
    await page.locator('#front').getByText('Cancelled.').waitFor();
    await page.locator('#formula').fill('x + 0');
    await simplifiedTo(page, 'x');
  },

  async 'the keyboard reaches everything in order'() {
    const page = await opened('#/?f=x');
    await page.locator('#passport dt').first().waitFor();
    const reached = [];
    for (let press = 0; press < 14; press += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent || document.activeElement.getAttribute('aria-label')));
    }
    assert.deepEqual(reached.slice(0, 9).map((text) => text.trim()), ['Skip to the content', 'actsmith', 'Workbench', 'Runs', 'theme', 'formula', 'x from', 'x to', 'within']);
    assert.ok(reached.includes('relu'));
  },

  async 'colours are those of the system, or what is chosen'() {
    for (const [colorScheme, dark] of [['light', false], ['dark', true]]) {
      const page = await opened('#/', { colorScheme });
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number)[0] < 128);
      assert.equal(await ground(), dark);
      // From as the system is to light, to dark.
      await page.locator('#theme').click();
      assert.equal(await ground(), false);
      await page.locator('#theme').click();
      assert.equal(await ground(), true);
      await page.reload();
      assert.equal(await ground(), true);
    }
  },

  async 'it fits every width'() {
    for (const width of [375, 768, 1280, 1920]) {
      // Tall brackets are drawn by KaTeX with styles of their own.
      const page = await opened('#/?f=min(abs(min(sqrt(max(x, 0.001)), leaky_relu(x))), sqrt(10)) * silu(beta * x)', { width });
      await page.locator('#front h2').waitFor();
      await page.locator('#passport dt').first().waitFor();
      await page.locator('.source').getByText('Derivative').first().waitFor().catch(() => {});
      await fits(page);
      await page.goto(`${PAGE}#/runs`);
      await page.locator('.runs tbody tr').first().waitFor();
      await fits(page);
      await page.goto(`${PAGE}#/runs/0/good%20%3Cb%3E%26`);
      await page.locator('.heat').first().waitFor();
      await fits(page);
      await page.context().close();
    }
  },

  async 'runs are listed, a broken one among them, and text stays text'() {
    const page = await opened('#/runs');
    await page.locator('tr.broken').getByText('config.toml cannot be read').waitFor();
    const good = page.locator('tr.finished');
    assert.equal(await good.locator('a').textContent(), 'good <b>&');
    await named(page);
    await good.locator('input').check();
    await page.locator('section[aria-label="Over one another"] .plot').nth(2).waitFor();
    await page.reload();
    await page.locator('section[aria-label="Over one another"] .plot').nth(2).waitFor();
    await good.locator('a').click();
    await page.locator('.heat .plot').first().waitFor();
    assert.equal(await page.locator('h1').textContent(), 'good <b>&');
    assert.equal(await page.locator('.heat').count(), 6);
    assert.equal(await page.locator('.plot[aria-label^="Scores of every seed"]').count(), 1);
    await named(page);
    await page.getByText('Report', { exact: true }).click();
    const report = page.frameLocator('iframe');
    await report.getByText('Passport').first().waitFor();
    assert.equal(await page.locator('iframe').getAttribute('sandbox'), '');
    await page.getByText('Open in the workbench').click();
    await page.locator('#formula').waitFor();
    await page.goto(`${PAGE}#/runs/0/broken`);
    await page.getByText('What is wrong').waitFor();
  },

  async 'a search is followed while it is at work'() {
    const page = await opened('#/runs');
    await page.locator('tr.finished').waitFor();
    const settings = join(RUNS, '..', 'live.toml');
    writeFileSync(settings, 'batch = 512\n[network]\nwidth = 2\n[search]\nepochs = 60\nshrink_start = 1\nfront = false\n[retrain]\nepochs = 0\n');
    const search = spawn(ACTSMITH, ['search', settings, '--quiet', '--out', join(RUNS, 'live')], { stdio: 'ignore' });
    const ended = once(search, 'exit');
    await page.locator('tr.running').waitFor();
    await page.locator('tr.running a').click();
    await page.locator('progress').waitFor();
    const first = Number(await page.locator('progress').getAttribute('value'));
    await until(page, (first) => Number(document.querySelector('progress')?.getAttribute('value') ?? Infinity) > first, first);
    assert.ok(await page.locator('.heat').count() > 0 || first < 2);
    assert.deepEqual((await ended)[0], 0);
    await page.locator('.badge.finished').waitFor();
    await page.getByText('Found', { exact: true }).waitFor();
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (process.argv[2] && !name.includes(process.argv[2])) continue;
  const start = performance.now();
  try {
    await test();
    assert.deepEqual(wrong.splice(0), [], 'what the browser complains of');
    console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    wrong.splice(0);
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
