/** Looks whether all is well: once a second, whatever the number of parts, with one request to the webui. */
import { UsageError } from '../../lib/command-line.ts';
import { run } from '../../lib/process.ts';
import type { Check } from '../journal.ts';
import { type Course, createCourse } from './course.ts';
import { type PageNumbers, readPage } from './page-numbers.ts';
import { holds, type Part } from './parse-hypothesis.ts';

export interface Sight {
  /** Whether all parts hold. */
  readonly ok: boolean;
  /** Hashes a second over the last 10 s; null while nobody knows. */
  readonly speed: number | null;
  readonly checks: Check[];
}

export interface Hypothesis {
  /**
   * Never fails: what cannot be found out does not hold, and its check says why. What takes two looks to be known
   * (`coins grow`) does not hold at the first.
   */
  readonly look: () => Promise<Sight>;
}

export interface HypothesisOptions {
  /** Where the page is; it is looked at for its speed even when no part asks for it. */
  readonly webuiUrl: string | undefined;
  readonly signal: AbortSignal;
  /** ms on a clock that never goes back. */
  readonly now?: () => number;
}

/** With 3 hashes a second, of which each sixteenth is a coin, one comes each 5 s or so, and may be late. */
const GROWS_WITHIN_MS = 15_000;

/** Reports are kept for 10 s, and read once a second. */
const REPORTED_WITHIN_SECONDS = 11;

const COMMAND_WITHIN_MS = 10_000;

/** @throws UsageError when a part asks for a page and nobody has said where it is */
export function openHypothesis(
  parts: readonly Part[],
  { webuiUrl, signal, now = () => performance.now() }: HypothesisOptions,
): Hypothesis {
  const asking = parts.find(({ kind }) => kind !== 'command');
  if (asking && webuiUrl === undefined) {
    throw new UsageError(`The hypothesis ${JSON.stringify(asking.name)} needs a webui to be asked, and there is none`);
  }
  const course = createCourse();
  return {
    look: async () => {
      const seen = webuiUrl === undefined ? undefined : await see(webuiUrl, signal);
      const ms = now();
      if (seen?.page) course.add(seen.page, ms);
      const checks = await Promise.all(parts.map(async (part): Promise<Check> => {
        const { name } = part;
        if (part.kind === 'command') return { name, ...await runCommand(part.command, signal) };
        return seen?.page ? { name, ...judge(part, { ...seen, ms, course }) } : { name, ok: false, found: seen!.why };
      }));
      return { ok: checks.every(({ ok }) => ok), speed: seen?.page?.speed ?? null, checks };
    },
  };
}

type Finding = Omit<Check, 'name'>;

type Seen = { readonly page: PageNumbers; readonly tookMs: number } | { readonly page?: never; readonly why: string };

async function see(url: string, signal: AbortSignal): Promise<Seen> {
  const from = performance.now();
  return await readPage(url, signal).then(
    (page) => ({ page, tookMs: Math.round(performance.now() - from) }),
    (error: Error) => ({ why: error.message }),
  );
}

interface Evidence {
  readonly page: PageNumbers;
  readonly tookMs: number;
  readonly ms: number;
  readonly course: Course;
}

function judge(part: Exclude<Part, { kind: 'command' }>, { page, tookMs, ms, course }: Evidence): Finding {
  switch (part.kind) {
    case 'webui answers':
      return { ok: true, found: `an answer in ${tookMs} ms` };
    case 'speed':
      if (page.speed === null) return { ok: false, found: 'nobody knows' };
      return { ok: holds(page.speed, part), found: page.speed.toFixed(2) };
    case 'workers': {
      const { length } = page.workers.filter(({ lastSeen }) => page.now - lastSeen <= REPORTED_WITHIN_SECONDS);
      return { ok: holds(length, part), found: String(length) };
    }
    case 'errors': {
      if (page.workers.length === 0) return { ok: false, found: 'no worker reports' };
      const { failed, answered } = course.requests(ms);
      const share = failed === 0 ? 0 : failed / (failed + answered);
      return { ok: holds(share, part), found: `${(share * 100).toFixed(1)}%` };
    }
    case 'coins grow': {
      const growth = course.growth();
      if (!growth) return { ok: false, found: 'not seen to grow yet' };
      const seconds = Math.round((ms - growth.ms) / 1000);
      if (ms - growth.ms > GROWS_WITHIN_MS) return { ok: false, found: `nothing for ${seconds} s` };
      return { ok: true, found: `coins +${growth.coins}, hashes +${growth.hashes}, ${seconds} s ago` };
    }
  }
}

async function runCommand(command: string, signal: AbortSignal): Promise<Finding> {
  try {
    const { code, stdout, stderr } = await run(['sh', '-c', command], { withinMs: COMMAND_WITHIN_MS, signal });
    const said = (stdout.trim() || stderr.trim()).split('\n').at(-1)!;
    return { ok: code === 0, found: said === '' ? `it ended with ${code}` : said };
  } catch (error) {
    return { ok: false, found: (error as Error).message };
  }
}
