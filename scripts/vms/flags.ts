/** The flags that the verbs share. */
import { UsageError } from '../lib/command-line.ts';

export const DEFAULTS = { lab: 'coinroom-lab', hosts: 'ips.txt' } as const;

export const common = {
  hosts: { type: 'string' },
  lab: { type: 'string', default: process.env.LAB_NAME || DEFAULTS.lab },
  json: { type: 'boolean' },
} as const;
export const dryRun = { 'dry-run': { type: 'boolean' } } as const;
export const provider = { provider: { type: 'string' } } as const;

export type Provider = 'lab' | 'terraform';

/** @throws UsageError for an unknown one */
export function parseProvider(text: string | undefined): Provider | undefined {
  if (text === undefined || text === 'lab' || text === 'terraform') return text;
  throw new UsageError(`--provider must be lab or terraform; got ${JSON.stringify(text)}`);
}

/** The name of a lab is a network's and begins those of containers. @throws UsageError when it cannot be */
export function parseLab(name: string): string {
  if (/^[a-z][a-z0-9-]{0,40}$/.test(name)) return name;
  throw new UsageError(`--lab must be small letters, digits and dashes; got ${JSON.stringify(name)}`);
}
