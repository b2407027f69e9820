/** `pull --hosts`: the same images on every machine of a list, and the proof that they are the same. */
import { shWord } from '../lib/sh-word.ts';
import { EXIT, parseCount } from '../lib/command-line.ts';
import { createConnections, type SshOptions } from '../lib/fan-out/connections.ts';
import { fanOut, type Result } from '../lib/fan-out/fan-out.ts';
import { summarize, wasReached } from '../lib/fan-out/report.ts';
import type { Host } from '../lib/hosts.ts';
import type { Progress } from '../lib/progress.ts';
import { isByDigest } from './pull.ts';

const PULL_WITHIN_MS = 30 * 60_000;

/** More than this asks too much of a small registry, and of a home router. */
const MOST_AT_ONCE = 100;

export interface HostsOptions extends SshOptions {
  readonly atOnce: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface HostResult {
  readonly host: string;
  readonly result: 'ok' | 'failed' | 'unreachable';
  /** What went wrong; the ids of the images where nothing did. */
  readonly detail: string;
}

/** Pulls the images on every host; those that failed come first. */
export async function pullOnHosts(
  images: readonly string[],
  hosts: readonly Host[],
  { atOnce, signal, progress, ...ssh }: HostsOptions,
): Promise<HostResult[]> {
  const script = images.map(pullScript).join('\n');
  const ended: Result[] = [];
  const connections = createConnections(ssh);
  try {
    const results = await fanOut(hosts.map((host) => ({ host, name: host.address })), {
      ...{ connections, script: () => script, withinMs: PULL_WITHIN_MS, signal },
      atOnce: parseCount('--at-once', atOnce, { least: 1, most: MOST_AT_ONCE }),
      onEnd: (result) => {
        ended.push(result);
        progress.now(`${summarize(ended)}, ${hosts.length - ended.length} to go`);
      },
    });
    signal.throwIfAborted();
    return withTheOddOnes(results.map(asHostResult)).sort((a, b) =>
      Number(a.result === 'ok') - Number(b.result === 'ok')
    );
  } finally {
    await connections.close(hosts);
  }
}

function asHostResult({ target: { name: host }, end, detail, stdout }: Result): HostResult {
  if (!wasReached(end)) return { host, result: 'unreachable', detail: `Cannot reach ${host}: ${detail}` };
  if (end !== 'done') return { host, result: 'failed', detail };
  const ids = stdout.text().trim().split(/\s+/).map((id) => id.replace(/^sha256:(.{12}).*/, '$1'));
  return { host, result: 'ok', detail: ids.join(' ') };
}

/** The same rules as here: see pull.ts. It prints the image's id. */
function pullScript(image: string): string {
  const name = shWord(image);
  const [look, pull] = [`docker image inspect --format '{{.Id}}' ${name}`, `docker pull --quiet ${name} >/dev/null`];
  return isByDigest(image)
    ? `${look} 2>/dev/null || { ${pull} && ${look}; } || exit 1`
    : `said=$(${pull} 2>&1) || ${look} >/dev/null 2>&1 || { echo "$said" >&2; exit 1; }; ${look}`;
}

/** By a tag, hosts may have got different images: those that differ from what most have are no success. */
function withTheOddOnes(results: readonly HostResult[]): HostResult[] {
  const groups = [...Map.groupBy(results.filter(({ result }) => result === 'ok'), ({ detail }) => detail).values()];
  const most = groups.sort((a, b) => b.length - a.length)[0]?.[0]?.detail;
  return results.map((one) =>
    one.result === 'ok' && one.detail !== most
      ? { ...one, result: 'failed', detail: `it has ${one.detail} where others have ${most}` }
      : one
  );
}

export function exitCodeOf(results: readonly HostResult[]): number {
  if (results.some(({ result }) => result === 'failed')) return EXIT.failed;
  return results.some(({ result }) => result === 'unreachable') ? EXIT.unreachable : EXIT.done;
}
