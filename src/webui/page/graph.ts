/** The live graph: what the webui has kept, and from then on what comes. */
import { type Annotation, type Line, type WindowName, WINDOWS } from '../history.ts';
import type { Snapshot } from '../snapshot.ts';
import { createChart } from './chart.ts';
import { make, place } from './dom.ts';
import { clockTime, count, perSecond } from './format.ts';
import { createView, type View } from './view.ts';

export interface Graph {
  readonly add: (snapshot: Snapshot) => void;
  readonly annotate: (annotations: readonly Annotation[]) => void;
  /** There may be more than it knows of: after a silence, for one. */
  readonly reload: () => void;
}

/** Wide windows stand for many seconds a point: after this long they are asked for again. */
const RELOAD_SECONDS = 60;
const RETRY_MS = 5000;
const DESCRIBED_EVERY_MS = 10_000;
const LISTED_ANNOTATIONS = 5;

const IN_WORDS: Readonly<Record<WindowName, string>> = {
  '1m': 'the last minute',
  '10m': 'the last ten minutes',
  '1h': 'the last hour',
  'all': 'all the time',
};

interface Points {
  readonly at: number[];
  readonly hashes: (number | null)[];
  readonly coins: (number | null)[];
}

export function createGraph(): Graph {
  let points: Points = { at: [], hashes: [], coins: [] };
  let annotations: readonly Annotation[] = [];
  let ceiling: number | null = null;
  let loadedAt = -Infinity;
  let describedAt = -Infinity;
  let isWanted = true;
  let lastTry = -Infinity;
  const chart = createChart(place('chart'));
  const view = createView(() => {
    describedAt = -Infinity;
    reload();
    draw();
  });

  function reload(): void {
    isWanted = true;
    void load();
  }

  async function load(): Promise<void> {
    const { window } = view();
    lastTry = performance.now();
    const response = await fetch(`history?window=${window}`).catch(() => undefined);
    if (!response?.ok || view().window !== window) return;
    const line: Line = await response.json();
    points = { at: [...line.at], hashes: [...line.hash_speed_10s], coins: [...line.coins] };
    loadedAt = points.at.at(-1) ?? -Infinity;
    isWanted = false;
    draw();
  }

  function add({ now, hash_speed_10s, coins, upstreams, difficulty }: Snapshot): void {
    ceiling = difficulty === null ? null : 2 ** 32 / 16 ** difficulty;
    const last = points.at.at(-1) ?? -Infinity;
    // The clock of the store went back: what is older has other times now.
    if (now < last - 1) isWanted = true;
    else if (now > last) {
      points.at.push(now);
      points.hashes.push(hash_speed_10s);
      points.coins.push(upstreams.store.ok ? coins : null);
    }
    const { seconds, step } = WINDOWS[view().window];
    const old = points.at.findIndex((at) => at >= now - seconds);
    for (const column of Object.values(points)) column.splice(0, old);
    if (step > 1 && now - loadedAt > RELOAD_SECONDS) isWanted = true;
    if (isWanted && performance.now() - lastTry > RETRY_MS) void load();
    draw();
  }

  function draw(): void {
    const { show, window, ceiling: isCeilingShown } = view();
    const inView = annotations.filter(({ at }) => at >= (points.at[0] ?? Infinity));
    chart.draw({
      at: points.at,
      values: show === 'hashes' ? points.hashes : points.coins,
      fromZero: show === 'hashes',
      ceiling: show === 'coins' && isCeilingShown ? ceiling : null,
      marks: inView.map(({ at }) => at),
    });
    list(inView);
    const room = ceiling === null ? '' : `: ${count(ceiling)} coins`;
    place('ceiling-text').textContent = `ceiling of origins of 4 bytes${room}`;
    // Read out now and then, and not at every turn.
    if (points.at.length === 0 || performance.now() - describedAt < DESCRIBED_EVERY_MS) return;
    describedAt = performance.now();
    place('chart').ariaLabel = describe({ show, window });
  }

  function list(inView: readonly Annotation[]): void {
    const first = Math.max(0, inView.length - LISTED_ANNOTATIONS);
    const items = inView.slice(first).map(({ at, text }, n) =>
      make('li', '', make('b', '', String(first + n + 1)), ` ${clockTime(at, 0)} `, make('bdi', '', text))
    );
    place('annotations').replaceChildren(...items);
  }

  function describe({ show, window }: Pick<View, 'show' | 'window'>): string {
    const known = (show === 'hashes' ? points.hashes : points.coins).filter((value) => value !== null);
    const say = show === 'hashes' ? perSecond : count;
    const what = show === 'hashes' ? 'Hashes per second' : 'Coins';
    if (known.length === 0) return `${what} over ${IN_WORDS[window]}: nothing known yet`;
    const range = `from ${say(Math.min(...known))} to ${say(Math.max(...known))}`;
    return `${what} over ${IN_WORDS[window]}: ${say(known.at(-1)!)} at last, ${range}`;
  }

  return {
    add,
    annotate: (all) => {
      annotations = all;
      draw();
    },
    reload,
  };
}
