import { hash as sha256, randomBytes } from 'node:crypto';
import type { Coin } from '../src/store/coins.ts';

/** Origins that are drawn at a time: one by one most of the time would go into asking. */
const DRAWN = 1024;

/** Real coins of difficulty 1, all different. */
export function someCoins(count: number, originBytes = 32): Coin[] {
  const coins: Coin[] = [];
  while (coins.length < count) {
    const random = randomBytes(originBytes * DRAWN);
    for (let at = 0; at < random.length && coins.length < count; at += originBytes) {
      // A copy, since a part of what was drawn would keep all of it.
      const origin = Uint8Array.prototype.slice.call(random, at, at + originBytes);
      const hash = sha256('sha256', origin, 'hex');
      if (hash.startsWith('0')) coins.push({ hash, origin });
    }
  }
  return coins;
}
