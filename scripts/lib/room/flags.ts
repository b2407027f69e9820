/** What the steps take besides what each has of its own. */
import { parseCount } from '../command-line.ts';
import { parseTime } from '../parse-time.ts';
import type { SshOptions } from '../fan-out/connections.ts';

export const HOSTS_FILE = 'ips.txt';

/** Whose machines, and how they are reached. */
export const roomFlags = {
  hosts: { type: 'string', default: HOSTS_FILE },
  login: { type: 'string' },
  port: { type: 'string' },
  'ssh-config': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const stepFlags = {
  ...roomFlags,
  'at-once': { type: 'string', default: '64' },
  'connects-per-second': { type: 'string', default: '40' },
  'connect-within': { type: 'string', default: '10s' },
  within: { type: 'string' },
  tries: { type: 'string', default: '3' },
  'max-fail': { type: 'string' },
  canary: { type: 'string', default: '0' },
  failed: { type: 'boolean' },
  rest: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

export interface RoomValues {
  readonly hosts: string;
  readonly login?: string | undefined;
  readonly port?: string | undefined;
  readonly 'ssh-config'?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface StepValues extends RoomValues {
  readonly 'at-once': string;
  readonly 'connects-per-second': string;
  readonly 'connect-within': string;
  readonly within?: string | undefined;
  readonly tries: string;
  readonly 'max-fail'?: string | undefined;
  readonly canary: string;
  readonly failed?: boolean | undefined;
  readonly rest?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
}

/** How they are reached, by the flags, and where these say nothing by room.yml. */
export function sshOptions(values: RoomValues, room: { readonly login: string }): SshOptions {
  return {
    login: values.login ?? (room.login || undefined),
    port: values.port === undefined ? undefined : parseCount('--port', values.port, { least: 1, most: 65_535 }),
    configFile: values['ssh-config'],
  };
}

/** The limits of a step. @throws UsageError naming the flag */
export function limitsOf(values: StepValues, withinDefault: string) {
  const maxFail = values['max-fail'];
  return {
    atOnce: parseCount('--at-once', values['at-once'], { least: 1, most: 1000 }),
    perSecond: parseCount('--connects-per-second', values['connects-per-second'], { least: 1 }),
    connectWithinMs: parseTime('--connect-within', values['connect-within']),
    withinMs: parseTime('--within', values.within ?? withinDefault),
    tries: parseCount('--tries', values.tries, { least: 1, most: 20 }),
    canary: parseCount('--canary', values.canary),
    ...(maxFail === undefined ? {} : { maxFail: parseCount('--max-fail', maxFail) }),
  };
}
