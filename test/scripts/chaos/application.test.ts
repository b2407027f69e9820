import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applicationOn } from '../../../scripts/chaos/application.ts';
import type { Target } from '../../../scripts/chaos/targets/target.ts';
import { roomOf } from '../../../testkit/room-of.ts';

const machine = (name: string): Target => ({
  ...{ name, kind: 'machine', group: name.split(':')[0]!, site: name, handle: '192.0.2.1', addresses: [] },
  ...{ isWell: true, isReplaced: false, offers: [] },
});

test('the machines of several clusters have no application in common', async () => {
  const room = roomOf([{ kind: 'clusters', clusters: { c1: ['192.0.2.1', '192.0.2.2'], c2: ['192.0.2.3'] } }]);
  const targets = ['c1:n1', 'c1:n2', 'c2:n1'].map(machine);
  await assert.rejects(applicationOn(targets, { project: 'coinroom' }, { room, signal: AbortSignal.timeout(5000) }), {
    name: 'UsageError',
    message: '-p names the application of one cluster; the targets are in c1 and c2',
  });
});
