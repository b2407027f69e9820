/** `run`: shows the plan, and, armed, carries it out between two ledgers, with a journal and a report. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Call, print, UsageError, verb } from '../../lib/command-line.ts';
import { isWitness } from '../../lib/audit-beside.ts';
import { listMembersOf } from '../../lib/members.ts';
import { parseTime } from '../../lib/parse-time.ts';
import { createProgress } from '../../lib/progress.ts';
import type { Application } from '../application.ts';
import { CHAOS_EXIT, endingWithNobody } from '../exit.ts';
import { planFlags } from '../flags.ts';
import { openHypothesis } from '../hypothesis/open-hypothesis.ts';
import { parseHypothesis } from '../hypothesis/parse-hypothesis.ts';
import { type Account, CHAOS_FOLDER, type Journal, openJournal, readJournal } from '../journal.ts';
import { type Ledger, openLedger } from '../ledger/open-ledger.ts';
import { tellPlan } from '../plan/show.ts';
import { prepare, type Prepared, sitesOfTargets } from '../prepare.ts';
import { writeReports } from '../report/report.ts';
import { inventoryOf } from '../targets/target.ts';
import { createAnnotator, findWebui } from '../webui.ts';
import { untilHolds } from './before.ts';
import type { End } from './halt.ts';
import { takeLock } from './lock.ts';
import { perform } from './perform.ts';
import { parseWindow } from './window.ts';

export const runFlags = {
  ...planFlags,
  armed: { type: 'boolean' },
  hypothesis: { type: 'string', multiple: true },
  grace: { type: 'string', default: '30s' },
  webui: { type: 'string' },
  between: { type: 'string' },
  journal: { type: 'string' },
  replay: { type: 'string' },
  'no-ledger': { type: 'boolean' },
} as const;

const DRY_RUN = 'This was a dry run: nothing has been touched. With --armed it is done';

type RunCall = Call<typeof runFlags>;

export const runVerb = verb(runFlags, (call) => endingWithNobody(() => runPlan(call)));

async function runPlan(call: RunCall): Promise<number> {
  const prepared = await prepareOrReplay(call);
  try {
    return await runPrepared(call, prepared);
  } finally {
    await prepared.place.close();
  }
}

async function runPrepared(call: RunCall, prepared: Prepared): Promise<number> {
  const { values, positionals, signal } = call;
  const { plan } = prepared;
  const application = plan.length === 0 ? undefined : await prepared.place.application(prepared.targets);
  if (!values.armed || plan.length === 0) return tellPlan(values, prepared, DRY_RUN);
  if (values.journal !== undefined && existsSync(values.journal)) {
    throw new UsageError(`--journal must be a file that is not there yet; got ${values.journal}`);
  }
  const graceMs = parseTime('--grace', values.grace);
  const window = values.between === undefined ? undefined : parseWindow('--between', values.between);
  const { project } = prepared.place;
  const webuiUrl = values.webui ?? (application && await findWebui(application));
  const texts = values.hypothesis ?? (webuiUrl === undefined ? [] : ['webui answers', 'coins grow']);
  const hypothesis = openHypothesis(parseHypothesis(texts), { webuiUrl, signal });
  const run = randomBytes(3).toString('hex');
  const progress = createProgress();
  const lock = await takeLock(sitesOfTargets(prepared), { run, project, signal });
  try {
    const from = performance.now();
    const tell = (line: string): void => progress.done(`${((performance.now() - from) / 1000).toFixed(1)} s  ${line}`);
    await untilHolds(hypothesis, { graceMs, signal, now: progress.now });
    const hasLedger = application && !values['no-ledger'] && await hasStore(application);
    const ledger = hasLedger ? openLedger({ ...application, signal }) : undefined;
    const journal = startJournal(call, prepared, { run, texts });
    const tools = { journal, tell };
    const annotate = createAnnotator(webuiUrl);
    let end: End;
    try {
      if (ledger) await account(ledger, 'before', tools);
      end = await perform(prepared, {
        ...{ ...tools, run, plan, selectors: positionals, hypothesis, ledger, lock, graceMs, window, annotate, signal },
        now: progress.now,
      });
    } catch (error) {
      journal.write({ kind: 'end', outcome: 'interrupted', why: (error as Error).message });
      throw error;
    }
    // Whoever is in a hurry does not wait for it.
    const bad = ledger && !signal.aborted ? await account(ledger, 'after', tools) : undefined;
    if (end.outcome === 'held' && bad !== undefined) end = { outcome: 'deviated', why: bad };
    journal.write({ kind: 'end', ...end });
    return finish(call, journal, end);
  } finally {
    await lock.release();
  }
}

async function prepareOrReplay({ values, positionals, signal }: RunCall): Promise<Prepared> {
  if (values.replay === undefined) return await prepare(values, positionals, signal);
  const [begin] = readJournal(values.replay);
  if (begin?.kind !== 'begin') throw new UsageError(`${values.replay} has no plan`);
  const faults = [...new Set(begin.plan.map(({ fault }) => fault))].join(',');
  const prepared = await prepare({ ...values, faults, seed: String(begin.seed) }, positionals, signal);
  const missing = begin.plan.flatMap(({ victims }) => victims)
    .find((victim) => !prepared.targets.some(({ name }) => name === victim));
  if (missing !== undefined) {
    throw new UsageError(`The plan of ${values.replay} has ${missing}, which is not there now`);
  }
  return { ...prepared, plan: begin.plan };
}

function startJournal(
  { values }: RunCall,
  { options, targets, plan }: Prepared,
  { run, texts }: { readonly run: string; readonly texts: readonly string[] },
): Journal {
  const file = values.journal ?? join(CHAOS_FOLDER, `${run}.ndjson`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const journal = openJournal(file);
  journal.write({
    ...{ kind: 'begin', run, seed: options.seed, args: process.argv.slice(2), hypothesis: texts, plan },
    inventory: inventoryOf(targets),
  });
  return journal;
}

/** Whether somebody there knows of a store of ours. */
async function hasStore({ engines, project }: Application): Promise<boolean> {
  const members = await listMembersOf(project, engines, { stopped: false });
  return members.some(({ container }) => isWitness(container));
}

interface AccountOptions {
  readonly journal: Journal;
  readonly tell: (line: string) => void;
}

/** Gives what is wrong with it. */
async function account(
  ledger: Ledger,
  phase: 'before' | 'after',
  { journal, tell }: AccountOptions,
): Promise<string | undefined> {
  let found: Account;
  try {
    found = await ledger[phase]();
  } catch (error) {
    if (phase === 'before') throw error;
    const why = `the ledger cannot be made: ${(error as Error).message}`;
    tell(why);
    return why;
  }
  journal.write({ kind: 'ledger', phase, ...found });
  const { lost, duplicated, unexplained, indeterminate, problems } = found;
  const words = `${lost} lost, ${duplicated} duplicated, ${unexplained} unexplained, ${indeterminate} indeterminate`;
  tell(`Ledger ${phase}: ${words}`);
  for (const problem of problems) tell(`  ${problem}`);
  if (phase === 'before' && problems.length > 0) {
    tell('  That is older than this run: afterwards only what is new counts');
  }
  return phase === 'after' && lost + duplicated + unexplained > 0 ? `the ledger: ${words}` : undefined;
}

function finish({ values }: RunCall, { file }: Journal, end: End): number {
  const [, report] = writeReports(readJournal(file), file.replace(/\.ndjson$/, ''), { journal: file });
  const words = end.outcome === 'held' ? 'The hypothesis has held' : `Ended: ${end.outcome}: ${end.why}`;
  print(values, { ...end, journal: file, report }, `${words}\nJournal: ${file}\nReport:  ${report}`);
  return CHAOS_EXIT[end.outcome];
}
