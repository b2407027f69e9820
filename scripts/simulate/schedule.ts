/** One story: some workers, one store, and the faults that a seed has drawn, until all is calm; then the check. */
import { judge } from '../../src/store/rules.ts';
import { silentLog } from '../../src/service/log.ts';
import { createUpstreamRecord } from '../../src/upstream/record.ts';
import { runHeartbeat } from '../../src/worker/heartbeat.ts';
import { createJournal, type JournalOptions } from '../../src/worker/journal.ts';
import { createRecorder, type Recorder } from '../../src/worker/recorder.ts';
import { check, type Life, type Verdict } from './check.ts';
import { createModelStore, type ModelStore, ON_DISK_AFTER_MS } from './model-store.ts';
import { CALM, createNetwork, type Network } from './network.ts';
import { createWorld, type World } from './world.ts';

/** Parts that can be replaced, to see whether the check notices. */
export interface Parts {
  readonly judge?: typeof judge;
  readonly journal?: Partial<JournalOptions>;
  readonly newId?: (host: string, chance: number) => string;
}

export interface ScheduleOptions {
  readonly parts?: Parts;
  readonly keepsStory?: boolean;
}

export interface Result extends Verdict {
  readonly seed: number;
  readonly story: readonly string[];
}

/**
 * Faults come within this time, ms. Then the network and the store are well, the last late messages arrive, and every
 * worker mines on for a while: a store that has gone back is noticed by the next batch, not before.
 */
const STORM_MS = 15_000;
const MINES_ON_MS = 22_000;
const CALM_MS = 30_000;
const LATEST_MS = 20_000;

export async function runSchedule(
  seed: number,
  { parts = {}, keepsStory = false }: ScheduleOptions = {},
): Promise<Result> {
  const world = createWorld(seed, { keepsStory });
  const store = createModelStore(world, parts.judge ?? judge);
  const network = createNetwork(world, store, { tellsDurable: world.chance(0.4) });
  const rollbacks: { at: number; lostMs: number }[] = [];
  const hosts = Array.from(
    { length: world.chance(0.5) ? 1 : 2 },
    (_, at) => createHost(world, network, { name: `host${at}`, parts }),
  );
  planStore(world, store, rollbacks);
  planWeather(world, network);
  for (const host of hosts) host.live();
  await world.runUntil(STORM_MS);
  network.setWeather(CALM);
  store.resume();
  for (const host of hosts) host.calmDown();
  world.after(MINES_ON_MS, () => hosts.forEach((host) => host.finish()));
  await world.runUntil(STORM_MS + CALM_MS);
  const verdict = check({
    lives: hosts.flatMap(({ lives }) => lives),
    store,
    rollbacks,
    onDiskAfterMs: ON_DISK_AFTER_MS,
  });
  return { seed, story: world.story, ...verdict };
}

interface Host {
  readonly lives: readonly Life[];
  readonly live: () => void;
  /** It mines slowly from now on. */
  readonly calmDown: () => void;
  /** The last life stops in an orderly way and sends all that is left. */
  readonly finish: () => void;
}

function createHost(world: World, network: Network, { name, parts }: { name: string; parts: Parts }): Host {
  const lives: Life[] = [];
  let pace = world.between(100, 900);
  let end = new AbortController();
  let stop = new AbortController();
  let cut = (): void => {};

  function live(): void {
    end = new AbortController();
    stop = new AbortController();
    const connection = network.connect();
    cut = connection.cut;
    const newId = (): string => {
      const chance = Math.floor(world.random() * 1e6);
      return parts.newId?.(name, chance) ?? `${name}-${chance}`;
    };
    const { clock, random } = world;
    const recorder = createRecorder({
      store: connection.store,
      seen: createUpstreamRecord('store', silentLog, { now: clock.now, wallClock: clock.now }),
      unitsPerBatch: 1,
      deadline: end.signal,
      journal: createJournal({ newId, ...parts.journal }),
      clock,
      random,
    });
    const one: Life = {
      name: `${name}.${lives.length}`,
      produced: [],
      acknowledged: new Set(),
      recorder,
      endedAt: undefined,
    };
    lives.push(one);
    world.tell(() => `${one.name}: begins as ${recorder.id()}`);
    void runHeartbeat({ store: connection.store, recorder, report: () => '{}', signal: end.signal, clock });
    const loops = world.chance(0.7) ? 1 : 3;
    for (let loop = 0; loop < loops; loop++) void mine(one, recorder, { loop, stop: stop.signal });
    planLife(one);
  }

  async function mine(
    one: Life,
    recorder: Recorder,
    { loop, stop }: { loop: number; stop: AbortSignal },
  ): Promise<void> {
    let recorded = Promise.resolve();
    for (let n = 1; !stop.aborted; n++) {
      const coin = `${one.name}/${loop}/${n}`;
      one.produced.push(coin);
      const entry = { hashes: 1, coins: [{ hash: coin.padEnd(64), origin: new Uint8Array(0) }] };
      await recorded;
      if (stop.aborted) return void one.produced.splice(one.produced.indexOf(coin), 1);
      recorded = recorder.add(entry).then(() => {
        if (one.endedAt === undefined) one.acknowledged.add(coin);
      });
      await world.clock.sleep(world.between(0.5, 1.5) * pace, stop);
    }
  }

  /** What will happen to a life: cuts, and perhaps its end, by force, after which another begins. */
  function planLife(one: Life): void {
    for (let n = world.between(0, 3); n > 0; n--) {
      world.after(world.between(0, STORM_MS), () => {
        if (one.endedAt !== undefined) return;
        world.tell(() => `${one.name}: its connection is cut`);
        cut();
      });
    }
    if (!world.chance(0.4)) return;
    world.after(world.between(1000, STORM_MS), () => {
      if (one.endedAt !== undefined || world.clock.now() >= STORM_MS - 1) return;
      world.tell(() => `${one.name}: killed`);
      one.endedAt = world.clock.now();
      stop.abort();
      end.abort(new Error('killed'));
      cut();
      world.after(world.between(10, 2000), () => {
        if (world.clock.now() < STORM_MS) live();
      });
    });
  }

  return { lives, live, calmDown: () => void (pace = 3000), finish: () => stop.abort() };
}

/** Crashes with and without loss, and stalls. */
function planStore(world: World, store: ModelStore, rollbacks: { at: number; lostMs: number }[]): void {
  const kinds = [0, world.between(0, ON_DISK_AFTER_MS), world.between(0, STORM_MS), Infinity];
  // A story in which only power cuts happen proves that nothing acknowledged is lost by them.
  const onlyPowerCuts = world.chance(0.6);
  for (let n = Math.floor(world.between(0, 4)); n > 0; n--) {
    world.after(world.between(500, STORM_MS - 3000), () => {
      const lostMs = onlyPowerCuts
        ? world.between(0, ON_DISK_AFTER_MS)
        : kinds[Math.floor(world.random() * kinds.length)]!;
      if (!store.isUp()) return;
      world.tell(() => 'store: dies');
      store.crash();
      world.after(world.between(5, 2500), () => {
        rollbacks.push({ at: world.clock.now(), lostMs });
        store.restart(lostMs);
      });
    });
  }
  for (let n = Math.floor(world.between(0, 3)); n > 0; n--) {
    world.after(world.between(500, STORM_MS - 3000), () => {
      world.tell(() => 'store: stalls');
      store.stall();
      world.after(world.between(100, 4000), () => {
        world.tell(() => 'store: goes on');
        store.resume();
      });
    });
  }
}

function planWeather(world: World, network: Network): void {
  for (let n = Math.floor(world.between(0, 4)); n > 0; n--) {
    world.after(world.between(0, STORM_MS), () => {
      network.setWeather({
        loss: world.chance(0.5) ? world.between(0, 0.3) : 0,
        doubles: world.chance(0.5) ? world.between(0, 0.5) : 0,
        late: world.chance(0.6) ? world.between(0, 0.5) : 0,
        latestMs: world.between(50, LATEST_MS),
      });
    });
  }
}
