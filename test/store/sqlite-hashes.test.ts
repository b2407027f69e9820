/** What the wallet in a file knows of its hashes, over many generations: each counts once, and none is taken for another. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Coin } from '../../src/store/coins.ts';
import type { Store } from '../../src/store/store.ts';
import { someCoins } from '../../testkit/coins.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';

const GENERATION_COINS = 64;

async function newFile(t: Scope): Promise<string> {
  return join(await temporaryFolder(t), 'wallet.db');
}

function open(t: Scope, file: string): Store {
  const store = openSqliteStore(file, { generationCoins: GENERATION_COINS });
  t.after(() => store.close());
  return store;
}

/** Records in batches of 50; gives how many coins were new. */
async function record(store: Store, worker: string, coins: readonly Coin[]): Promise<number> {
  let created = 0;
  for (let at = 0, sequence = 1; at < coins.length; at += 50, sequence++) {
    const batch = coins.slice(at, at + 50);
    const answer = await store.record({ worker, sequence, hashes: batch.length, coins: batch });
    assert.equal(answer.outcome, 'recorded');
    created += answer.outcome === 'recorded' ? answer.created : 0;
  }
  return created;
}

test('every coin of every generation is known again, also by a store that was opened later', async (t) => {
  const file = await newFile(t);
  const coins = someCoins(1000);
  const first = open(t, file);
  assert.equal(await record(first, 'a', coins), 1000);
  assert.equal(await record(first, 'b', coins), 0);
  const later = open(t, file);
  assert.equal(await record(later, 'c', coins.toReversed()), 0);
  assert.equal(await record(later, 'd', [...coins.slice(0, 10), ...someCoins(40)]), 40);
  assert.equal((await later.totals()).coins, 1040);
});

test('two stores on one file know at once what the other has recorded and sealed', async (t) => {
  const file = await newFile(t);
  const [one, other] = [open(t, file), open(t, file)];
  for (let round = 0; round < 10; round++) {
    const coins = someCoins(40);
    assert.equal(await record(round % 2 ? one : other, `x${round}`, coins), 40);
    assert.equal(await record(round % 2 ? other : one, `y${round}`, coins), 0);
  }
});

test('hashes that end alike are told apart, in one generation and in several', async (t) => {
  const store = open(t, await newFile(t));
  const alike = Array.from({ length: 200 }, (_, at): Coin => ({
    hash: `${at.toString(16).padStart(52, '0')}ffffffffffff`,
    origin: Uint8Array.of(at),
  }));
  assert.equal(await record(store, 'a', alike), 200);
  assert.equal(await record(store, 'b', alike), 0);
});
