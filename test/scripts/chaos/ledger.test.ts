/** The proof that nothing was lost, on a project that runs: undisturbed, and robbed. */
import assert from 'node:assert/strict';
import { hash as sha256 } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../../scripts/chaos/journal.ts';
import { openLedger } from '../../../scripts/chaos/ledger/open-ledger.ts';
import { defaultEngine, type Engine } from '../../../scripts/lib/engine.ts';
import { listMembers } from '../../../scripts/lib/members.ts';
import { createProject, type Project } from '../../../testkit/compose.ts';
import { docker, unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';

const skip = unlessDocker;

/** A coin that no worker of ours has found, as text that a shell takes. */
function foreignCoin(): { hash: string; origin: string } {
  for (let n = 0;; n++) {
    const origin = `foreign ${n}`;
    const hash = sha256('sha256', origin, 'hex');
    if (hash.startsWith('0')) return { hash, origin };
  }
}

async function redis(project: Project, ...words: string[]): Promise<string> {
  const [id] = await project.containers('redis');
  return await docker('exec', id!, 'redis-cli', ...words);
}

interface LiveWorker {
  readonly id: string;
  readonly container: string;
}

/** One that runs, and has something to lose: one that was killed stays on the page for a while. */
async function liveWorker(project: Project): Promise<LiveWorker> {
  return await eventually(async () => {
    const running = await listMembers(project.name, defaultEngine(), { stopped: false });
    for (const { id } of (await project.numbers()).workers) {
      const container = running.find((one) => id.startsWith(one.id.slice(0, 12)))?.id;
      if (container === undefined) continue;
      if (Number(await redis(project, 'hget', `worker:${id}`, 'last')) >= 10) return { id, container };
    }
    return undefined;
  }, { what: 'a worker that has recorded something', withinMs: 60_000 });
}

const ALL_IS_WELL = { lost: 0, duplicated: 0, unexplained: 0, problems: [] };

test(
  'on a project: nothing is missed that is there, everything that is taken or put',
  { skip, timeout: 400_000 },
  async (t) => {
    const project = await createProject(t);
    await project.compose('up', '--detach', '--build', '--scale', 'worker=2');
    await eventually(async () => (await project.numbers()).coins! > 1, { what: 'coins', withinMs: 90_000 });
    const signal = AbortSignal.timeout(300_000);
    const open = (engine: Engine = defaultEngine()) =>
      openLedger({ engines: [engine], project: project.name, signal, settlesWithinMs: 0 });

    await t.test('undisturbed, by either way to the workers', async () => {
      // Of an engine that is named by a context it is not known where its containers are reached.
      const context = await docker('context', 'show');
      for (const engine of [defaultEngine(), { name: 'far', env: { DOCKER_CONTEXT: context }, address: undefined }]) {
        const ledger = open(engine);
        assert.deepEqual(await ledger.before(), { ...ALL_IS_WELL, indeterminate: 0 });
        await ledger.look();
        assert.deepEqual(await ledger.after(), { ...ALL_IS_WELL, indeterminate: 0 });
      }
    });

    const plants: [string, () => Promise<unknown>, (account: Account) => void][] = [
      [
        'a coin is taken out of the wallet',
        async () => {
          const [hash] = (await redis(project, 'hrandfield', 'wallet', '1')).split('\n');
          assert.equal(await redis(project, 'hdel', 'wallet', hash!), '1');
        },
        ({ lost, duplicated, unexplained, problems }) => {
          assert.ok(lost >= 1 && lost <= 2, `${lost}: it may show in the number of coins too`);
          assert.deepEqual([duplicated, unexplained], [0, 0]);
          assert.equal(problems[0], '1 coins were recorded, and are not in the wallet');
        },
      ],
      [
        'hashes are added that nobody has tried',
        () => redis(project, 'incrby', 'hashes', '3'),
        ({ lost, duplicated, unexplained }) => assert.deepEqual([lost, duplicated, unexplained], [0, 0, 3]),
      ],
      [
        'a worker has more recorded than it has tried',
        async () => redis(project, 'hincrby', `worker:${(await liveWorker(project)).id}`, 'hashes', '1'),
        // Unexplained where the machine is so busy that the worker could not be asked.
        ({ lost, duplicated, unexplained }) => assert.deepEqual([lost, duplicated + unexplained], [0, 1]),
      ],
      [
        'the store forgets that it has a batch, so that it is recorded once more',
        async () => {
          await redis(project, 'hincrby', `worker:${(await liveWorker(project)).id}`, 'last', '-1');
          await sleep(2000);
        },
        ({ duplicated, unexplained }) => assert.ok(duplicated + unexplained >= 1),
      ],
      [
        'a coin of somebody else comes into the wallet',
        () => redis(project, 'hset', 'wallet', foreignCoin().hash, foreignCoin().origin),
        ({ lost, duplicated, unexplained }) => assert.deepEqual([lost, duplicated, unexplained], [0, 0, 1]),
      ],
      [
        'something comes into the wallet that is no coin',
        () => redis(project, 'hset', 'wallet', '0'.repeat(64), 'made up'),
        ({ unexplained, problems }) => {
          assert.equal(unexplained, 2, 'foreign, and wrong');
          assert.match(problems.at(-1)!, /^coin "0{64}": it is not the sha256 of its origin$/);
        },
      ],
    ];
    for (const [what, plant, isFound] of plants) {
      await t.test(what, async () => {
        const ledger = open();
        await ledger.before();
        await plant();
        isFound(await ledger.after());
      });
    }

    await t.test('a worker is killed: what it was seen to have recorded is there', async () => {
      const ledger = open();
      await ledger.before();
      await ledger.look();
      await docker('kill', '--signal', 'KILL', (await project.containers('worker'))[0]!);
      const { indeterminate, ...account } = await ledger.after();
      assert.deepEqual(account, ALL_IS_WELL);
      assert.ok(indeterminate <= 1, 'it has one batch on its way at a time');
    });

    await t.test('a worker is killed, and the store loses what it had acknowledged', async () => {
      const ledger = open();
      await ledger.before();
      const { id, container } = await liveWorker(project);
      await docker('kill', '--signal', 'KILL', container);
      const last = Number(await redis(project, 'hget', `worker:${id}`, 'last'));
      await redis(project, 'hset', `worker:${id}`, 'last', '1');
      const { lost, problems } = await ledger.after();
      assert.ok(lost > 1 && lost <= last - 1, `${lost} of ${last}`);
      assert.match(problems[0]!, new RegExp(`^${id}: \\d+ batches were acknowledged, the store has 1$`));
    });

    await t.test('a store that is away is waited for; one that stays away is no account', async () => {
      await project.compose('up', '--detach', '--scale', 'worker=1');
      const ledger = open();
      await ledger.before();
      const [store] = await project.containers('redis');
      await docker('kill', '--signal', 'KILL', store!);
      const hopeless = openLedger({ engines: [defaultEngine()], project: project.name, signal, answersWithinMs: 0 });
      await assert.rejects(hopeless.before(), { message: new RegExp(`^Cannot read the store of ${project.name}: `) });
      const account = ledger.after();
      await sleep(1000);
      await docker('start', store!);
      assert.deepEqual({ ...await account, indeterminate: 0 }, { ...ALL_IS_WELL, indeterminate: 0 });
    });
  },
);
