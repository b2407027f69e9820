/**
 * What swarm.mjs costs, and what it brings, beside docker by hand over ssh: from bare engines to coins, from one worker to ten, the
 * gap of an update, and the gap that a machine leaves. On three machines of the lab; needs a Docker engine.
 */
import { type BenchOptions, inTurns, median, medianRatio, seconds } from './lib/figure.ts';
import { benchDeath, benchUpdate } from './lib/swarm-gaps.ts';
import { isAbout, STACK_FILE, startSwarmRoom, type SwarmRoom } from './lib/swarm-room.ts';

type Options = Pick<BenchOptions, 'isQuick' | 'report' | 'say'>;

export async function benchSwarm(options: BenchOptions): Promise<void> {
  options.say('two images, and three machines of the lab …');
  const room = await startSwarmRoom(options.scope);
  const endpoint = await benchStart(room, options);
  await benchScale(room, options);
  await benchUpdate(room, endpoint, options);
  await benchDeath(room, endpoint, options);
}

interface Start {
  /** Seconds until the nodes are in the Swarm, as whoever makes it is told. */
  readonly formed: number;
  readonly hash: number;
  readonly coin: number;
}

const STEPS: Readonly<Record<keyof Start, string>> = {
  formed: 'a Swarm of three',
  hash: 'the first hash',
  coin: 'the first coin',
};

/** Gives how services are found on these machines; the stack runs then, with one worker. */
async function benchStart(room: SwarmRoom, { isQuick, report, say }: Options): Promise<string> {
  const rounds = isQuick ? 1 : 3;
  say(`from three bare engines to the first hash and coin, ${rounds} times by swarm.mjs and by hand …`);
  report({ name: 'certs, once', unit: 's', value: await seconds(() => room.swarm('certs')) });
  let endpoint = '';
  const form = async (): Promise<void> => {
    await room.swarm('init', '--managers', '1');
    await room.swarm('join');
  };
  const measure = async (form: () => Promise<void>, deploy: () => Promise<unknown>): Promise<Start> => {
    // Bare: without a Swarm, or anything that was in it; images stay.
    await room.swarm('leave', '--yes', '--keep-certs');
    const from = performance.now();
    const elapsed = (): number => (performance.now() - from) / 1000;
    const mined = (async () => {
      await room.until('a hash', ({ hashes }) => hashes !== null && hashes > 0);
      const hash = elapsed();
      await room.until('a coin', ({ coins }) => coins !== null && coins > 0);
      return { hash, coin: elapsed() };
    })();
    const made = (async () => {
      await form();
      const formed = elapsed();
      await deploy();
      return { formed };
    })();
    const [one, other] = await Promise.all([made, mined]);
    return { ...one, ...other };
  };
  const known = () => measure(form, () => room.swarm('deploy', '-f', STACK_FILE, '--endpoint', endpoint));
  const times: Record<string, Start[]> = await inTurns({
    ours: () =>
      measure(form, async () => {
        const text = await room.swarm('deploy', '-f', STACK_FILE);
        endpoint = /^c1: services are found by .*\((vip|dnsrr)\)/m.exec(text)![1]!;
      }),
    // Without the trial whether the kernel balances.
    ...(isQuick ? {} : { 'ours, --endpoint given': known }),
    'by hand': async () => {
      const file = await room.stack(endpoint);
      return await measure(() => formByHand(room), () => room.deployByHand(file));
    },
  }, rounds);
  const { 'by hand': theirs, ...own } = times;
  for (const [what, name] of Object.entries(STEPS) as [keyof Start, string][]) {
    const of = (list: readonly Start[]): number[] => list.map((one) => one[what]);
    for (const [who, list] of Object.entries(own)) {
      report({
        name: `bare engines to ${name}${who.replace('ours', '')}`,
        unit: 's',
        value: median(of(list)),
        ratio: { 'by hand': medianRatio(of(list), of(theirs!)) },
      });
    }
  }
  return endpoint;
}

/** As a shell script does it that somebody has written for these three machines, with the label that our stack asks for. */
async function formByHand({ ssh, manager, machines }: SwarmRoom): Promise<void> {
  const label = `docker node update --label-add coinroom.data=true "$(docker info --format '{{.Swarm.NodeID}}')"`;
  const token = await ssh(
    manager,
    `docker swarm init --advertise-addr ${manager.address} >/dev/null && ${label} >/dev/null && docker swarm join-token --quiet worker`,
  );
  for (const machine of machines.slice(1)) {
    await ssh(machine, `docker swarm join --token ${token} ${manager.address}:2377`);
  }
}

async function benchScale(room: SwarmRoom, { isQuick, report, say }: Options): Promise<void> {
  const rounds = isQuick ? 1 : 3;
  say(`from one worker to ten, ${rounds} times by swarm.mjs and by hand …`);
  const measure = async (scale: () => Promise<unknown>): Promise<{ counted: number; plateau: number }> => {
    await room.ssh(room.manager, 'docker service scale --detach coinroom_worker=1');
    await room.until('one worker', (numbers) => numbers.workers.length === 1 && isAbout(10 / 3)(numbers));
    const from = performance.now();
    const elapsed = (): number => (performance.now() - from) / 1000;
    const seen = (async () => {
      await room.until('ten workers', ({ workers }) => workers.length === 10);
      const counted = elapsed();
      await room.until('the plateau', isAbout(10));
      return { counted, plateau: elapsed() };
    })();
    const [result] = await Promise.all([seen, scale()]);
    return result;
  };
  const times = await inTurns({
    ours: () => measure(() => room.swarm('scale', 'worker=10')),
    theirs: () => measure(() => room.ssh(room.manager, 'docker service scale coinroom_worker=10')),
  }, rounds);
  for (const [name, what] of [['ten workers counted', 'counted'], ['ten hashes a second', 'plateau']] as const) {
    const of = (list: typeof times.ours): number[] => list.map((one) => one[what]);
    report({
      name: `one worker to ${name}`,
      unit: 's',
      value: median(of(times.ours)),
      ratio: { 'by hand': medianRatio(of(times.ours), of(times.theirs)) },
    });
  }
}
