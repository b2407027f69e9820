/** `generate`: the JSON on stdout and nothing else there, so that it can go into a file or to Marathon at once. */
import { writeFile } from 'node:fs/promises';
import { assertLossless, formatLoss, formatLosses, formatUnset, type Loss } from '../lib/compose-model/losses.ts';
import { applicationFlags, type ApplicationValues, openApplication } from '../lib/compose-model/open-application.ts';
import { asUsage, EXIT, parseCount, UsageError, verb } from '../lib/command-line.ts';
import type { Constraint } from './api.ts';
import { DISCOVERIES } from './discovery.ts';
import { type MarathonOptions, toMarathon } from './generate.ts';
import { LAST_SERVICE_PORT } from './ports.ts';
import { parseConstraint } from './scale.ts';

/** What is read and what is made of it; `deploy` takes the same. */
export const generateFlags = {
  ...applicationFlags,
  group: { type: 'string' },
  discovery: { type: 'string' },
  network: { type: 'string' },
  domain: { type: 'string' },
  'marathon-lb': { type: 'string' },
  'lb-group': { type: 'string' },
  'first-service-port': { type: 'string' },
  vhost: { type: 'string', multiple: true },
  instances: { type: 'string', multiple: true },
  constraint: { type: 'string', multiple: true },
  'volume-size': { type: 'string', multiple: true },
  report: { type: 'string' },
  strict: { type: 'boolean' },
} as const;

export interface GenerateValues extends ApplicationValues {
  readonly group?: string | undefined;
  readonly discovery?: string | undefined;
  readonly network?: string | undefined;
  readonly domain?: string | undefined;
  readonly 'marathon-lb'?: string | undefined;
  readonly 'lb-group'?: string | undefined;
  readonly 'first-service-port'?: string | undefined;
  readonly vhost?: readonly string[] | undefined;
  readonly instances?: readonly string[] | undefined;
  readonly constraint?: readonly string[] | undefined;
  readonly 'volume-size'?: readonly string[] | undefined;
}

export const generate = verb(generateFlags, async ({ values, positionals }) => {
  if (positionals.length > 0) throw new UsageError(`generate takes flags alone; got ${positionals.join(' ')}`);
  const application = await openApplication(values);
  const { group, losses, choices } = asUsage(() => toMarathon(application, readOptions(values)));
  if (values.report !== undefined) {
    await writeFile(
      values.report,
      `${JSON.stringify({ losses: losses.map(plain), choices: choices.map(plain) }, null, 2)}\n`,
    );
  }
  if (values.strict) assertLossless(losses);
  process.stderr.write(formatUnset(application));
  process.stderr.write(formatReport({ losses, choices }));
  process.stdout.write(`${JSON.stringify(group, null, 2)}\n`);
  return EXIT.done;
});

export function formatReport(
  { losses, choices }: { readonly losses: readonly Loss[]; readonly choices: readonly Loss[] },
): string {
  return formatLosses(losses) + choices.map((choice) => `CHOSEN: ${formatLoss(choice)}\n`).join('');
}

/** With a service in each, null for the whole application. */
function plain({ service = undefined, ...rest }: Loss): object {
  return { service: service ?? null, ...rest };
}

/** @throws UsageError or SyntaxError for what cannot be read */
export function readOptions(values: GenerateValues): MarathonOptions {
  const discovery = DISCOVERIES.find((one) => one === values.discovery);
  if (values.discovery !== undefined && !discovery) {
    throw new UsageError(`--discovery takes one of ${DISCOVERIES.join(', ')}; got ${JSON.stringify(values.discovery)}`);
  }
  const first = values['first-service-port'];
  const constraints = new Map<string, Constraint[]>();
  for (const [name, text] of pairs('--constraint', 'rng=hostname:UNIQUE', values.constraint)) {
    constraints.set(name, [...constraints.get(name) ?? [], parseConstraint(text)]);
  }
  const sizes = pairs('--volume-size', 'wallet=1024', values['volume-size']);
  return {
    group: values.group,
    discovery,
    network: values.network,
    domain: values.domain,
    balancer: values['marathon-lb'],
    balancerGroup: values['lb-group'],
    ...(first === undefined
      ? {}
      : { firstServicePort: parseCount('--first-service-port', first, { least: 1, most: LAST_SERVICE_PORT }) }),
    virtualHosts: new Map(pairs('--vhost', 'webui=coins.example.org', values.vhost)),
    instances: new Map(
      pairs('--instances', 'worker=10', values.instances).map((
        [name, text],
      ) => [name, parseCount('--instances', text)]),
    ),
    constraints,
    volumeSizes: new Map(
      sizes.map(([name, text]) => [name, parseCount('--volume-size', text, { least: 1, most: 1_000_000_000 })]),
    ),
  };
}

/** @throws UsageError for what is not NAME=VALUE */
function pairs(flag: string, example: string, texts: readonly string[] = []): [name: string, value: string][] {
  return texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1) {
      throw new UsageError(`${flag} takes NAME=VALUE, such as ${example}; got ${JSON.stringify(text)}`);
    }
    return [text.slice(0, at), text.slice(at + 1)];
  });
}
