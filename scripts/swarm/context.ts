/** `context`: points the Docker client of this machine at the manager of a cluster, over TLS; and back. */
import { join } from 'node:path';
import { EXIT, print, verb } from '../lib/command-line.ts';
import { needPrograms, output, run } from '../lib/process.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { shWord } from '../lib/sh-word.ts';
import { assertCertified, CLASSIC_PORT, clientFolder, dockerHostOf } from '../lib/room/engines.ts';
import { openNodes } from './nodes.ts';

const flags = { ...stepFlags, remove: { type: 'boolean' }, classic: { type: 'boolean' } } as const;

export const context = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('docker');
  const { clusters } = await openNodes({ step: 'context', values, selectors, signal });
  const found = clusters.map(({ name, nodes }) => ({
    cluster: name,
    context: values.classic ? classicContextName(name) : contextName(name),
    host: dockerHostOf(nodes[0]!.host.address, values.classic ? CLASSIC_PORT : undefined),
    folder: clientFolder(name),
  }));
  if (values['dry-run']) {
    print(
      values,
      found,
      found.map((one) => (values.remove ? removal(one.context) : creation(one)).map(shWord).join(' ')).join('\n'),
    );
    return EXIT.done;
  }
  if (values.remove) {
    const gone: string[] = [];
    for (const one of found) if (await removeContext(one.context)) gone.push(one.context);
    print(values, { removed: gone }, gone.length === 0 ? 'There was none' : `Removed: ${gone.join(', ')}\n${BACK}`);
    return EXIT.done;
  }
  for (const { name } of clusters) assertCertified(name);
  for (const one of found) {
    await removeContext(one.context);
    await output(creation(one));
  }
  const lines = found.flatMap(({ context: name, host, folder }) => [
    `docker --context ${name} ${
      values.classic ? 'info' : 'node ls'
    }, or for all that follow: docker context use ${name}`,
    `What knows no contexts: export DOCKER_HOST=${host} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=${shWord(folder)}`,
  ]);
  print(values, found, [...lines, BACK, 'docker-machine env NAME said the second line, for eval.'].join('\n'));
  return EXIT.done;
});

const BACK = 'And back: docker context use default; unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH';

export function contextName(cluster: string): string {
  return `coinroom-${cluster}`;
}

export function classicContextName(cluster: string): string {
  return `${contextName(cluster)}-classic`;
}

interface Target {
  readonly context: string;
  readonly host: string;
  readonly folder: string;
}

function creation({ context: name, host, folder }: Target): string[] {
  const files = ['ca', 'cert', 'key'].map((file) => `${file}=${join(folder, `${file}.pem`)}`);
  return ['docker', 'context', 'create', name, '--docker', [`host=${host}`, ...files].join(',')];
}

function removal(name: string): string[] {
  return ['docker', 'context', 'rm', '--force', name];
}

/** Whether there was one. The client goes back to its default where it was at that one. */
export async function removeContext(name: string): Promise<boolean> {
  if ((await run(['docker', 'context', 'inspect', name])).code !== 0) return false;
  await output(removal(name));
  return true;
}
