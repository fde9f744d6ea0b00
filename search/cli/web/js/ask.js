// Questions to the program. Of the questions of one place only the latest counts: an answer to an earlier one is dropped.

/** A question that has been running for so long is given up for a newer one; a shorter one is worth waiting for. */
const PATIENCE = 150;
/** Later than this, progress is shown. */
const NOTICED = 100;

async function send(question, signal) {
  const response = await fetch('api/ask', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(question), signal,
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { error: { kind: 'failure', message: text.trim() || `The program answers with ${response.status}.`, at: [] } };
  }
}

/** The questions of one place. `busy` is told when an answer takes long, and when it is there; `show` gets the answers that count. */
export class Place {
  constructor({ show, busy = () => {} }) {
    this.show = show;
    this.busy = busy;
    this.running = null;
    this.next = null;
  }

  ask(question) {
    this.next = question;
    if (!this.running) this.start();
    else if (performance.now() - this.running.since > PATIENCE) this.running.control.abort();
  }

  /** Gives up what is running and what waits, and says so unless it is done silently. */
  cancel(silently = false) {
    this.next = null;
    if (!this.running) return;
    this.running.silent = silently;
    this.running.control.abort();
  }

  async start() {
    const question = this.next;
    this.next = null;
    const running = { since: performance.now(), control: new AbortController() };
    this.running = running;
    const late = setTimeout(() => this.busy(true), NOTICED);
    let answer = null;
    try {
      answer = await send(question, running.control.signal);
    } catch (error) {
      if (error.name !== 'AbortError') {
        answer = { error: { kind: 'failure', message: 'The program does not answer: is `actsmith web` still running?', at: [] } };
      }
    }
    clearTimeout(late);
    this.running = null;
    if (this.next) return this.start();
    this.busy(false);
    if (running.silent) return;
    this.show(answer ?? { cancelled: true }, question);
  }
}

/** What a GET has, with its tag. */
export async function get(path, signal) {
  const response = await fetch(path, { signal });
  return { value: await response.json(), tag: response.headers.get('etag') };
}
