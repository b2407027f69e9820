/** create: what was asked for, read once; a provider makes it. */
import { resolve } from 'node:path';
import { asUsage, parseCount, UsageError, verb } from '../lib/command-line.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { createLab } from './create-lab.ts';
import { common, DEFAULTS, dryRun, parseLab, parseProvider, provider } from './flags.ts';
import { parseSubnet } from './subnet.ts';
import { createWithTerraform } from './create-with-terraform.ts';

const flags = {
  ...common,
  ...dryRun,
  ...provider,
  count: { type: 'string', short: 'n' },
  'without-docker': { type: 'string' },
  ttl: { type: 'string' },
  price: { type: 'string' },
  login: { type: 'string' },
  network: { type: 'string' },
  image: { type: 'string' },
  within: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

/** What only containers take. */
const LAB_ONLY = ['count', 'without-docker', 'login', 'network', 'image', 'within'] as const;

export const create = verb(flags, async ({ values, positionals, signal }) => {
  const { ttl, price, json, 'dry-run': isDryRun = false } = values;
  const shared = {
    hostsFile: resolve(values.hosts ?? DEFAULTS.hosts),
    ttlMs: ttl === undefined ? undefined : asUsage(() => parseDuration(ttl)),
    price: price === undefined ? undefined : parsePrice(price),
    json,
    isDryRun,
    signal,
  };
  if (parseProvider(values.provider) === 'terraform') {
    const [directory, ...more] = positionals;
    if (directory === undefined || more.length > 0) throw new UsageError('--provider terraform takes one directory');
    const other = LAB_ONLY.find((flag) => values[flag] !== undefined);
    if (other) {
      throw new UsageError(`--${other} is for the lab: with terraform the directory says it, and TF_VAR_… to it`);
    }
    return await createWithTerraform({ ...shared, directory, yes: values.yes ?? false });
  }
  if (positionals.length > 0) throw new UsageError(`create takes flags only; got ${JSON.stringify(positionals[0])}`);
  const count = parseCount('--count', values.count ?? '5', { least: 1 });
  const withoutDocker = parseCount('--without-docker', values['without-docker'] ?? '0', { most: count });
  const { network, image } = values;
  if (image !== undefined && withoutDocker > 0) {
    throw new UsageError('--image is one for all: not with --without-docker');
  }
  return await createLab({
    ...shared,
    lab: parseLab(values.lab),
    count,
    withoutDocker,
    login: parseLogin(values.login ?? 'ubuntu'),
    givenPassword: parsePassword(process.env.LAB_PASSWORD || undefined),
    subnet: network === undefined ? undefined : asUsage(() => parseSubnet(network)),
    image,
    withinMs: asUsage(() => parseDuration(values.within ?? '2m')),
  });
});

function parsePrice(text: string): number {
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text)) return Number(text);
  throw new UsageError(`--price is what a machine costs an hour, such as 0.05; got ${JSON.stringify(text)}`);
}

/** What useradd takes. */
function parseLogin(text: string): string {
  if (/^[a-z_][a-z0-9_-]{0,30}$/.test(text) && text !== 'root') return text;
  throw new UsageError(`--login must be small letters, digits, _ and -, and not root; got ${JSON.stringify(text)}`);
}

/** Not shown, whatever is wrong with it. */
function parsePassword(text: string | undefined): string | undefined {
  // deno-lint-ignore no-control-regex
  if (text === undefined || !/[\x00-\x1f\x7f]/.test(text)) return text;
  throw new UsageError('LAB_PASSWORD must be one line, without control characters');
}
