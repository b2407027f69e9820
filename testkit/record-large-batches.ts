/**
 * Records large batches into a SQLite store, one after the other, and says before each that it begins: a program to be
 * killed in the middle of one. Arguments: the file, the worker's id, coins a batch.
 */
import { openSqliteStore } from '../src/store/sqlite-store.ts';
import { someCoins } from './coins.ts';

const [file, worker, count] = process.argv.slice(2);
const store = openSqliteStore(file!);
const coins = someCoins(Number(count), 8);
for (let sequence = 1;; sequence++) {
  process.stdout.write(`begin ${sequence}\n`);
  await store.record({ worker: worker!, sequence, hashes: coins.length, coins });
  process.stdout.write(`end ${sequence}\n`);
}
