/** The table of rng, hasher and the store, as the workers see them. */
import type { MergedUpstream, Snapshot } from '../snapshot.ts';
import { age, count, milliseconds, perSecond } from './format.ts';

export function showServices(body: HTMLElement, { upstreams, now }: Snapshot): void {
  const rows = Object.entries(upstreams).map(([name, upstream]) => {
    const line = document.createElement('tr');
    const { word, className } = stateOf(upstream, now);
    const numbers = [
      perSecond(upstream.requestsPerSecond),
      milliseconds(upstream.p50Ms),
      milliseconds(upstream.p95Ms),
      count(upstream.queue),
      count(upstream.errors),
    ];
    line.insertCell().textContent = name;
    const state = line.insertCell();
    state.textContent = word;
    state.className = className;
    state.title = upstream.error ?? '';
    for (const text of numbers) {
      const cell = line.insertCell();
      cell.textContent = text;
      cell.className = 'number';
    }
    return line;
  });
  body.replaceChildren(...rows);
}

function stateOf({ ok, since }: MergedUpstream, now: number): { word: string; className: string } {
  if (ok === null || since === null) return { word: 'not used yet', className: '' };
  return ok ? { word: 'up', className: 'good' } : { word: `down for ${age(now - since)}`, className: 'bad' };
}
