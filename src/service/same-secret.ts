import { timingSafeEqual } from 'node:crypto';

/** Whether what somebody sent is the secret, in a time that tells its length at most, and not how much of it was right. */
export function isSameSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
