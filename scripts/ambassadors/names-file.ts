/**
 * The Compose file that gives consumers the names of their ambassadors: one more beside the user's own, so that nothing
 * of those is changed or left out.
 */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Project } from '../lib/compose-project.ts';
import type { Container } from '../lib/containers.ts';
import { overlayText } from '../lib/with-overlay.ts';
import type { Link } from './links.ts';

const NAME = 'compose.ambassadors.yml';

export interface NamesFile {
  readonly path: string;
  readonly text: string;
  /** The project's files without this one. */
  readonly others: readonly string[];
}

export function namesFile(project: Project, links: readonly Link[]): NamesFile {
  const path = join(project.directory, NAME);
  const others = project.files.filter((file) => file !== path);
  const services = Object.fromEntries(
    [...new Set(links.map(({ consumer }) => consumer))].map((consumer) => [consumer, {
      extra_hosts: hostsOf(consumer, links),
    }]),
  );
  const files = [...others.map((file) => basename(file)), NAME].map((file) => `-f ${file}`).join(' ');
  const head = `# Written by ambassadors.mjs: under which addresses these services find their ambassadors.\n` +
    `# It stands beside the others: ${files}\n`;
  return { path, text: head + overlayText(project, { services }), others };
}

/** `name:address`, as it stands in extra_hosts. */
function hostsOf(consumer: string, links: readonly Link[]): string[] {
  const own = links.filter((link) => link.consumer === consumer);
  return own.flatMap(({ names, address }) => names.map((name) => `${name}:${address}`));
}

/** The names that a consumer's container should have and has not: what it calls by these goes past its ambassadors. */
export function missingNames({ service, extraHosts }: Container, links: readonly Link[]): string[] {
  return hostsOf(service!, links).filter((host) => !extraHosts.includes(host)).map((host) => host.split(':', 1)[0]!);
}

/** Whether a container has names that only its ambassadors answer for. */
export function hasNames({ extraHosts }: Container): boolean {
  return extraHosts.some((host) => /:127\.127\.\d+\.\d+$/.test(host));
}

/** Gives whether there was something to write. */
export async function writeNames({ path, text }: NamesFile): Promise<boolean> {
  if (existsSync(path) && await readFile(path, 'utf8') === text) return false;
  await writeFile(path, text);
  return true;
}

/** Gives whether it was there. */
export async function removeNames({ path }: Pick<NamesFile, 'path'>): Promise<boolean> {
  if (!existsSync(path)) return false;
  await rm(path);
  return true;
}
