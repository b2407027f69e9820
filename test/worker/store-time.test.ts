import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStoreTime } from '../../src/worker/store-time.ts';

test('time between answered calls counts, up to a second at a time', () => {
  let now = 0;
  const time = createStoreTime({ now: () => now });
  const call = (sentAt: number, answeredAt: number): void => {
    now = answeredAt;
    time.answered(sentAt);
  };
  call(100, 110);
  assert.equal(time.ms(), 10);
  call(600, 610);
  assert.equal(time.ms(), 510);
  call(9000, 9010);
  assert.equal(time.ms(), 1520, 'nobody watched for eight seconds: one is believed');
});

test('time in which the store does not answer does not count', () => {
  let now = 0;
  const time = createStoreTime({ now: () => now });
  time.answered(0);
  now = 10_000;
  time.answered(500);
  assert.equal(time.ms(), 600, 'half a second before the call, and a tenth of the wait');
});

test('two calls at a time do not count twice', () => {
  let now = 0;
  const time = createStoreTime({ now: () => now });
  time.answered(0);
  now = 50;
  time.answered(10);
  now = 60;
  time.answered(20);
  assert.equal(time.ms(), 60);
});
