/** The newest coins: the zeros of a hash, and how long its origin really is. */
import type { CoinRow, Snapshot } from '../snapshot.ts';
import { keepList, make, place, write } from './dom.ts';
import { age } from './format.ts';

export interface NewestCoins {
  readonly set: (coins: readonly CoinRow[]) => void;
  /** Their ages now, and the colours of the workers that found them. */
  readonly tick: (snapshot: Snapshot) => void;
}

interface ShownCoin {
  readonly line: HTMLTableRowElement;
  readonly age: HTMLTableCellElement;
  readonly swatch: HTMLElement;
}

export function createNewestCoins(): NewestCoins {
  let coins: readonly CoinRow[] = [];
  let now = 0;
  let colours: ReadonlyMap<string, string> = new Map();
  const show = keepList<CoinRow, ShownCoin>(place('newest'), {
    keyOf: ({ hash, at }) => `${hash} ${at}`,
    make: makeRow,
    elementOf: ({ line }) => line,
    update: (shown, { at, worker }) => {
      write(shown.age, age(now - at));
      const colour = colours.get(worker);
      if (colour !== undefined) shown.swatch.style.backgroundColor = colour;
    },
  });
  return {
    set: (newest) => {
      coins = newest;
      show(coins);
    },
    tick: (snapshot) => {
      now = snapshot.now;
      colours = new Map([...snapshot.gone, ...snapshot.workers].map(({ id, colour }) => [id, colour]));
      show(coins);
    },
  };
}

function makeRow({ hash, origin, originBytes, worker }: CoinRow): ShownCoin {
  const zeros = hash.match(/^0*/)![0];
  const [digest, source] = [
    make('td', 'hex', make('span', 'zeros', zeros), hash.slice(zeros.length)),
    make('td', 'hex'),
  ];
  source.append(origin);
  digest.title = hash;
  source.title = origin;
  const [length, since] = [make('td', 'number bytes', String(originBytes)), make('td', 'number')];
  const swatch = make('span', 'swatch');
  const by = make('td', '', swatch, ' ', make('bdi', '', worker));
  by.title = worker;
  return { line: make('tr', '', digest, source, length, since, by), age: since, swatch };
}
