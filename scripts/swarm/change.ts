/** `scale`, `update` and `rollback`: a stack that runs becomes another, and it is waited for. */
import { EXIT, parseCount, print, UsageError, verb } from '../lib/command-line.ts';
import { parseImageName } from '../lib/image-name.ts';
import { parseTime } from '../lib/parse-time.ts';
import { shWord } from '../lib/sh-word.ts';
import { formatTable } from '../lib/table.ts';
import { UNCHANGED } from '../lib/words.ts';
import { type ServiceState, untilConverged } from './converge.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { tellManagers } from './ready.ts';
import { assertStackName, digestOf, rowOf, SERVICE_COLUMNS, stackFlags } from './stacks.ts';

type Values = Parameters<typeof openNodes>[0]['values'] & { readonly stack: string };

const SERVICE = /^[a-z0-9][a-z0-9_.-]{0,62}$/i;

export const scale = verb(stackFlags, async ({ values, positionals, signal }) => {
  const wishes = positionals.filter((word) => word.includes('=')).map((word) => {
    const [service, count] = word.split('=');
    return [assertService(service!), parseCount(service!, count!, { most: 10_000 })] as const;
  });
  if (wishes.length === 0) throw new UsageError('scale takes wishes such as worker=10');
  const selectors = positionals.filter((word) => !word.includes('='));
  const command = ({ stack }: Values): string =>
    `docker service scale --detach ${
      wishes.map(([service, count]) => `${stack}_${service}=${count}`).join(' ')
    } >/dev/null`;
  return await change('swarm scale', command, { values, selectors, signal });
});

const updateFlags = { ...stackFlags, image: { type: 'string' } } as const;

/** One service to another image, task by task. */
export const update = verb(updateFlags, async ({ values, positionals: [service, ...selectors], signal }) => {
  if (service === undefined) {
    throw new UsageError('update takes a service, such as worker --image 10.0.0.7:5000/coinroom:2');
  }
  assertService(service);
  const image = parseImageName(values.image, '10.0.0.7:5000/coinroom:2');
  const command = ({ stack }: Values): string =>
    `docker service update --detach --quiet --no-resolve-image --image ${shWord(image)} ${stack}_${service} >/dev/null`;
  return await change('swarm update', command, { values, selectors, signal, service });
});

export const rollback = verb(stackFlags, async ({ values, positionals: [service, ...selectors], signal }) => {
  if (service === undefined) throw new UsageError('rollback takes a service, such as worker');
  assertService(service);
  const command = ({ stack }: Values): string =>
    `docker service rollback --detach --quiet ${stack}_${service} >/dev/null`;
  return await change('swarm rollback', command, { values, selectors, signal });
});

function assertService(name: string): string {
  if (SERVICE.test(name)) return name;
  throw new UsageError(`A service has a name such as worker; got ${JSON.stringify(name)}`);
}

interface ChangeOptions {
  readonly values: Values & { readonly json?: boolean | undefined };
  readonly selectors: readonly string[];
  readonly signal: AbortSignal;
  /** The one that is updated: when it has gone back by itself, that is a failure. */
  readonly service?: string;
}

async function change(step: string, commandFor: (values: Values) => string, options: ChangeOptions): Promise<number> {
  const { values, selectors, signal, service } = options;
  const { stack } = values;
  assertStackName(stack);
  const nodes = await openNodes({ step, values, selectors, signal, within: '10m' });
  const command = commandFor(values);
  if (values['dry-run']) {
    const plan = nodes.clusters.map(({ name }) => ({ cluster: name, command }));
    print(values, plan, plan.map((one) => `${one.cluster}: ${one.command}`).join('\n'));
    return EXIT.done;
  }
  const found = await Promise.all(
    nodes.clusters.map((cluster) => changeOn(nodes, cluster, { command, values, signal })),
  );
  const rows = found.flatMap(({ cluster, services }) => services.map((one) => [cluster, ...rowOf(one)]));
  const back = found.filter(({ services }) =>
    services.some(({ name, update }) => name === service && /^rollback/.test(update))
  );
  const told = [
    formatTable(['cluster', ...SERVICE_COLUMNS], rows),
    ...back.map(({ cluster }) => `${cluster}: ${service} went back by itself: the new version did not get well`),
    ...(found.some(({ isChanged }) => isChanged) ? [] : [UNCHANGED]),
  ];
  print(values, found, told.join('\n'));
  return back.length === 0 ? EXIT.done : EXIT.failed;
}

async function changeOn(
  nodes: Nodes,
  cluster: ClusterNodes,
  { command, values, signal }: { readonly command: string; readonly values: Values; readonly signal: AbortSignal },
): Promise<{ readonly cluster: string; readonly services: readonly ServiceState[]; readonly isChanged: boolean }> {
  const { stack } = values;
  const before = await digestOf(nodes, cluster, stack);
  await tellManagers(nodes, cluster, command);
  const services = await untilConverged(nodes, cluster, {
    ...{ wanted: { stack }, signal, withinMs: parseTime('--within', values.within ?? '10m') },
    // An update that fails goes back by itself, and then it is well again.
    isPatient: true,
  });
  return { cluster: cluster.name, services, isChanged: await digestOf(nodes, cluster, stack) !== before };
}
