/** What `plan` shows: who calls whom, and what would be made of it. */
import type { Project } from '../lib/compose-project.ts';
import { formatTable } from '../lib/table.ts';
import type { Action } from './actions.ts';
import type { Link, Links } from './links.ts';
import type { LinkedPort } from '../lib/haproxy/ports.ts';

export function formatLinks(links: readonly Link[]): string {
  const rows = links.map(({ consumer, service, names, address, ports, balance, checkPath }) => [
    consumer,
    service,
    names.join(', '),
    address,
    ports.map(inWords).join(', '),
    balance,
    checkPath ?? 'connection',
  ]);
  return formatTable(['consumer', 'calls', 'as', 'will be at', 'ports', 'balance', 'check'], rows);
}

export function inWords({ port, mode }: LinkedPort): string {
  return `${port}/${mode}`;
}

/** What would be done, a line each. */
export function formatActions(actions: readonly Action[]): string[] {
  const words = {
    create: 'would be made',
    replace: 'would be made again: it stands in another network, or is of another image',
    restart: 'would be started again',
    configure: 'would be given its instances',
    remove: 'would be removed',
  } as const;
  return actions.map(({ kind, name }) => `${name} ${words[kind]}`);
}

/** @throws Error that tells what has to be mended first, or that there is nothing to do */
export function assertPossible(project: Project, { links, refusals }: Links): void {
  if (refusals.length > 0) throw new Error(`Cannot make ambassadors for ${project.name}:\n${refusals.join('\n')}`);
  if (links.length > 0) return;
  throw new Error(
    `No service of ${project.name} calls another: a link is an entry of links:, or of depends_on: ` +
      'that the environment names in a URL',
  );
}
