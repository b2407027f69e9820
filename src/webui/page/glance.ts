/** The numbers at the top, and whether what the page shows is true now. */
import type { Snapshot } from '../snapshot.ts';
import { place, write } from './dom.ts';
import { age, clockTime, count, perSecond } from './format.ts';

export function showGlance(snapshot: Snapshot): void {
  const { title, version, pace, difficulty } = snapshot;
  document.title = title === '' ? 'coinroom' : `${title} · coinroom`;
  const texts = {
    'title': title === '' ? 'coinroom' : title,
    'facts': `version ${version}`,
    'hash-speed': perSecond(snapshot.hash_speed_10s),
    'hash-speed-rule': perSecond(snapshot.hash_speed),
    'coins': count(snapshot.coins),
    'coin-speed': perSecond(snapshot.coin_speed_10s),
    'duplicates': count(snapshot.duplicates),
    'hashes': count(snapshot.hashes),
    'worker-count': count(snapshot.workers.length),
    'difficulty': count(difficulty),
    'pace': pace ?? '–',
  };
  for (const [id, text] of Object.entries(texts)) write(place(id), text);
  const trouble = troubleOf(snapshot);
  showState(trouble === undefined ? 'good' : 'bad', trouble ?? 'live', snapshot.upstreams.store.ok === false);
}

/** The worst thing first: without the store nothing else is known. */
function troubleOf({ upstreams, workers, gone, now }: Snapshot): string | undefined {
  for (const name of ['store', 'rng', 'hasher'] as const) {
    const { ok, since } = upstreams[name];
    if (ok === false) {
      return `${name} down${since === null ? '' : ` since ${clockTime(since, 0)} (${age(now - since)})`}`;
    }
  }
  return workers.length === 0 && gone.length > 0 ? 'no worker' : undefined;
}

export function showSilence(): void {
  showState('bad', 'no connection to the webui', true);
}

function showState(state: 'good' | 'bad', text: string, isOld: boolean): void {
  const element = place('state');
  element.dataset.state = state;
  // Old numbers must not look like new ones.
  place('main').classList.toggle('old', isOld);
  write(element, text);
}
