/** Which machines are never broken, found out before any of them is asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineTargets } from '../../../scripts/chaos/targets/machines.ts';
import { createConnections } from '../../../scripts/lib/fan-out/connections.ts';
import { canonicalAddress } from '../../../scripts/lib/hosts.ts';
import { roomOf } from '../../../testkit/room-of.ts';

const signal = AbortSignal.timeout(60_000);

test("a machine that the controller needs, the instructor's, and spares are left out, and it is said why", async () => {
  const address = (at: number): string => `192.0.2.${at}`;
  const clusters = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`c${at + 1}`, [address(at + 1)]]));
  const room = roomOf([
    { kind: 'clusters', clusters: { ...clusters, c6: ['2001:DB8::6'] } },
    { kind: 'role', cluster: 'c1', role: 'instructor' },
    { kind: 'role', cluster: 'c2', role: 'spare' },
  ]);
  const here = {
    addresses: new Set([address(3)]),
    gateways: new Set([address(4)]),
    nameServers: new Set([address(5), canonicalAddress('2001:db8::6')]),
    machine: '',
  };
  const connections = createConnections({ connectWithinMs: 1000 });
  const left = async (...selectors: string[]) => {
    const { targets, leftOut } = await machineTargets(room, selectors, { connections, signal, here });
    assert.deepEqual(targets, []);
    return leftOut.map(({ name, why }) => `${name}: ${why}`);
  };
  const always = [
    'c3:n1: this controller runs on it',
    'c4:n1: it is the gateway of this controller',
    'c5:n1: it is the name server of this controller',
    'c6:n1: it is the name server of this controller',
    "c1:n1: it is the instructor's",
  ];
  assert.deepEqual(await left(), [...always, 'c2:n1: it is a spare that nobody has named']);
  assert.deepEqual(await left('n1'), [...always, 'c2:n1: it is a spare that nobody has named']);
  assert.deepEqual(await left('instructor', address(3)), [always[0], always[4]]);
});
