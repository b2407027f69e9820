/** `generate`: a Compose file as objects of Kubernetes on stdout, what is not carried over on stderr. */
import { writeFile } from 'node:fs/promises';
import { asUsage, EXIT, parseCount, UsageError, verb } from '../lib/command-line.ts';
import { assertLossless, formatLosses, formatUnset } from '../lib/compose-model/losses.ts';
import { applicationFlags, openApplication } from '../lib/compose-model/open-application.ts';
import { toKubernetes } from './generate.ts';
import { isDnsLabel } from './names.ts';
import { EXPOSURES } from './services.ts';
import { toYaml } from './yaml.ts';

const flags = {
  ...applicationFlags,
  namespace: { type: 'string', short: 'n' },
  instances: { type: 'string', multiple: true },
  expose: { type: 'string' },
  'volume-size': { type: 'string' },
  report: { type: 'string' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const generate = verb(flags, async ({ values, positionals }) => {
  if (positionals.length > 0) throw new UsageError(`generate takes flags only; got ${JSON.stringify(positionals[0])}`);
  const { namespace, expose: wanted, 'volume-size': volumeSize } = values;
  const expose = EXPOSURES.find((one) => one === wanted);
  if (wanted !== undefined && !expose) {
    throw new UsageError(`--expose takes one of ${EXPOSURES.join(', ')}; got ${JSON.stringify(wanted)}`);
  }
  if (namespace !== undefined && !isDnsLabel(namespace)) {
    throw new UsageError(`--namespace has a-z, 0-9 and -, at most 63 of them; got ${JSON.stringify(namespace)}`);
  }
  if (volumeSize !== undefined && !/^[1-9]\d*([KMGT]i?)?$/.test(volumeSize)) {
    throw new UsageError(`--volume-size is a size such as 10Gi; got ${JSON.stringify(volumeSize)}`);
  }
  const instances = parseInstances(values.instances ?? []);
  const application = await openApplication(values);
  const { objects, losses } = asUsage(() =>
    toKubernetes(application, { namespace, instances, expose, ...(volumeSize === undefined ? {} : { volumeSize }) })
  );
  // The report is there also when --strict then refuses.
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(losses, undefined, 2)}\n`);
  if (values.strict) assertLossless(losses);
  process.stderr.write(formatUnset(application));
  process.stderr.write(formatLosses(losses));
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  process.stdout.write(values.json ? `${JSON.stringify(list, undefined, 2)}\n` : toYaml(objects));
  return EXIT.done;
});

/** @throws UsageError for what is not SERVICE=N */
function parseInstances(list: readonly string[]): Map<string, number> {
  return new Map(list.map((one) => {
    const at = one.lastIndexOf('=');
    if (at < 1) throw new UsageError(`--instances takes SERVICE=N, such as worker=10; got ${JSON.stringify(one)}`);
    return [one.slice(0, at), parseCount('--instances', one.slice(at + 1))];
  }));
}
