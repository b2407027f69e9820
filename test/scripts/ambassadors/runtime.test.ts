/** Changes of instances as commands of HAProxy's runtime API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration, Server } from '../../../scripts/ambassadors/haproxy.ts';
import { changed, loaded, runtimeCommands } from '../../../scripts/ambassadors/runtime.ts';

const A: Server = { name: 'a', at: '10.0.0.1:80' };
const B: Server = { name: 'b', at: '[fd00::2]:80' };
const CHECK = 'check inter 500ms fastinter 100ms downinter 250ms fall 2 rise 1';

function configuration(servers: readonly Server[], tcp: readonly Server[] = []): Configuration {
  return {
    ...{ title: 'x', service: 'rng', address: '', balance: 'roundrobin', checkPath: undefined },
    listeners: [{ port: 80, mode: 'http', servers }, { port: 6379, mode: 'tcp', servers: tcp }],
  };
}

test('who comes is added, looked at and let in; who goes gets nothing more', () => {
  assert.deepEqual(runtimeCommands(loaded(configuration([A])), configuration([A, B])), [
    `add server port-80/b [fd00::2]:80 ${CHECK}`,
    'enable health port-80/b',
    'enable server port-80/b',
    'set server port-80/b health down',
  ]);
  assert.deepEqual(runtimeCommands(loaded(configuration([A, B])), configuration([B])), [
    'set server port-80/a state maint',
  ]);
  assert.deepEqual(runtimeCommands(loaded(configuration([A])), configuration([A])), []);
});

test('who comes back is known still, and gets the address that it has now', () => {
  const without = changed(loaded(configuration([A, B])), configuration([A]));
  assert.deepEqual(runtimeCommands(without, configuration([A, { ...B, at: '[fd00::9]:81' }])), [
    'set server port-80/b addr fd00::9 port 81',
    'set server port-80/b state ready',
    'set server port-80/b health down',
  ]);
  const again = changed(without, configuration([A, B]));
  assert.deepEqual(runtimeCommands(again, configuration([{ ...A, at: '10.0.0.9:80' }, B])), [
    'set server port-80/a addr 10.0.0.9 port 80',
    'set server port-80/a state ready',
    'set server port-80/a health down',
  ]);
});

test('where nobody else is, who comes is let in at once', () => {
  assert.deepEqual(runtimeCommands(loaded(configuration([A])), configuration([B])), [
    `add server port-80/b [fd00::2]:80 ${CHECK}`,
    'enable health port-80/b',
    'enable server port-80/b',
    'set server port-80/a state maint',
  ]);
});

test('what is more than a change of http instances takes a reload', () => {
  const from = loaded(configuration([A]));
  assert.equal(runtimeCommands(from, { ...configuration([A]), balance: 'leastconn' }), undefined);
  assert.equal(runtimeCommands(from, configuration([A], [{ name: 'redis', at: '10.0.0.3:6379' }])), undefined);
});
