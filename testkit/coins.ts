import { createHash, randomBytes } from 'node:crypto';
import type { Coin } from '../src/store/store.ts';

/** Real coins of difficulty 1, all different. */
export function someCoins(count: number, originBytes = 32): Coin[] {
  const coins: Coin[] = [];
  while (coins.length < count) {
    const origin = randomBytes(originBytes);
    const hash = createHash('sha256').update(origin).digest('hex');
    if (hash.startsWith('0')) coins.push({ hash, origin });
  }
  return coins;
}
