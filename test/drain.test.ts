/** SIGTERM while clients ask all the time: whoever was let in is answered. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../testkit/eventually.ts';
import { type RoleProcess, startRole } from '../testkit/role.ts';

const CLIENTS = 40;

interface Asked {
  readonly status: number | undefined;
  /** Whether the connection had already served a request: then it surely had been let in. */
  readonly wasConnected: boolean;
  readonly error?: string;
}

const questions = {
  rng: { path: '/32', method: 'GET' },
  hasher: { path: '/', method: 'POST', body: 'abc' },
} as const;

function ask(
  { url }: RoleProcess,
  agent: Agent,
  question: { path: string; method: string; body?: string },
): Promise<Asked> {
  const { body, path, method } = question;
  return new Promise((resolve) => {
    const asked = request(url + path, { agent, method }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, wasConnected: asked.reusedSocket }));
      response.on('error', (error) => resolve({ status: undefined, wasConnected: true, error: error.message }));
    });
    asked.on(
      'error',
      ({ message }) => resolve({ status: undefined, wasConnected: asked.reusedSocket, error: message }),
    );
    asked.end(body);
  });
}

for (const role of ['rng', 'hasher'] as const) {
  for (const isKept of [true, false]) {
    const kind = isKept ? 'kept connections' : 'a connection a request';
    test(`SIGTERM of ${role} under load, with ${kind}: whoever was let in is answered, exit 0 in time`, async (t) => {
      const service = await startRole(t, role, ['--pace', 'full', '--delay-ms', '5', '--drain-ms', '500']);
      const agent = new Agent({ keepAlive: isKept });
      t.after(() => agent.destroy());
      const all: Asked[] = [];
      let isOver = false;
      const clients = Array.from({ length: CLIENTS }, async () => {
        while (!isOver) {
          const asked = await ask(service, agent, questions[role]);
          all.push(asked);
          if (asked.status === undefined && !asked.wasConnected) return;
        }
      });
      await eventually(() => all.length > 2000, { what: 'requests' });
      const stoppedAt = performance.now();
      const before = all.length;
      const exit = await service.stop('SIGTERM');
      isOver = true;
      await Promise.all(clients);
      assert.deepEqual(exit, { code: 0, signal: null });
      assert.ok(performance.now() - stoppedAt < 5000);
      assert.ok(all.length > before + CLIENTS, 'it was under load while it stopped');
      // Who comes to a closed door is told so when connecting; nobody else may go without an answer.
      assert.deepEqual(all.filter(({ status, wasConnected }) => status !== 200 && wasConnected), []);
      const turnedAway = all.filter(({ status, wasConnected }) => status === undefined && !wasConnected);
      assert.ok(turnedAway.length <= CLIENTS);
      for (const { error } of turnedAway) assert.match(error!, /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up/);
    });
  }
}

for (const role of ['rng', 'hasher'] as const) {
  test(`SIGTERM with 60 requests waiting at ${role}: all are answered, and it ends within 5 s`, async (t) => {
    const service = await startRole(t, role, ['--delay-ms', '4000']);
    const agent = new Agent();
    t.after(() => agent.destroy());
    const all = Array.from({ length: 60 }, () => ask(service, agent, questions[role]));
    // Long enough for all of them to be in; none of them is served before 4 s.
    await sleep(500);
    const stoppedAt = performance.now();
    const exit = await service.stop('SIGTERM');
    assert.deepEqual((await Promise.all(all)).map(({ status }) => status), Array(60).fill(200));
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.ok(performance.now() - stoppedAt < 5000);
  });
}
