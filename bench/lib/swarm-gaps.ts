/** How long nothing is mined on a Swarm: while workers are replaced, and after a machine has died. */
import { output } from '../../testkit/docker.ts';
import { eventually } from '../../testkit/eventually.ts';
import type { LabMachine } from '../../testkit/lab.ts';
import { type BenchOptions, inTurns, median, medianRatio, seconds } from './figure.ts';
import { miningGap } from './mining-gap.ts';
import { isAbout, type Services, type SwarmRoom } from './swarm-room.ts';

type Options = Pick<BenchOptions, 'isQuick' | 'report' | 'say'>;

export async function benchUpdate(room: SwarmRoom, endpoint: string, { isQuick, report, say }: Options): Promise<void> {
  // With one, nobody else mines while it is replaced.
  for (const count of isQuick ? [1] : [1, 10]) {
    const rounds = isQuick || count > 1 ? 1 : 3;
    say(`an update of ${countOf(count)}, ${rounds} times as swarm.mjs deploys them and by Docker's defaults …`);
    // What runs now, and what comes next; changing how it is to be updated begins no task again.
    let at = 0;
    const measure = async (
      change: (services: Services) => void,
      update: (image: string) => Promise<unknown>,
    ): Promise<{ gap: number; took: number }> => {
      const [now, next] = [at % 2, (at + 1) % 2];
      at++;
      await room.deployByHand(
        await room.stack(endpoint, (services) => {
          services.worker!.image = room.images[now]!;
          services.worker!.deploy.replicas = count;
          change(services);
        }),
      );
      const are = (version: number) => ({ workers }: { workers: readonly { version: string }[] }): boolean =>
        workers.length === count && workers.every((one) => one.version === String(version + 1));
      const wanted = Math.min(10, count * 10 / 3);
      await room.until(`${count} workers`, (numbers) => are(now)(numbers) && isAbout(wanted)(numbers));
      let took = 0;
      const gap = await miningGap(room.numbers, async () => {
        took = await seconds(() =>
          Promise.all([update(room.images[next]!), room.until('the new version', are(next), 600_000)])
        );
      });
      return { gap, took };
    };
    const results = await inTurns({
      ours: () => measure(() => {}, (image) => room.swarm('update', 'worker', '--image', image)),
      theirs: () =>
        measure(
          ({ worker }) => {
            delete worker!.deploy.update_config;
            delete worker!.deploy.rollback_config;
          },
          (image) =>
            room.ssh(room.manager, `docker service update --no-resolve-image --image ${image} coinroom_worker`),
        ),
    }, rounds);
    for (const [name, what] of [['longest time without mining', 'gap'], ['time', 'took']] as const) {
      const of = (list: typeof results.ours): number[] => list.map((one) => one[what]);
      report({
        name: `update of ${countOf(count)}, ${name}`,
        unit: 's',
        value: median(of(results.ours)),
        ratio: { "Docker's defaults": medianRatio(of(results.ours), of(results.theirs)) },
      });
    }
  }
}

function countOf(workers: number): string {
  return workers === 1 ? 'one worker' : `${workers} workers`;
}

/** What the machine has that is killed, and how many rngs there are. */
const DEATHS = [['only workers', 1], ['the only rng', 1], ['one of two rngs', 2]] as const;

type Death = (typeof DEATHS)[number][0];

/** By hand it would be the same engine: what our part is in this is only the client that finds another rng. */
export async function benchDeath(room: SwarmRoom, endpoint: string, { isQuick, report, say }: Options): Promise<void> {
  const { ssh, manager } = room;
  const constrain = (service: Services[string], where: string): void => {
    service.deploy.placement = { constraints: [`node.role == ${where}`] };
  };
  await room.deployByHand(
    await room.stack(endpoint, (services) => {
      for (const name of ['hasher', 'webui']) constrain(services[name]!, 'manager');
      constrain(services.rng!, 'worker');
    }),
  );
  for (const heartbeat of isQuick ? [1] : [5, 1]) {
    await ssh(manager, `docker swarm update --dispatcher-heartbeat ${heartbeat}s`);
    for (const [name, rngs] of isQuick ? DEATHS.slice(1, 2) : DEATHS) {
      say(`a machine with ${name} is killed, heartbeats every ${heartbeat} s …`);
      await spread(room, rngs);
      const victim = await findVictim(room, name);
      const others = room.machines.filter((machine) => machine !== victim);
      let replaced = 0;
      const gap = await miningGap(room.numbers, async () => {
        await output(['docker', 'kill', victim.container]);
        replaced = await seconds(() =>
          eventually(async () => await countTasks(room, 'worker', others) === 10, {
            ...{ what: 'ten workers on two machines', withinMs: 180_000, everyMs: 200 },
          })
        );
        await room.until('mining', isAbout(10 * rngs));
      });
      const suffix = `, heartbeat ${heartbeat} s`;
      report({ name: `machine with ${name} killed, no mining${suffix}`, unit: 's', value: gap });
      report({ name: `the same, until ten workers run${suffix}`, unit: 's', value: replaced });
      await output(['docker', 'start', victim.container]);
      await eventually(async () => await ssh(manager, `docker node ls --format '{{.Status}}'`) === THREE_READY, {
        ...{ what: 'three nodes', withinMs: 120_000, everyMs: 500 },
      });
    }
  }
}

const THREE_READY = 'Ready\nReady\nReady';

/** Ten workers, and so many rngs, on all machines that may have them: after a death they are where they were put in need. */
async function spread(room: SwarmRoom, rngs: number): Promise<void> {
  const scale = (workers: number, rngs: number): Promise<string> =>
    room.ssh(room.manager, `docker service scale --detach coinroom_worker=${workers} coinroom_rng=${rngs}`);
  const untilRunning = async (workers: number, rngs: number): Promise<void> => {
    for (const [service, count] of [['worker', workers], ['rng', rngs]] as const) {
      await eventually(async () => await countTasks(room, service, room.machines) === count, {
        ...{ what: `${count} tasks of ${service}`, withinMs: 120_000, everyMs: 500 },
      });
    }
  };
  await scale(0, 0);
  await untilRunning(0, 0);
  await scale(10, rngs);
  await untilRunning(10, rngs);
  await room.until('ten workers', (numbers) => numbers.workers.length === 10 && isAbout(10 * rngs)(numbers));
}

/** How many tasks of a service run on some machines, as the manager knows it. */
async function countTasks(
  { ssh, manager }: SwarmRoom,
  service: string,
  machines: readonly LabMachine[],
): Promise<number> {
  const format = '{{.Node}} {{.CurrentState}}';
  const lines = await ssh(
    manager,
    `docker service ps --format '${format}' --filter desired-state=running coinroom_${service}`,
  );
  return lines.split('\n').filter((line) => machines.some(({ name }) => line.startsWith(`${name} Running`))).length;
}

/** Neither Redis, hasher nor the page is there: these are on the manager. */
async function findVictim(room: SwarmRoom, what: Death): Promise<LabMachine> {
  for (const machine of room.machines.slice(1)) {
    if ((await countTasks(room, 'rng', [machine]) > 0) === (what !== 'only workers')) return machine;
  }
  throw new Error(`Cannot kill a machine with ${what}: there is none`);
}
