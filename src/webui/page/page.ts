/** The page: puts what /events tells into its places. */
import type { Snapshot } from '../snapshot.ts';
import { createLiveLine } from './chart.ts';
import { showNewestCoins } from './coins.ts';
import { follow } from './feed.ts';
import { age, count, perSecond } from './format.ts';
import { showServices } from './services.ts';

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}`);
  return element;
}

function write(id: string, text: string): void {
  place(id).textContent = text;
}

function showState(state: 'good' | 'bad' | 'waiting', text: string): void {
  const element = place('state');
  element.dataset.state = state;
  // A live region is read out when it changes: only when it says something new.
  if (element.textContent !== text) element.textContent = text;
}

function show(snapshot: Snapshot): void {
  const { title, version, pace, difficulty, upstreams: { store }, now } = snapshot;
  document.title = title === '' ? 'coinroom' : `${title} · coinroom`;
  write('title', title === '' ? 'coinroom' : title);
  write('facts', facts({ version, pace, difficulty }));
  write('hash-speed', perSecond(snapshot.hash_speed_10s));
  write('hash-speed-rule', perSecond(snapshot.hash_speed));
  write('coins', count(snapshot.coins));
  write('coin-speed', perSecond(snapshot.coin_speed_10s));
  write('duplicates', count(snapshot.duplicates));
  write('hashes', count(snapshot.hashes));
  write('workers', count(snapshot.workers.length));
  showServices(place('services'), snapshot);
  if (store.ok === false) showState('bad', `store down${store.since === null ? '' : ` for ${age(now - store.since)}`}`);
  else showState('good', 'live');
}

function facts({ version, pace, difficulty }: Pick<Snapshot, 'version' | 'pace' | 'difficulty'>): string {
  const known = [
    `version ${version}`,
    pace === null ? undefined : `pace ${pace}`,
    difficulty === null ? undefined : `difficulty ${difficulty}`,
  ];
  return known.filter((fact) => fact !== undefined).join(' · ');
}

const COINS_EVERY_MS = 2000;
let coinsShownAt = -Infinity;

const line = createLiveLine(place('chart'));
follow({
  onSnapshot: (snapshot) => {
    show(snapshot);
    line.add(snapshot.now, snapshot.hash_speed_10s);
    if (performance.now() - coinsShownAt < COINS_EVERY_MS) return;
    coinsShownAt = performance.now();
    // Without an answer the list stays as it is, and the state above says why.
    showNewestCoins(place('newest'), snapshot.now).catch(() => {});
  },
  onSilence: () => showState('bad', 'no connection to the webui'),
});
