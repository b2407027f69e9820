/**
 * The proof that nothing was lost: what workers had acknowledged is in the store. A worker that is killed takes its
 * metrics with it, so they are looked at all the time, and the last sight of each counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditReport } from '../../../src/store/audit.ts';
import { auditBeside, isWitness, noWitness } from '../../lib/audit-beside.ts';
import type { Container } from '../../lib/containers.ts';
import type { Engine } from '../../lib/engine.ts';
import { listMembers } from '../../lib/members.ts';
import type { Application } from '../application.ts';
import type { Account } from '../journal.ts';
import { createAskWorkers } from './ask-workers.ts';
import { judgeLedger, type Standing } from './judge-ledger.ts';
import { createSights } from './sights.ts';

export interface Ledger {
  /** How the store stands before anything is done to it. @throws Error when it cannot be read */
  readonly before: () => Promise<Account>;
  /** Sees what workers have had acknowledged; never fails. While another look goes on it is that one. */
  readonly look: () => Promise<void>;
  /**
   * What has become of it since. Waits until the store answers, and until workers have sent again what it came back
   * without, as long as there is something to be found.
   *
   * @throws Error when it cannot be read
   */
  readonly after: () => Promise<Account>;
}

export interface LedgerOptions extends Application {
  readonly signal: AbortSignal;
  /** How long the store is waited for. */
  readonly answersWithinMs?: number;
  /** How long what is missing may take to come. */
  readonly settlesWithinMs?: number;
}

const RETRY_MS = 2000;

/** An engine that hangs is not waited for longer. */
const LIST_WITHIN_MS = 10_000;

interface Place {
  readonly engine: Engine;
  readonly containers: readonly Container[];
}

export function openLedger(
  { engines, project, signal, answersWithinMs = 60_000, settlesWithinMs = 20_000 }: LedgerOptions,
): Ledger {
  const sights = createSights();
  const askers = new Map(engines.map((engine) => [engine, createAskWorkers(engine)]));
  let looking: Promise<readonly string[]> | undefined;
  let before: Standing | undefined;

  async function places(): Promise<Place[]> {
    const options = { stopped: false, withinMs: LIST_WITHIN_MS, signal };
    return await Promise.all(engines.map(async (engine): Promise<Place> => {
      return { engine, containers: await listMembers(project, engine, options).catch(() => []) };
    }));
  }

  /** Gives the ids of those who answered. */
  async function see(): Promise<readonly string[]> {
    const all = await places();
    const answers = await Promise.all(all.map(({ engine, containers }) => askers.get(engine)!(containers, signal)));
    for (const { container, metrics } of answers.flat()) sights.add(container, metrics);
    return answers.flat().flatMap(({ metrics }) => metrics.ids.map(({ id }) => id));
  }

  function look(): Promise<readonly string[]> {
    looking ??= see().finally(() => looking = undefined);
    return looking;
  }

  /** One that begins now. */
  async function freshLook(): Promise<readonly string[]> {
    await looking?.catch(() => {});
    return await look();
  }

  async function readStore(): Promise<AuditReport> {
    const deadline = performance.now() + answersWithinMs;
    for (let attempt = 0;; attempt++) {
      const witnesses = (await places()).flatMap(({ engine, containers }) =>
        containers.filter(isWitness).map((container) => ({ engine, container }))
      );
      // Each in its turn: one of them may be where the store cannot be reached.
      const witness = witnesses[attempt % Math.max(1, witnesses.length)];
      const read = witness ? await readBeside(witness.container, witness.engine) : noWitness(project);
      if (!(read instanceof Error)) return read;
      if (performance.now() > deadline) throw read;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }

  async function readBeside(container: Container, engine: Engine): Promise<AuditReport | Error> {
    const { code, stdout, stderr } = await auditBeside(container, { switches: ['--json'], engine, signal });
    if (!stdout.startsWith('{')) {
      return new Error(`Cannot read the store of ${project}: ${stderr.trim() || `the audit ended with ${code}`}`);
    }
    const report = JSON.parse(stdout) as AuditReport;
    if (Array.isArray(report.ledger.workers)) return report;
    throw new Error(
      `The image of ${container.name} is too old: its audit does not tell of single workers. Build it anew`,
    );
  }

  async function judge() {
    await freshLook();
    const earlier = sights.all();
    const report = await readStore();
    const answered = new Set(await freshLook());
    const later = new Map([...sights.all()].filter(([id]) => answered.has(id)));
    return judgeLedger({ report, earlier, later, lostBatches: sights.lostBatches(), before });
  }

  return {
    before: async () => {
      const { account, standing } = await judge();
      before = standing;
      return account;
    },
    look: async () => void await look().catch(() => {}),
    after: async () => {
      const from = performance.now();
      for (;;) {
        const { account } = await judge();
        const { lost, duplicated, unexplained } = account;
        if (lost + duplicated + unexplained === 0 || performance.now() - from > settlesWithinMs) return account;
        await sleep(RETRY_MS, undefined, { signal });
      }
    },
  };
}
