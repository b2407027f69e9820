/** What a target cannot carry over of an application, said aloud: nothing is lost in silence. */
import { UsageError } from '../command-line.ts';
import type { Application, Place, Service } from './model.ts';

export interface Loss {
  /** Undefined: of the whole application. */
  readonly service: string | undefined;
  /** The key of the file: `depends_on`, `deploy.placement`. */
  readonly what: string;
  /** Why not, and what happens instead. */
  readonly why: string;
  readonly at: Place;
}

export interface Carried {
  /** The keys that a target carries over, or tells of by itself. */
  readonly keys: ReadonlySet<string>;
  /** Why others are not, where there is more to say than that the target does not know them. */
  readonly reasons: Readonly<Record<string, string>>;
  /** `Marathon does not know it` */
  readonly otherwise: string;
}

/** Every key of a service that is not carried over. A key such as `deploy` covers those below it. */
export function lossesOf({ name, given }: Service, { keys, reasons, otherwise }: Carried): Loss[] {
  return given.filter(({ key }) => !pathOf(key).some((one) => keys.has(one))).map(({ key, at }) => ({
    ...{ service: name, what: key, at },
    why: pathOf(key).map((one) => reasons[one]).find((reason) => reason !== undefined) ?? otherwise,
  }));
}

/** Of no single service: what stands in the file beside services. */
export function lostBeside({ others }: Application, { reasons, otherwise }: Omit<Carried, 'keys'>): Loss[] {
  return others.map(({ key, at }) => ({
    ...{ service: undefined, what: key, at },
    why: reasons[key.split('.')[0]!] ?? otherwise,
  }));
}

/** `deploy.placement.constraints`, `deploy.placement`, `deploy`. */
function pathOf(key: string): string[] {
  const words = key.split('.');
  return words.map((_, at) => words.slice(0, words.length - at).join('.'));
}

/** `worker: depends_on: services begin in any order (compose.yml, line 12)` */
export function formatLoss({ service, what, why, at }: Loss): string {
  return `${service === undefined ? '' : `${service}: `}${what}: ${why} (${at.file}, line ${at.line})`;
}

/** Lines for stderr. */
export function formatLosses(losses: readonly Loss[]): string {
  return losses.map((loss) => `NOT CARRIED OVER: ${formatLoss(loss)}\n`).join('');
}

/** Lines for stderr: Compose takes them for empty, too, and says so. */
export function formatUnset({ unset }: Pick<Application, 'unset'>): string {
  return unset.map(({ key, at }) => `NOT SET: ${key} is empty (${at.file}, line ${at.line})\n`).join('');
}

/** For --strict. @throws UsageError that names all of them */
export function assertLossless(losses: readonly Loss[]): void {
  if (losses.length === 0) return;
  throw new UsageError(
    ['Cannot carry over all of it, as --strict wants:', ...losses.map(formatLoss)].join('\n'),
  );
}
