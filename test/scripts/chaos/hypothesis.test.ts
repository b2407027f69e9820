/** What a user says must hold, looked for on a webui that runs, and on what only looks like one. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { test } from 'node:test';
import { createCourse } from '../../../scripts/chaos/hypothesis/course.ts';
import { openHypothesis, type Sight } from '../../../scripts/chaos/hypothesis/open-hypothesis.ts';
import type { PageNumbers } from '../../../scripts/chaos/hypothesis/page-numbers.ts';
import { holds, parseHypothesis } from '../../../scripts/chaos/hypothesis/parse-hypothesis.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type Scope, temporaryFolder } from '../../../testkit/machine.ts';
import { freePort } from '../../../testkit/ports.ts';
import { startRole } from '../../../testkit/role.ts';
import { startServer } from '../../../testkit/server.ts';
import { startSilent } from '../../../testkit/silent.ts';

const signal = AbortSignal.timeout(120_000);

const names = (...texts: string[]): string[] => parseHypothesis(texts).map(({ name }) => name);

test('a hypothesis is read with its numbers', () => {
  assert.deepEqual(parseHypothesis(['speed>=3']), [{ kind: 'speed', name: 'speed>=3', operator: '>=', limit: 3 }]);
  assert.deepEqual(parseHypothesis(['errors < 2.5%']), [
    { kind: 'errors', name: 'errors < 2.5%', operator: '<', limit: 0.025 },
  ]);
  assert.deepEqual(parseHypothesis(['workers<=2', 'coins grow']), [
    { kind: 'workers', name: 'workers<=2', operator: '<=', limit: 2 },
    { kind: 'coins grow', name: 'coins grow' },
  ]);
});

test('parts are joined by commas or by and; a command goes to the end, whatever it holds', () => {
  assert.deepEqual(names('speed>=3, coins grow and webui answers'), ['speed>=3', 'coins grow', 'webui answers']);
  assert.deepEqual(names('webui answers,command: test a = a, and true', 'workers>1'), [
    'webui answers',
    'command: test a = a, and true',
    'workers>1',
  ]);
  assert.deepEqual(parseHypothesis(['command: ls, a and b']), [
    { kind: 'command', name: 'command: ls, a and b', command: 'ls, a and b' },
  ]);
});

test('what is no hypothesis is refused with what one is, and where it stands', () => {
  for (
    const [text, got] of [
      ['speed', '"speed"'],
      ['speed=3', '"speed=3"'],
      ['speed>=fast', '"speed>=fast"'],
      ['speed>=3%', '"speed>=3%"'],
      ['errors<=5', '"errors<=5"'],
      ['coins shrink', '"coins shrink"'],
      ['command:', '"command:"'],
      ['', '""'],
      ['speed>=3,', '"" in "speed>=3,"'],
      ['speed>=3 and happiness', '"happiness" in "speed>=3 and happiness"'],
    ] as const
  ) {
    assert.throws(() => parseHypothesis(['coins grow', text]), {
      name: 'UsageError',
      message: "A hypothesis is speed>=3, workers>=2, errors<=5%, 'coins grow', 'webui answers' or command:COMMAND, " +
        `several joined by a comma or by and, a command the last of them; also with >, <= and <; got ${got}`,
    });
  }
});

test('each comparison is what it says at its limit', () => {
  const at = (operator: '>=' | '>' | '<=' | '<') => [2, 3, 4].map((found) => holds(found, { operator, limit: 3 }));
  assert.deepEqual(at('>='), [false, true, true]);
  assert.deepEqual(at('>'), [false, false, true]);
  assert.deepEqual(at('<='), [true, true, false]);
  assert.deepEqual(at('<'), [true, false, false]);
});

test('a part that needs a webui is refused where there is none; a command is not', async () => {
  assert.throws(() => openHypothesis(parseHypothesis(['command:true', 'speed>=3']), { webuiUrl: undefined, signal }), {
    name: 'UsageError',
    message: 'The hypothesis "speed>=3" needs a webui to be asked, and there is none',
  });
  const { look } = openHypothesis(parseHypothesis(['command:true']), { webuiUrl: undefined, signal });
  assert.deepEqual(await look(), {
    ok: true,
    speed: null,
    checks: [{ name: 'command:true', ok: true, found: 'it ended with 0' }],
  });
});

test('a command holds when it ends with 0; what is found is its last line', async () => {
  const { look } = openHypothesis(
    parseHypothesis(['command:echo one; echo two', 'command:echo no >&2; exit 3', 'command:exit 4']),
    { webuiUrl: undefined, signal },
  );
  const { ok, checks } = await look();
  assert.equal(ok, false);
  assert.deepEqual(checks.map((check) => [check.ok, check.found]), [
    [true, 'two'],
    [false, 'no'],
    [false, 'it ended with 4'],
  ]);
});

/** All the roles in one process, and a look at them. */
async function startAll(t: Scope, ...hypothesis: string[]) {
  const folder = await temporaryFolder(t);
  const role = await startRole(t, 'all', ['--store-url', `sqlite:${folder}/wallet.db`], { env: { FAULTS: 'on' } });
  const { look } = openHypothesis(parseHypothesis(hypothesis), { webuiUrl: role.url, signal });
  return { role, look };
}

const foundBy = ({ checks }: Sight, name: string) => checks.find((check) => check.name === name)!;

test('on a miner that mines all parts hold', { timeout: 60_000 }, async (t) => {
  const { look } = await startAll(t, 'speed>=1 and coins grow, webui answers', 'errors<=5%', 'workers>=1');
  const sight = await eventually(async () => {
    const now = await look();
    return now.ok && now;
  }, { what: 'all to hold', withinMs: 30_000, everyMs: 500 });
  assert.ok(sight.speed! >= 1 && sight.speed! < 5, `${sight.speed}`);
  assert.equal(foundBy(sight, 'workers>=1').found, '1');
  assert.equal(foundBy(sight, 'errors<=5%').found, '0.0%');
  assert.match(foundBy(sight, 'coins grow').found, /^coins \+\d+, hashes \+\d+, \d+ s ago$/);
  assert.match(foundBy(sight, 'webui answers').found, /^an answer in \d+ ms$/);
});

test('what holds no more is found, and found to hold again', { timeout: 90_000 }, async (t) => {
  const { role, look } = await startAll(t, 'speed>=1', 'workers>=2', 'errors<=5%', 'coins grow');
  const until = (what: string, isSo: (sight: Sight) => boolean) =>
    eventually(async () => {
      const now = await look();
      return isSo(now) && now;
    }, { what, withinMs: 40_000, everyMs: 500 });
  await until('the speed', (sight) => foundBy(sight, 'speed>=1').ok && foundBy(sight, 'coins grow').ok);
  const faults = `${role.urlOf('rng')}/faults`;
  await fetch(faults, { method: 'POST', body: JSON.stringify({ errorRate: 1 }) });
  const sick = await until('failures', (sight) => !foundBy(sight, 'errors<=5%').ok && !foundBy(sight, 'speed>=1').ok);
  assert.equal(sick.ok, false);
  assert.match(foundBy(sick, 'errors<=5%').found, /^\d+\.\d%$/);
  assert.deepEqual(foundBy(sick, 'workers>=2'), { name: 'workers>=2', ok: false, found: '1' });
  await until('nothing to grow for 15 s', (sight) => /^nothing for 1\d s$/.test(foundBy(sight, 'coins grow').found));
  await fetch(faults, { method: 'DELETE' });
  await until('all to be well again', ({ checks }) => checks.every(({ ok, name }) => ok || name === 'workers>=2'));
});

test('where no webui answers nothing holds, and why is told', { timeout: 30_000 }, async (t) => {
  const refusing: RequestListener = (_, response) => void response.writeHead(503).end();
  const other: RequestListener = (_, response) => void response.end('{"coins":3}');
  const cases: [string, RegExp][] = [
    [(await startServer(t, refusing)).url, /^it answered 503$/],
    [(await startServer(t, other)).url, /^what answers at \/json is not a webui of this kind$/],
    [`http://127.0.0.1:${await startSilent(t)}`, /^no answer within 2 s$/],
    [`http://127.0.0.1:${await freePort()}`, /refused|^fetch failed$/i],
  ];
  for (const [webuiUrl, found] of cases) {
    const { look } = openHypothesis(parseHypothesis(['webui answers, speed<9', 'command:true']), { webuiUrl, signal });
    const { ok, speed, checks } = await look();
    assert.deepEqual([ok, speed], [false, null]);
    assert.deepEqual(checks.map((check) => check.ok), [false, false, true]);
    for (const check of checks.slice(0, 2)) assert.match(check.found, found);
  }
});

test('the page is asked once a look, whatever the number of parts', async (t) => {
  let asked = 0;
  const server = await startServer(t, (_, response) => {
    asked++;
    response.writeHead(500).end();
  });
  const { look } = openHypothesis(parseHypothesis(['speed>1, workers>1, errors<1%', 'coins grow']), {
    webuiUrl: server.url,
    signal,
  });
  await look();
  await look();
  assert.equal(asked, 2);
});

const page = (rest: Partial<PageNumbers>): PageNumbers => ({
  ...{ coins: 5, hashes: 100, duplicates: 0, now: 1000, speed: 3, workers: [{ id: 'w1', lastSeen: 1000 }] },
  requests: { failed: 0, answeredPerSecond: 10 },
  ...rest,
});

test('failures count in the seconds in which they happen, and those that a worker brings with it do not', () => {
  const course = createCourse();
  const failed = (count: number) => ({ failed: count, answeredPerSecond: 10 });
  course.add(page({ requests: failed(7) }), 0);
  assert.equal(course.requests(0).failed, 0, 'from before the first look');
  course.add(page({ requests: failed(9) }), 1000);
  assert.deepEqual(course.requests(1000), { failed: 2, answered: 100 });
  const another = [{ id: 'w1', lastSeen: 1 }, { id: 'w2', lastSeen: 1 }];
  course.add(page({ requests: failed(500), workers: another }), 2000);
  assert.equal(course.requests(2000).failed, 2);
  course.add(page({ requests: failed(491) }), 3000);
  assert.equal(course.requests(3000).failed, 2, 'w2 is gone, and its failures with it');
  assert.equal(course.requests(11_000).failed, 0);
});

test('growth is of coins, coins found again, or hashes; a store that came back with less has not grown', () => {
  const course = createCourse();
  course.add(page({}), 0);
  assert.equal(course.growth(), undefined);
  course.add(page({ duplicates: 1 }), 1000);
  assert.deepEqual(course.growth(), { ms: 1000, coins: 1, hashes: 0 });
  course.add(page({ coins: 2, hashes: 50 }), 2000);
  course.add(page({ coins: null, hashes: null, duplicates: null }), 3000);
  course.add(page({ coins: 2, hashes: 50 }), 4000);
  assert.equal(course.growth()!.ms, 1000);
  course.add(page({ coins: 2, hashes: 51 }), 5000);
  assert.deepEqual(course.growth(), { ms: 5000, coins: 0, hashes: 1 });
});
