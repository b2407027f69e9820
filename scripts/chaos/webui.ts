/** The page of a project: where its numbers come from, and where what happens is written onto its time line. */
import { addressOf } from '../lib/containers.ts';
import { bracketed } from '../lib/engine.ts';
import { listMembersOf } from '../lib/members.ts';
import { PUBLISHED_LABEL } from '../lib/published-label.ts';
import type { Application } from './application.ts';

/** Where a container with the role webui is published; undefined when none is. */
export async function findWebui({ engines, project }: Application): Promise<string | undefined> {
  for (const { engine, container } of await listMembersOf(project, engines, { stopped: false })) {
    if (container.env.get('ROLE') !== 'webui') continue;
    const machine = engine.address ?? '127.0.0.1';
    const [port] = container.ports;
    if (port) return `http://${bracketed(addressOf(port, machine))}:${port.hostPort}`;
    const [first] = (container.labels[PUBLISHED_LABEL] ?? '').split(' ');
    if (first) return `http://${bracketed(machine)}:${first}`;
  }
  return undefined;
}

const ANSWERS_WITHIN_MS = 2000;

/** Where the page takes them (ANNOTATIONS=on); with ADMIN_TOKEN, where it asks for one. Elsewhere nothing happens. */
export function createAnnotator(webuiUrl: string | undefined): (text: string) => void {
  if (webuiUrl === undefined) return () => {};
  const token = process.env.ADMIN_TOKEN;
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
  };
  return (text) => {
    const body = JSON.stringify({ text });
    void fetch(`${webuiUrl}/annotations`, {
      ...{ method: 'POST', headers, body, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) },
    }).then((answer) => answer.body?.cancel()).catch(() => {});
  };
}
